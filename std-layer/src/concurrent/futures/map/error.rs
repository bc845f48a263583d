//! Why a map ends before its items do.

use std::error::Error;
use std::fmt;

use crate::concurrent::futures::{SubmitErrorKind, TaskError};

/// Why a map has no more results.
#[derive(Debug)]
#[non_exhaustive]
pub enum MapError {
    /// The call for this item failed, or it was cancelled (row F-06).
    Failed(TaskError),
    /// The next result was not ready in time (row F-05).
    TimedOut,
    /// The executor took no more tasks; with [`buffersize`](super::MapOptions::buffersize) only, where they are submitted late.
    Refused(SubmitErrorKind),
}

impl fmt::Display for MapError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed(error) => error.fmt(f),
            Self::TimedOut => f.write_str("the next result was not ready in time"),
            Self::Refused(kind) => kind.fmt(f),
        }
    }
}

impl Error for MapError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Failed(error) => Some(error),
            Self::TimedOut => None,
            Self::Refused(kind) => Some(kind),
        }
    }
}

impl From<TaskError> for MapError {
    fn from(error: TaskError) -> Self {
        Self::Failed(error)
    }
}
