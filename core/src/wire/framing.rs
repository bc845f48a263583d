//! Messages in a stream of bytes: each is preceded by its length.
//!
//! # The format
//!
//! | length of the message | what precedes it |
//! |---|---|
//! | 0 to 2³¹ − 1 | the length, 4 bytes, the highest first |
//! | more | −1 in 4 bytes (`FF FF FF FF`), then the length, 8 bytes, the highest first |
//!
//! A first number below −1 is an error. A longer header than necessary is understood, and never written.
//!
//! ```
//! use selvedge_core::wire::framing::{Decoder, Header, Step};
//!
//! let header = Header::new(3);
//! let stream = [header.as_bytes(), b"abc"].concat();
//!
//! let mut decoder = Decoder::new(1 << 20);
//! let (Step::Message(length), read) = decoder.feed(&stream).unwrap() else {
//!     unreachable!("all of the header is there")
//! };
//! assert_eq!(&stream[read..][..length as usize], b"abc");
//! ```

use core::error::Error;
use core::fmt;

/// The first number of a long header.
const LONG: i32 = -1;
/// Bytes of the first number, and of a long header.
const SHORT_LEN: usize = 4;
const LONG_LEN: usize = 12;

/// What precedes a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Header {
    bytes: [u8; LONG_LEN],
    len: u8,
}

impl Header {
    /// The header of a message of `length` bytes.
    pub const fn new(length: u64) -> Self {
        let mut bytes = [0; LONG_LEN];
        if length <= i32::MAX as u64 {
            let (short, _) = bytes.split_at_mut(SHORT_LEN);
            short.copy_from_slice(&(length as u32).to_be_bytes());
            return Self {
                bytes,
                len: SHORT_LEN as u8,
            };
        }
        let (short, long) = bytes.split_at_mut(SHORT_LEN);
        short.copy_from_slice(&LONG.to_be_bytes());
        long.copy_from_slice(&length.to_be_bytes());
        Self {
            bytes,
            len: LONG_LEN as u8,
        }
    }

    /// As it goes over the wire: 4 or 12 bytes.
    pub const fn as_bytes(&self) -> &[u8] {
        self.bytes.split_at(self.len as usize).0
    }
}

/// What a [`Decoder`] has come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Step {
    /// At least so many bytes are missing; reading exactly these never reads beyond the header.
    More(usize),
    /// The header is complete: a message of so many bytes follows. The decoder is ready for the next header.
    Message(u64),
}

/// Takes headers out of a stream of bytes that comes in pieces of any size.
#[derive(Debug, Clone)]
pub struct Decoder {
    bytes: [u8; LONG_LEN],
    have: u8,
    limit: u64,
}

impl Decoder {
    /// Refuses messages of more than `limit` bytes, by their header, before anybody makes room for one.
    pub const fn new(limit: u64) -> Self {
        Self {
            bytes: [0; LONG_LEN],
            have: 0,
            limit,
        }
    }

    /// Sets another limit, for messages to come.
    pub const fn set_limit(&mut self, limit: u64) {
        self.limit = limit;
    }

    /// Whether a header has been read in part: then the stream must not end here.
    pub const fn is_inside(&self) -> bool {
        self.have != 0
    }

    /// How many bytes of the header are missing at least.
    pub const fn missing(&self) -> usize {
        let have = self.have as usize;
        if have < SHORT_LEN {
            SHORT_LEN - have
        } else {
            LONG_LEN - have
        }
    }

    /// Takes what it needs from the beginning of `input`, and says how much that was.
    ///
    /// # Errors
    ///
    /// [`BadHeader`]: the stream is of no use any more. The decoder then answers the same to whatever comes.
    pub fn feed(&mut self, input: &[u8]) -> Result<(Step, usize), BadHeader> {
        let mut read = 0;
        loop {
            let have = usize::from(self.have);
            if have >= SHORT_LEN {
                let length = match self.first_number() {
                    LONG if have < LONG_LEN => None,
                    LONG => Some(self.second_number()),
                    first => Some(u64::try_from(first).map_err(|_| BadHeader::Negative(first))?),
                };
                if let Some(length) = length {
                    if length > self.limit {
                        let limit = self.limit;
                        return Err(BadHeader::TooLong { length, limit });
                    }
                    self.have = 0;
                    return Ok((Step::Message(length), read));
                }
            }
            let rest = &input[read..];
            let wanted = self.missing();
            if rest.is_empty() {
                return Ok((Step::More(wanted), read));
            }
            let n = wanted.min(rest.len());
            self.bytes[have..have + n].copy_from_slice(&rest[..n]);
            self.have += n as u8;
            read += n;
        }
    }

    fn first_number(&self) -> i32 {
        let [a, b, c, d, ..] = self.bytes;
        i32::from_be_bytes([a, b, c, d])
    }

    fn second_number(&self) -> u64 {
        let [_, _, _, _, long @ ..] = self.bytes;
        u64::from_be_bytes(long)
    }
}

/// What a header said that cannot be followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum BadHeader {
    /// A negative length. Whoever sent it speaks something else.
    Negative(i32),
    /// A message longer than the receiver takes.
    TooLong {
        /// What was announced.
        length: u64,
        /// The most that is taken.
        limit: u64,
    },
}

impl fmt::Display for BadHeader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Negative(length) => {
                write!(
                    f,
                    "bad message length {length}: the other side speaks another protocol"
                )
            }
            Self::TooLong { length, limit } => {
                write!(
                    f,
                    "bad message length: {length} bytes announced, {limit} allowed"
                )
            }
        }
    }
}

impl Error for BadHeader {}

#[cfg(test)]
mod tests {
    use super::*;

    /// Feeds `stream` in pieces of `piece` bytes.
    fn lengths(stream: &[u8], piece: usize, limit: u64) -> Result<Vec<u64>, BadHeader> {
        let mut decoder = Decoder::new(limit);
        let mut lengths = Vec::new();
        let mut rest = stream;
        while !rest.is_empty() {
            let (step, read) = decoder.feed(&rest[..piece.min(rest.len())])?;
            rest = &rest[read..];
            if let Step::Message(length) = step {
                lengths.push(length);
            }
        }
        Ok(lengths)
    }

    #[test]
    fn there_and_back_in_pieces() {
        let all = [0, 1, 255, 65_536, i32::MAX as u64, 1 << 31, u64::MAX];
        let mut stream = Vec::new();
        for length in all {
            let header = Header::new(length);
            let expected = if length < 1 << 31 { 4 } else { 12 };
            assert_eq!(header.as_bytes().len(), expected);
            stream.extend_from_slice(header.as_bytes());
        }
        for piece in 1..20 {
            assert_eq!(lengths(&stream, piece, u64::MAX).as_deref(), Ok(&all[..]));
        }
    }

    #[test]
    fn as_cpython_writes_it() {
        assert_eq!(Header::new(5).as_bytes(), [0, 0, 0, 5]);
        assert_eq!(
            Header::new(0x1_0000_0002).as_bytes(),
            [255, 255, 255, 255, 0, 0, 0, 1, 0, 0, 0, 2]
        );
    }

    #[test]
    fn refuses() {
        let negative = (-2_i32).to_be_bytes();
        assert_eq!(lengths(&negative, 4, 9), Err(BadHeader::Negative(-2)));
        let too_long = BadHeader::TooLong {
            length: 10,
            limit: 9,
        };
        assert_eq!(lengths(Header::new(10).as_bytes(), 1, 9), Err(too_long));
        let mut decoder = Decoder::new(9);
        for _ in 0..2 {
            assert_eq!(decoder.feed(&[0, 0, 0, 10]), Err(too_long));
        }
        assert!(decoder.is_inside());
    }

    #[test]
    fn never_reads_beyond_the_header() {
        let mut decoder = Decoder::new(100);
        assert_eq!(decoder.feed(&[]), Ok((Step::More(4), 0)));
        assert_eq!(decoder.feed(&[255, 255]), Ok((Step::More(2), 2)));
        assert_eq!(decoder.feed(&[255, 255]), Ok((Step::More(8), 2)));
        let rest = [0, 0, 0, 0, 0, 0, 0, 7, b'x'];
        assert_eq!(decoder.feed(&rest), Ok((Step::Message(7), 8)));
        assert!(!decoder.is_inside());
    }
}
