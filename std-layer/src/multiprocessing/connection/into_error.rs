//! What can go wrong with receiving into a buffer.

use std::fmt;

use super::error::{RecvError, RecvTimeoutError, TryRecvError};

/// Why a message could not be received into a buffer.
#[derive(Debug)]
#[non_exhaustive]
pub enum RecvIntoError {
    /// The buffer is too short. This is the whole message. (Python: `BufferTooShort`, row M-29.)
    TooShort(Vec<u8>),
    /// There is no receiving.
    Failed(RecvError),
}

/// Why no message could be received into a buffer without waiting.
#[derive(Debug)]
#[non_exhaustive]
pub enum TryRecvIntoError {
    /// None is complete yet; what has come of it is kept for the next receiver.
    Empty,
    /// The buffer is too short. This is the whole message.
    TooShort(Vec<u8>),
    /// There is no receiving.
    Failed(RecvError),
}

/// Why no message could be received into a buffer in time.
#[derive(Debug)]
#[non_exhaustive]
pub enum RecvIntoTimeoutError {
    /// None was complete by then; what had come of it is kept for the next receiver.
    TimedOut,
    /// The buffer is too short. This is the whole message.
    TooShort(Vec<u8>),
    /// There is no receiving.
    Failed(RecvError),
}

impl From<RecvError> for RecvIntoError {
    fn from(error: RecvError) -> Self {
        Self::Failed(error)
    }
}

impl From<TryRecvError> for TryRecvIntoError {
    fn from(error: TryRecvError) -> Self {
        match error {
            TryRecvError::Empty => Self::Empty,
            TryRecvError::Failed(error) => Self::Failed(error),
        }
    }
}

impl From<RecvIntoError> for TryRecvIntoError {
    fn from(error: RecvIntoError) -> Self {
        match error {
            RecvIntoError::TooShort(message) => Self::TooShort(message),
            RecvIntoError::Failed(error) => Self::Failed(error),
        }
    }
}

impl From<RecvTimeoutError> for RecvIntoTimeoutError {
    fn from(error: RecvTimeoutError) -> Self {
        match error {
            RecvTimeoutError::TimedOut => Self::TimedOut,
            RecvTimeoutError::Failed(error) => Self::Failed(error),
        }
    }
}

impl From<RecvIntoError> for RecvIntoTimeoutError {
    fn from(error: RecvIntoError) -> Self {
        match error {
            RecvIntoError::TooShort(message) => Self::TooShort(message),
            RecvIntoError::Failed(error) => Self::Failed(error),
        }
    }
}

fn too_short(message: &[u8], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let length = message.len();
    write!(f, "the buffer is too short for a message of {length} bytes")
}

impl fmt::Display for RecvIntoError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooShort(message) => too_short(message, f),
            Self::Failed(error) => error.fmt(f),
        }
    }
}

impl fmt::Display for TryRecvIntoError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => TryRecvError::Empty.fmt(f),
            Self::TooShort(message) => too_short(message, f),
            Self::Failed(error) => error.fmt(f),
        }
    }
}

impl fmt::Display for RecvIntoTimeoutError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TimedOut => RecvTimeoutError::TimedOut.fmt(f),
            Self::TooShort(message) => too_short(message, f),
            Self::Failed(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for RecvIntoError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Failed(error) => Some(error),
            Self::TooShort(_) => None,
        }
    }
}

impl std::error::Error for TryRecvIntoError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Failed(error) => Some(error),
            Self::Empty | Self::TooShort(_) => None,
        }
    }
}

impl std::error::Error for RecvIntoTimeoutError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Failed(error) => Some(error),
            Self::TimedOut | Self::TooShort(_) => None,
        }
    }
}
