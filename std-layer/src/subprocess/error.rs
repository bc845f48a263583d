//! What can go wrong with a child that runs, and the sum of all errors (row S-17).

use std::error::Error;
use std::{fmt, io};

use super::{CalledProcessError, PipelineError, StartError, TeeError, TimeoutExpired};

/// Why a [`communicate`](super::Popen::communicate) did not come to its end.
#[derive(Debug)]
#[non_exhaustive]
pub enum CommunicateError {
    /// Time is up. What was read so far is in the error, and will be part of the result, too, when the conversation goes on: nothing is lost (row S-56).
    Timeout(TimeoutExpired),
    /// The child has written more than it was allowed to. What was read is in the error. The conversation can go on with another limit.
    TooMuch(TimeoutExpired),
    /// There was input in a call that continues a conversation (Python: `ValueError`, row S-56).
    InputAfterStart,
    /// Another thread or task is in a conversation with this child.
    Busy,
    /// The conversation is over, and its result has been handed out (row S-57).
    Finished,
    /// All is done but a copy of the output that could not be written. What was captured is in the error.
    Tee(TeeError),
    /// The system refuses to read or write. A child that does not read its input is not an error (row S-55).
    Io(io::Error),
}

impl fmt::Display for CommunicateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Timeout(error) => error.fmt(f),
            Self::TooMuch(_) => f.write_str("the child has written more than it was allowed to"),
            Self::InputAfterStart => {
                f.write_str("input can be given at the beginning of a conversation only")
            }
            Self::Busy => f.write_str("somebody else communicates with this child"),
            Self::Finished => f.write_str("the result has been handed out already"),
            Self::Tee(error) => error.fmt(f),
            Self::Io(error) => error.fmt(f),
        }
    }
}

impl Error for CommunicateError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Timeout(error) | Self::TooMuch(error) => Some(error),
            Self::Tee(error) => Some(error),
            Self::Io(error) => Some(error),
            _ => None,
        }
    }
}

/// Any failure of this module: what `?` turns the others into. (Python: `SubprocessError` and `OSError`.)
#[derive(Debug)]
#[non_exhaustive]
pub enum SubprocessError {
    /// The child was not started.
    Start(StartError),
    /// It did not end in time.
    Timeout(TimeoutExpired),
    /// It was to succeed, and did not.
    Called(CalledProcessError),
    /// Stages of a pipeline were to succeed, and did not.
    Pipeline(PipelineError),
    /// The conversation with it failed.
    Communicate(CommunicateError),
    /// Its output is not UTF-8.
    Text(std::str::Utf8Error),
}

impl fmt::Display for SubprocessError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Start(error) => error.fmt(f),
            Self::Timeout(error) => error.fmt(f),
            Self::Called(error) => error.fmt(f),
            Self::Pipeline(error) => error.fmt(f),
            Self::Communicate(error) => error.fmt(f),
            Self::Text(error) => write!(f, "the output is not text: {error}"),
        }
    }
}

impl Error for SubprocessError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(match self {
            Self::Start(error) => error,
            Self::Timeout(error) => error,
            Self::Called(error) => error,
            Self::Pipeline(error) => error,
            Self::Communicate(error) => error,
            Self::Text(error) => error,
        })
    }
}

impl From<StartError> for SubprocessError {
    fn from(error: StartError) -> Self {
        Self::Start(error)
    }
}

impl From<TimeoutExpired> for SubprocessError {
    fn from(error: TimeoutExpired) -> Self {
        Self::Timeout(error)
    }
}

impl From<CalledProcessError> for SubprocessError {
    fn from(error: CalledProcessError) -> Self {
        Self::Called(error)
    }
}

impl From<PipelineError> for SubprocessError {
    fn from(error: PipelineError) -> Self {
        Self::Pipeline(error)
    }
}

impl From<CommunicateError> for SubprocessError {
    fn from(error: CommunicateError) -> Self {
        match error {
            CommunicateError::Timeout(error) => Self::Timeout(error),
            error => Self::Communicate(error),
        }
    }
}

impl From<std::str::Utf8Error> for SubprocessError {
    fn from(error: std::str::Utf8Error) -> Self {
        Self::Text(error)
    }
}

impl From<io::Error> for CommunicateError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}
