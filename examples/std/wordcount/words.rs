//! Where words begin and end: runs of Unicode alphanumeric characters, lowercased.
//!
//! 64 bytes at a time become one 64-bit mask ("belongs to a word"), and the borders of words are the places where the mask changes; there is no branch for
//! each byte. ASCII words of up to sixteen bytes, nearly all of them, become one number ([`Key`]); the rest takes the general way through `char`.

/// A lowercased word of up to 16 bytes, little-endian, filled up with zeros.
pub(crate) type Key = u128;

/// Bytes that must follow the text, none of them part of a word, so that whole blocks and whole keys can be read.
pub(crate) const PADDING: [u8; BLOCK + KEY] = [b' '; BLOCK + KEY];

const BLOCK: usize = 64;
const KEY: usize = size_of::<Key>();
const LOWER: Key = Key::from_ne_bytes([0x20; KEY]);
const HIGH: Key = Key::from_ne_bytes([0x80; KEY]);

/// Who is told of the words.
pub(crate) trait Words {
    /// A word of up to 16 bytes.
    fn short(&mut self, word: Key);
    /// A longer word.
    fn long(&mut self, word: &str);
}

/// Tells `sink` every word of `padded`, a text in UTF-8 that ends with [`PADDING`].
pub(crate) fn split(padded: &[u8], sink: &mut impl Words) {
    let (blocks, _) = padded.as_chunks::<BLOCK>();
    let mut before = 0; // the last bit of the block before
    let mut open = None;
    for (number, block) in blocks.iter().enumerate() {
        let bits = word_bits(block);
        let mut borders = bits ^ (bits << 1 | before);
        before = bits >> (BLOCK - 1);
        while borders != 0 {
            let here = number * BLOCK + borders.trailing_zeros() as usize;
            borders &= borders - 1;
            match open.take() {
                None => open = Some(here),
                Some(start) => word(padded, start, here, sink),
            }
        }
    }
}

/// One bit for each byte that belongs to a word, or to a character beyond ASCII, of which [`beyond_ascii`] will tell.
fn word_bits(block: &[u8; BLOCK]) -> u64 {
    let mut flags = [0_u8; BLOCK];
    for (flag, &byte) in flags.iter_mut().zip(block) {
        let letter = (byte | 0x20).wrapping_sub(b'a') < 26;
        let digit = byte.wrapping_sub(b'0') < 10;
        *flag = u8::from(letter | digit | (byte >= 0x80));
    }
    let (eights, _) = flags.as_chunks::<8>();
    eights.iter().rev().fold(0, |bits, eight| {
        // Gathers the lowest bits of eight bytes in the highest byte: the factors are 2 to the power of 56, 49, 42, ... 7.
        let gathered = u64::from_le_bytes(*eight).wrapping_mul(0x0102_0408_1020_4080) >> 56;
        bits << 8 | gathered
    })
}

fn word(padded: &[u8], start: usize, end: usize, sink: &mut impl Words) {
    let length = end - start;
    if length <= KEY
        && let Some(bytes) = padded[start..].first_chunk()
    {
        let mask = Key::MAX >> (8 * (KEY - length));
        let key = Key::from_le_bytes(*bytes) & mask;
        if key & HIGH == 0 {
            // In ASCII this lowercases letters and leaves digits alone.
            return sink.short((key | LOWER) & mask);
        }
    }
    let run = &padded[start..end];
    if run.is_ascii() {
        let lower = run.to_ascii_lowercase();
        sink.long(&String::from_utf8_lossy(&lower));
    } else {
        beyond_ascii(run, sink);
    }
}

/// The general way, for words with characters beyond ASCII; some of these characters separate words.
#[cold]
fn beyond_ascii(run: &[u8], sink: &mut impl Words) {
    let run = String::from_utf8_lossy(run);
    for word in run.split(|c: char| !c.is_alphanumeric()) {
        if word.is_empty() {
            continue;
        }
        let lower = word.to_lowercase();
        match pack(&lower) {
            Some(key) => sink.short(key),
            None => sink.long(&lower),
        }
    }
}

/// The key of a word, unless it is too long.
fn pack(word: &str) -> Option<Key> {
    let mut bytes = [0; KEY];
    bytes
        .get_mut(..word.len())?
        .copy_from_slice(word.as_bytes());
    Some(Key::from_le_bytes(bytes))
}

/// The word of a key.
pub(crate) fn unpack(key: Key) -> String {
    let bytes = key.to_le_bytes();
    let length = bytes.iter().position(|&byte| byte == 0).unwrap_or(KEY);
    String::from_utf8_lossy(&bytes[..length]).into_owned()
}
