//! A stream of messages in pieces of any size: nothing behind a header is taken, no message above the limit is announced, what a decoder says does not depend on the pieces, and what is written is read back.
#![no_main]

use libfuzzer_sys::fuzz_target;
use selvedge_core::wire::framing::{BadHeader, Decoder, Header, Step};

/// What a stream says: lengths, and how it ends. Bodies are skipped.
fn messages(
    stream: &[u8],
    limit: u64,
    mut piece: impl FnMut() -> usize,
) -> (Vec<u64>, Result<bool, BadHeader>) {
    let mut decoder = Decoder::new(limit);
    let mut lengths = Vec::new();
    let mut rest = stream;
    while !rest.is_empty() {
        let missing = decoder.missing();
        assert!((1..=12).contains(&missing));
        let given = &rest[..piece().clamp(1, rest.len())];
        let (step, read) = match decoder.feed(given) {
            Ok(told) => told,
            Err(error) => {
                assert_eq!(decoder.feed(b"more"), Err(error), "it stays at that");
                return (lengths, Err(error));
            }
        };
        assert!(read <= given.len());
        rest = &rest[read..];
        match step {
            Step::More(more) => {
                assert!(read == given.len() && more == decoder.missing() && decoder.is_inside());
            }
            Step::Message(length) => {
                assert!(length <= limit && !decoder.is_inside() && decoder.missing() == 4);
                lengths.push(length);
                let body = usize::try_from(length)
                    .unwrap_or(usize::MAX)
                    .min(rest.len());
                rest = &rest[body..];
            }
        }
    }
    (lengths, Ok(decoder.is_inside()))
}

/// The same, by the numbers themselves.
fn by_hand(mut stream: &[u8], limit: u64) -> (Vec<u64>, Result<bool, BadHeader>) {
    let mut lengths = Vec::new();
    while !stream.is_empty() {
        let Some((first, rest)) = stream.split_first_chunk::<4>() else {
            return (lengths, Ok(true));
        };
        let (length, rest) = match i32::from_be_bytes(*first) {
            -1 => match rest.split_first_chunk::<8>() {
                Some((long, rest)) => (u64::from_be_bytes(*long), rest),
                None => return (lengths, Ok(true)),
            },
            first if first < 0 => return (lengths, Err(BadHeader::Negative(first))),
            first => (u64::from(first.unsigned_abs()), rest),
        };
        if length > limit {
            return (lengths, Err(BadHeader::TooLong { length, limit }));
        }
        lengths.push(length);
        stream = &rest[usize::try_from(length)
            .unwrap_or(usize::MAX)
            .min(rest.len())..];
    }
    (lengths, Ok(false))
}

fuzz_target!(|input: (u64, Vec<u8>, Vec<u8>)| {
    let (limit, pieces, stream) = input;
    let expected = by_hand(&stream, limit);
    let mut sizes = pieces.iter().map(|size| usize::from(*size % 16)).cycle();
    assert_eq!(
        messages(&stream, limit, || sizes.next().unwrap_or(1)),
        expected
    );
    assert_eq!(messages(&stream, limit, || usize::MAX), expected);

    let header = Header::new(limit);
    let bytes = header.as_bytes();
    let mut decoder = Decoder::new(limit);
    assert_eq!(decoder.feed(bytes), Ok((Step::Message(limit), bytes.len())));
    if let Some(less) = limit.checked_sub(1) {
        decoder.set_limit(less);
        assert!(decoder.feed(bytes).is_err());
    }
});
