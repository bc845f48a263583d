//! What can go wrong in making a pool.

use std::error::Error;
use std::fmt;

/// A pool cannot be made so (row F-11).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PoolError {
    /// `max_workers` is 0.
    NoWorkers,
    /// A bound of 0 tasks: nothing could ever be submitted.
    NoRoom,
}

impl fmt::Display for PoolError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoWorkers => "max_workers must be greater than 0",
            Self::NoRoom => "the capacity must be greater than 0",
        })
    }
}

impl Error for PoolError {}
