//! What can go wrong with a connection.

use std::{fmt, io};

use crate::multiprocessing::{PackError, UnpackError};

/// Why a message could not be sent.
#[derive(Debug)]
#[non_exhaustive]
pub enum SendError {
    /// The value cannot be serialized; nothing was sent.
    Pack(PackError),
    /// Nobody is at the other end any more. (Python: `BrokenPipeError`.)
    Closed,
    /// The connection is not a unix socket, and so carries no descriptors; nothing was sent.
    Descriptors,
    /// The system refuses. What has not gone of the message goes with the next one.
    Os(io::Error),
}

/// Why a message could not be sent in time.
#[derive(Debug)]
#[non_exhaustive]
pub enum SendTimeoutError {
    /// There was no room; nothing was sent.
    TimedOut,
    /// A part of it was sent. The rest is kept, and goes with the next message or by [`flush`](super::Sender::flush).
    Unfinished,
    /// Sending failed.
    Failed(SendError),
}

/// Why no message could be received.
#[derive(Debug)]
#[non_exhaustive]
pub enum RecvError {
    /// The other end is closed, and everything has been received. (Python: `EOFError`.)
    Closed,
    /// The stream ended in the middle of a message. Nothing more can be received.
    Cut,
    /// A message longer than the receiver takes was announced. Nothing more can be received (row M-58).
    TooLong {
        /// What was announced, in bytes.
        length: u64,
        /// The most that is taken.
        limit: u64,
    },
    /// The other side speaks another protocol: this is no length. Nothing more can be received.
    Garbage(i32),
    /// Too many descriptors came, or this process can have no more of them. Nothing more can be received.
    Descriptors,
    /// The message is no value of the type asked for. It is gone; the next one can be received.
    Unpack(UnpackError),
    /// The system refuses.
    Os(io::Error),
}

/// Why no message could be received without waiting.
#[derive(Debug)]
pub enum TryRecvError {
    /// None is complete yet.
    Empty,
    /// There is no receiving.
    Failed(RecvError),
}

/// Why no message could be received in time.
#[derive(Debug)]
pub enum RecvTimeoutError {
    /// None was complete by then; what had come of it is kept.
    TimedOut,
    /// There is no receiving.
    Failed(RecvError),
}

impl From<SendError> for SendTimeoutError {
    fn from(error: SendError) -> Self {
        Self::Failed(error)
    }
}

impl From<RecvError> for TryRecvError {
    fn from(error: RecvError) -> Self {
        Self::Failed(error)
    }
}

impl From<RecvError> for RecvTimeoutError {
    fn from(error: RecvError) -> Self {
        Self::Failed(error)
    }
}

impl fmt::Display for SendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pack(error) => error.fmt(f),
            Self::Closed => f.write_str("the other end of the connection is closed"),
            Self::Descriptors => f.write_str("only unix sockets carry descriptors"),
            Self::Os(error) => write!(f, "the message cannot be sent: {error}"),
        }
    }
}

impl fmt::Display for SendTimeoutError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TimedOut => f.write_str("timed out: nothing was sent"),
            Self::Unfinished => f.write_str(
                "timed out in the middle of the message: its rest goes with the next one",
            ),
            Self::Failed(error) => error.fmt(f),
        }
    }
}

impl fmt::Display for RecvError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Closed => f.write_str("the other end of the connection is closed"),
            Self::Cut => f.write_str("the connection ended in the middle of a message"),
            Self::TooLong { length, limit } => {
                write!(f, "a message of {length} bytes was announced, {limit} are allowed")
            }
            Self::Garbage(length) => {
                write!(f, "bad message length {length}: the other side speaks another protocol")
            }
            Self::Descriptors => f.write_str(
                "more descriptors came with the message than are allowed, or than this process can have",
            ),
            Self::Unpack(error) => error.fmt(f),
            Self::Os(error) => write!(f, "no message can be received: {error}"),
        }
    }
}

impl fmt::Display for TryRecvError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("no message is complete yet"),
            Self::Failed(error) => error.fmt(f),
        }
    }
}

impl fmt::Display for RecvTimeoutError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TimedOut => f.write_str("timed out: no message is complete yet"),
            Self::Failed(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for SendError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Pack(error) => Some(error),
            Self::Os(error) => Some(error),
            Self::Closed | Self::Descriptors => None,
        }
    }
}

impl std::error::Error for SendTimeoutError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Failed(error) => Some(error),
            Self::TimedOut | Self::Unfinished => None,
        }
    }
}

impl std::error::Error for RecvError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Unpack(error) => Some(error),
            Self::Os(error) => Some(error),
            _ => None,
        }
    }
}

impl std::error::Error for TryRecvError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Failed(error) => Some(error),
            Self::Empty => None,
        }
    }
}

impl std::error::Error for RecvTimeoutError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Failed(error) => Some(error),
            Self::TimedOut => None,
        }
    }
}
