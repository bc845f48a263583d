//! Both sides of the handshake with any messages and keys: nothing panics, only the right answer is taken, and only what is a challenge is answered.
#![no_main]

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use selvedge_core::wire::challenge::{Challenge, LONGEST, NONCE, Refused, Verdict, answer};

#[derive(Arbitrary, Debug)]
struct Input {
    nonce: [u8; NONCE],
    key: Vec<u8>,
    other_key: Vec<u8>,
    message: Vec<u8>,
    /// A place and a byte: how an answer is damaged.
    damage: (usize, u8),
}

/// RFC 2104 fills a key up with zeros: keys that differ in these only are the same.
fn without_zeros(key: &[u8]) -> &[u8] {
    let end = key.iter().rposition(|byte| *byte != 0);
    &key[..end.map_or(0, |end| end + 1)]
}

fuzz_target!(|input: Input| {
    let Input {
        nonce,
        key,
        other_key,
        message,
        damage: (place, byte),
    } = input;
    let asked = Challenge::new(nonce);
    assert!(asked.as_bytes().len() <= LONGEST);
    let right = answer(&key, asked.as_bytes()).expect("it is a challenge");
    assert_eq!(asked.check(&key, right.as_bytes()), Ok(()));
    let same = without_zeros(&key) == without_zeros(&other_key);
    if key.len() <= 64 && other_key.len() <= 64 {
        assert_eq!(asked.check(&other_key, right.as_bytes()).is_ok(), same);
    }
    let mut damaged = right.as_bytes().to_vec();
    let len = damaged.len();
    damaged[place % len] ^= byte;
    assert_eq!(asked.check(&key, &damaged).is_ok(), byte == 0);
    let short = &right.as_bytes()[..place % len];
    assert!(asked.check(&key, short).is_err());

    // Anything as an answer, a challenge, a verdict: bare, and behind the beginnings that are expected.
    for beginning in [
        &b""[..],
        b"{sha256}",
        b"#CHALLENGE#",
        b"#CHALLENGE#{sha256}",
    ] {
        let message = [beginning, &message].concat();
        let taken = asked.check(&key, &message);
        assert_eq!(taken.is_ok(), message == right.as_bytes());
        let answered = answer(&key, &message);
        let nonce = message.strip_prefix(b"#CHALLENGE#{sha256}");
        let is_one = nonce.is_some_and(|nonce| nonce.len() >= 20) && message.len() <= LONGEST;
        assert_eq!(answered.is_ok(), is_one);
        if !message.starts_with(b"#CHALLENGE#") {
            assert_eq!(answered, Err(Refused::Garbage));
        }
    }
    let verdict = Verdict::read(&message);
    assert_eq!(
        verdict.is_ok(),
        message == b"#WELCOME#" || message == b"#FAILURE#"
    );
    for verdict in [Verdict::Welcome, Verdict::Failure] {
        assert_eq!(Verdict::read(verdict.as_bytes()), Ok(verdict));
    }
});
