//! What can go wrong with shared memory.

use std::{error, fmt, io};

/// Why there is no shared memory.
#[derive(Debug)]
#[non_exhaustive]
pub enum OpenError {
    /// No bytes at all cannot be shared. (Python: `ValueError`, row H-01.)
    Empty,
    /// Not a name: empty, longer than 200 bytes, or with `/` or NUL in it.
    BadName,
    /// The name is in use. (Python: `FileExistsError`, row H-01.)
    Exists,
    /// Nobody has memory of this name. (Python: `FileNotFoundError`, row H-01.)
    NotFound,
    /// The descriptor is no memory that can be shared safely: it must be sealed against changes of its size.
    NotSealed,
    /// The system refuses. If it lacks a call, or forbids it, the error says which.
    Os(io::Error),
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("shared memory must have at least one byte"),
            Self::BadName => f.write_str(
                "the name of shared memory must have 1 to 200 bytes, and neither `/` nor NUL",
            ),
            Self::Exists => f.write_str("the name of the shared memory is in use"),
            Self::NotFound => f.write_str("there is no shared memory of this name"),
            Self::NotSealed => f.write_str(
                "the descriptor is no memory that is sealed against changes of its size",
            ),
            Self::Os(error) => write!(f, "the system refuses the shared memory: {error}"),
        }
    }
}

impl error::Error for OpenError {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        match self {
            Self::Os(error) => Some(error),
            _ => None,
        }
    }
}

impl<E: Into<io::Error>> From<E> for OpenError {
    fn from(error: E) -> Self {
        Self::Os(error.into())
    }
}

/// The place is not inside the memory, or not aligned for its type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OutOfBounds {
    /// The first byte asked for.
    pub offset: usize,
    /// How many bytes.
    pub len: usize,
    /// The size of the memory.
    pub size: usize,
}

impl fmt::Display for OutOfBounds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { offset, len, size } = self;
        write!(
            f,
            "{len} bytes at {offset} are not inside of {size} bytes of shared memory, or not aligned"
        )
    }
}

impl error::Error for OutOfBounds {}

/// The name has been taken away already, or the memory has none. (Python: `FileNotFoundError`, row H-07.)
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoName;

impl fmt::Display for NoName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the shared memory has no name any more")
    }
}

impl error::Error for NoName {}
