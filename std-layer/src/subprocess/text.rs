//! Bytes as text (rows S-33, S-34).

use std::borrow::Cow;

/// What to do about bytes that are not UTF-8.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Decoding {
    /// They are an error.
    #[default]
    Strict,
    /// Each bad part becomes U+FFFD.
    Replace,
    /// They are left out.
    Ignore,
    /// Each bad byte becomes `\x` and two digits.
    Backslash,
}

/// Bytes as text, with `\r\n` and `\r` as `\n`: what Python's text mode makes of a child's output.
///
/// # Errors
///
/// With [`Decoding::Strict`], if they are not UTF-8; other encodings are the caller's business.
///
/// ```
/// use selvedge::subprocess::{Decoding, decode};
///
/// assert_eq!(decode(b"a\r\nb\rc\n", Decoding::Strict).unwrap(), "a\nb\nc\n");
/// assert_eq!(decode(b"a\xffb", Decoding::Backslash).unwrap(), "a\\xffb");
/// assert_eq!(decode(b"a\xffb", Decoding::Ignore).unwrap(), "ab");
/// assert!(decode(b"a\xffb", Decoding::Strict).is_err());
/// ```
pub fn decode(bytes: &[u8], decoding: Decoding) -> Result<String, std::str::Utf8Error> {
    let text = match decoding {
        Decoding::Strict => Cow::Borrowed(std::str::from_utf8(bytes)?),
        Decoding::Replace => String::from_utf8_lossy(bytes),
        Decoding::Ignore => Cow::Owned(piecewise(bytes, |_, _| {})),
        Decoding::Backslash => Cow::Owned(piecewise(bytes, |text, bad| {
            for byte in bad {
                text.push_str(&format!("\\x{byte:02x}"));
            }
        })),
    };
    Ok(translate_newlines(text))
}

fn piecewise(bytes: &[u8], bad: impl Fn(&mut String, &[u8])) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        bad(&mut text, chunk.invalid());
    }
    text
}

fn translate_newlines(text: Cow<'_, str>) -> String {
    if text.contains('\r') {
        text.replace("\r\n", "\n").replace('\r', "\n")
    } else {
        text.into_owned()
    }
}
