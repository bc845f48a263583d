//! A challenge and its answer: one side shows that it knows a key, without saying it.
//!
//! # The protocol
//!
//! Each line is one message ([`framing`](super::framing)).
//!
//! | | who asks | who answers |
//! |---|---|---|
//! | 1 | `#CHALLENGE#` `{sha256}` and 40 random bytes | |
//! | 2 | | `{sha256}` and the HMAC-SHA-256 (RFC 2104, FIPS 180-4) of everything after `#CHALLENGE#` |
//! | 3 | `#WELCOME#`, or `#FAILURE#` and hangs up | |
//!
//! Then the other way round, so that both know. That is CPython's handshake since 3.12 (row X-08); its older ones, by MD5, are refused by name.
//!
//! No message is longer than [`LONGEST`]. Digests are compared in constant time.
//!
//! # What it is not
//!
//! It tells who is there at the beginning, and nothing else: what follows is neither encrypted nor protected, and somebody in the middle who passes messages on is not noticed. Between machines, use it inside a tunnel.
//!
//! ```
//! use selvedge_core::wire::challenge::{Challenge, answer, Verdict};
//!
//! let key = b"known to both";
//! let asked = Challenge::new([7; 40]); // from the system's random numbers
//! let answered = answer(key, asked.as_bytes()).unwrap();
//! assert_eq!(asked.check(key, answered.as_bytes()), Ok(()));
//! assert_eq!(Verdict::read(Verdict::Welcome.as_bytes()), Ok(Verdict::Welcome));
//! assert!(asked.check(b"another key", answered.as_bytes()).is_err());
//! ```

use core::error::Error;
use core::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

const CHALLENGE: &[u8] = b"#CHALLENGE#";
const WELCOME: &[u8] = b"#WELCOME#";
const FAILURE: &[u8] = b"#FAILURE#";
const DIGEST: &[u8] = b"{sha256}";
/// Random bytes of a challenge.
pub const NONCE: usize = 40;
/// The fewest that are answered: as CPython does.
const SHORTEST_NONCE: usize = 20;
const MAC: usize = 32;
/// No message of the handshake is longer: what a receiver is to allow.
pub const LONGEST: usize = 256;

const CHALLENGE_LEN: usize = CHALLENGE.len() + DIGEST.len() + NONCE;
const ANSWER_LEN: usize = DIGEST.len() + MAC;

/// A question that only who knows the key can answer.
#[derive(Clone, PartialEq, Eq)]
pub struct Challenge([u8; CHALLENGE_LEN]);

impl Challenge {
    /// A challenge made of `nonce`: random bytes that nobody can guess, and never used before.
    pub fn new(nonce: [u8; NONCE]) -> Self {
        let mut bytes = [0; CHALLENGE_LEN];
        let (tag, rest) = bytes.split_at_mut(CHALLENGE.len());
        let (digest, random) = rest.split_at_mut(DIGEST.len());
        tag.copy_from_slice(CHALLENGE);
        digest.copy_from_slice(DIGEST);
        random.copy_from_slice(&nonce);
        Self(bytes)
    }

    /// The message to send.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Checks the answer.
    ///
    /// # Errors
    ///
    /// [`Refused`]: send [`Verdict::Failure`], and hang up.
    pub fn check(&self, key: &[u8], answer: &[u8]) -> Result<(), Refused> {
        let digest = answer.strip_prefix(DIGEST).ok_or(Refused::OtherDigest)?;
        keyed(key, &self.0[CHALLENGE.len()..])
            .verify_slice(digest)
            .map_err(|_| Refused::OtherKey)
    }
}

impl fmt::Debug for Challenge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Challenge").finish_non_exhaustive()
    }
}

/// What shows that the key is known.
#[derive(Clone, PartialEq, Eq)]
pub struct Answer([u8; ANSWER_LEN]);

impl Answer {
    /// The message to send.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answer").finish_non_exhaustive()
    }
}

/// Answers a challenge, of which `message` is all.
///
/// # Errors
///
/// [`Refused`]: it is none, or asks for another digest.
pub fn answer(key: &[u8], message: &[u8]) -> Result<Answer, Refused> {
    let question = message.strip_prefix(CHALLENGE).ok_or(Refused::Garbage)?;
    let nonce = question.strip_prefix(DIGEST).ok_or(Refused::OtherDigest)?;
    if nonce.len() < SHORTEST_NONCE || message.len() > LONGEST {
        return Err(Refused::Garbage);
    }
    let mut bytes = [0; ANSWER_LEN];
    let (digest, mac) = bytes.split_at_mut(DIGEST.len());
    digest.copy_from_slice(DIGEST);
    mac.copy_from_slice(&keyed(key, question).finalize().into_bytes());
    Ok(Answer(bytes))
}

/// How an answer was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Verdict {
    /// It was right.
    Welcome,
    /// It was not; the other side hangs up.
    Failure,
}

impl Verdict {
    /// The message to send.
    pub fn as_bytes(self) -> &'static [u8] {
        match self {
            Self::Welcome => WELCOME,
            Self::Failure => FAILURE,
        }
    }

    /// What a message says.
    ///
    /// # Errors
    ///
    /// [`Refused::Garbage`]: neither.
    pub fn read(message: &[u8]) -> Result<Self, Refused> {
        match message {
            WELCOME => Ok(Self::Welcome),
            FAILURE => Ok(Self::Failure),
            _ => Err(Refused::Garbage),
        }
    }
}

/// The digest of `message`; wiped when dropped, as is what was made of the key.
fn keyed(key: &[u8], message: &[u8]) -> Hmac<Sha256> {
    // A key of any length will do (RFC 2104, section 2).
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap_or_else(|_| unreachable!());
    mac.update(message);
    mac
}

/// Why a message of the handshake was not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Refused {
    /// The other side has another key.
    OtherKey,
    /// It asks for, or answers by, another digest than SHA-256: a Python before 3.12, perhaps.
    OtherDigest,
    /// It is no message of this protocol.
    Garbage,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::OtherKey => "the other side does not know the key",
            Self::OtherDigest => {
                "the other side does not use HMAC-SHA-256 (Python does since 3.12)"
            }
            Self::Garbage => "the other side speaks another protocol",
        })
    }
}

impl Error for Refused {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_cpython_does_it() {
        // hmac.new(b"key", b"{sha256}" + bytes(range(40)), "sha256").hexdigest()
        let mut nonce = [0; NONCE];
        for (byte, value) in nonce.iter_mut().zip(0..) {
            *byte = value;
        }
        let answer = answer(b"key", Challenge::new(nonce).as_bytes()).unwrap();
        assert_eq!(&answer.as_bytes()[..8], b"{sha256}");
        let hex: String = answer.as_bytes()[8..]
            .iter()
            .map(|b| format!("{b:02x}"))
            .collect();
        assert_eq!(
            hex,
            "05b37335205f51ff483146e965fdf576943e0e64675a64ceccba80b6704d76b8"
        );
    }

    #[test]
    fn refuses() {
        let asked = Challenge::new([1; NONCE]);
        let right = answer(b"", asked.as_bytes()).unwrap();
        assert_eq!(asked.check(b"", right.as_bytes()), Ok(()));
        assert_eq!(asked.check(b"x", right.as_bytes()), Err(Refused::OtherKey));
        for len in 0..right.as_bytes().len() {
            assert!(asked.check(b"", &right.as_bytes()[..len]).is_err());
        }
        // An MD5 digest of old, bare.
        assert_eq!(asked.check(b"", &[0; 16]), Err(Refused::OtherDigest));
        assert_eq!(
            answer(b"", b"#CHALLENGE#01234567890123456789"),
            Err(Refused::OtherDigest)
        );
        assert_eq!(
            answer(b"", b"#CHALLENGE#{sha256}0123456789"),
            Err(Refused::Garbage)
        );
        assert_eq!(answer(b"", b"GET / HTTP/1.1"), Err(Refused::Garbage));
        assert_eq!(Verdict::read(b"#WELCOME# "), Err(Refused::Garbage));
        assert_eq!(
            Verdict::read(Verdict::Failure.as_bytes()),
            Ok(Verdict::Failure)
        );
    }
}
