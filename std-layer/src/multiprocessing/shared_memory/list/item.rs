//! What a list can hold.

/// An element of a [`ShareableList`](super::ShareableList) (row H-15).
#[derive(Debug, Clone, PartialEq)]
pub enum Item {
    /// A whole number.
    Int(i64),
    /// A floating-point number.
    Float(f64),
    /// True or false.
    Bool(bool),
    /// Text.
    Str(String),
    /// Bytes.
    Bytes(Vec<u8>),
    /// Python's `None`.
    None,
}

/// How the bytes of an element are to be read: the last part of the layout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Number = 0,
    Str = 1,
    Bytes = 2,
    None = 3,
}

/// Eight characters in the manner of Python's `struct`.
pub(super) type Format = [u8; 8];

const INT: Format = *b"q\0\0\0\0\0\0\0";
const FLOAT: Format = *b"d\0\0\0\0\0\0\0";
const BOOL: Format = *b"xxxxxxx?";
const NONE: Format = *b"xxxxxx?x";
/// The most bytes that a format can tell.
pub(super) const LONGEST: usize = 9_999_999;

/// An element as it lies in memory.
pub(super) struct Stored<'a> {
    pub(super) bytes: std::borrow::Cow<'a, [u8]>,
    pub(super) format: Format,
    pub(super) kind: Kind,
}

impl Item {
    /// How it lies in memory; `None` if it is longer than a format can tell.
    pub(super) fn store(&self) -> Option<Stored<'_>> {
        let number = |bytes: [u8; 8], format, kind| Stored {
            bytes: bytes.to_vec().into(),
            format,
            kind,
        };
        Some(match self {
            Self::Int(value) => number(value.to_le_bytes(), INT, Kind::Number),
            Self::Float(value) => number(value.to_le_bytes(), FLOAT, Kind::Number),
            Self::Bool(value) => {
                number([0, 0, 0, 0, 0, 0, 0, u8::from(*value)], BOOL, Kind::Number)
            }
            Self::None => number([0; 8], NONE, Kind::None),
            Self::Str(text) => counted(text.as_bytes(), Kind::Str)?,
            Self::Bytes(bytes) => counted(bytes, Kind::Bytes)?,
        })
    }

    /// What lies in memory; `None` if that is nonsense. `read` gives so many bytes of the element, at most as many as it has room for.
    pub(super) fn load(
        format: Format,
        kind: u8,
        read: impl FnOnce(usize) -> Option<Vec<u8>>,
    ) -> Option<Self> {
        let number = |read: &dyn Fn(usize) -> Option<Vec<u8>>| read(8)?.try_into().ok();
        let read = std::cell::Cell::new(Some(read));
        let once = |len| read.take().and_then(|read| read(len));
        Some(match format {
            INT => Self::Int(i64::from_le_bytes(number(&once)?)),
            FLOAT => Self::Float(f64::from_le_bytes(number(&once)?)),
            BOOL => Self::Bool(number(&once)?[7] != 0),
            NONE => Self::None,
            _ => {
                let end = format.iter().position(|byte| *byte == b's')?;
                let digits = std::str::from_utf8(&format[..end]).ok()?;
                let bytes = once(digits.parse().ok()?)?;
                if kind == Kind::Str as u8 {
                    Self::Str(String::from_utf8(bytes).ok()?)
                } else {
                    Self::Bytes(bytes)
                }
            }
        })
    }
}

fn counted(bytes: &[u8], kind: Kind) -> Option<Stored<'_>> {
    if bytes.len() > LONGEST {
        return None;
    }
    let mut format = [0; 8];
    let text = format!("{}s", bytes.len());
    format[..text.len()].copy_from_slice(text.as_bytes());
    let bytes = bytes.into();
    Some(Stored {
        bytes,
        format,
        kind,
    })
}

macro_rules! from {
    ($($type:ty => |$value:ident| $item:expr;)*) => {$(
        impl From<$type> for Item {
            fn from($value: $type) -> Self {
                $item
            }
        }
    )*};
}

from!(
    i64 => |value| Self::Int(value);
    i32 => |value| Self::Int(value.into());
    u32 => |value| Self::Int(value.into());
    f64 => |value| Self::Float(value);
    bool => |value| Self::Bool(value);
    &str => |value| Self::Str(value.to_owned());
    String => |value| Self::Str(value);
    &[u8] => |value| Self::Bytes(value.to_owned());
    Vec<u8> => |value| Self::Bytes(value);
    () => |_value| Self::None;
);

impl<const N: usize> From<&[u8; N]> for Item {
    fn from(value: &[u8; N]) -> Self {
        Self::Bytes(value.to_vec())
    }
}
