//! What can go wrong at a queue of processes. Items come back.

use std::fmt;

use crate::multiprocessing::{PackError, UnpackError};
use crate::threading::TimedOut;

/// Why an item was not put, and never will be; and the item.
#[non_exhaustive]
pub enum PutError<T> {
    /// The queue is closed. (Python: `ValueError`, row M-80.)
    Closed(T),
    /// It has so many bytes, and the whole queue has not so much room.
    TooLarge(T, usize),
    /// It cannot be serialized, or has descriptors: those travel by connections.
    Pack(T, PackError),
}

/// Why a `try_put` did not put.
pub enum TryPutError<T> {
    /// There is no room now. (Python: `queue.Full`, row M-83.)
    Full(T),
    /// There never will be.
    Refused(PutError<T>),
}

/// Why a `put_timeout` or `put_deadline` did not put.
pub enum PutTimeoutError<T> {
    /// There was no room in time. (Python: `queue.Full`, row M-80.)
    TimedOut(T),
    /// There never will be.
    Refused(PutError<T>),
}

/// Why a get took nothing.
#[derive(Debug)]
#[non_exhaustive]
pub enum GetError {
    /// The queue is closed, and there is nothing left.
    Closed,
    /// A process has died with an item in its hands, as it put or got it: that item is lost, and there are others. Told once for each.
    Lost,
    /// The bytes of the item do not fit the type; it is lost (row M-82).
    Unpack(UnpackError),
    /// Somebody has written into the queue's memory what does not belong there; everything that was in it is lost.
    Damaged,
}

/// Why a `try_get` took nothing.
#[derive(Debug)]
pub enum TryGetError {
    /// There is nothing now. (Python: `queue.Empty`, row M-83.)
    Empty,
    /// Something else.
    Failed(GetError),
}

/// Why a `get_timeout` or `get_deadline` took nothing.
#[derive(Debug)]
pub enum GetTimeoutError {
    /// Nothing came in time. (Python: `queue.Empty`, row M-82.)
    TimedOut,
    /// Something else.
    Failed(GetError),
}

/// So many tasks will never be reported as done: who had them is dead. Told once for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Abandoned(pub u32);

/// Why a `join_timeout` or `join_deadline` has not waited until all is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JoinTimeoutError {
    /// Something was left to do all that time.
    TimedOut,
    /// Some of it will never be done.
    Abandoned(Abandoned),
}

/// More tasks were reported as done than items were put; nothing was changed. (Python: `ValueError`, row M-95.)
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooManyTasksDone;

impl<T> PutError<T> {
    /// The item.
    pub fn into_inner(self) -> T {
        match self {
            Self::Closed(item) | Self::TooLarge(item, _) | Self::Pack(item, _) => item,
        }
    }

    /// The same of another item.
    pub(super) fn of<U>(self, item: U) -> PutError<U> {
        match self {
            Self::Closed(_) => PutError::Closed(item),
            Self::TooLarge(_, bytes) => PutError::TooLarge(item, bytes),
            Self::Pack(_, error) => PutError::Pack(item, error),
        }
    }
}

impl<T> TryPutError<T> {
    /// The item.
    pub fn into_inner(self) -> T {
        match self {
            Self::Full(item) => item,
            Self::Refused(refused) => refused.into_inner(),
        }
    }
}

impl<T> PutTimeoutError<T> {
    /// The item.
    pub fn into_inner(self) -> T {
        match self {
            Self::TimedOut(item) => item,
            Self::Refused(refused) => refused.into_inner(),
        }
    }
}

impl<T> fmt::Display for PutError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Closed(_) => f.write_str("the queue is closed"),
            Self::TooLarge(_, bytes) => {
                write!(f, "the item has {bytes} bytes, more than the whole queue")
            }
            Self::Pack(_, error) => error.fmt(f),
        }
    }
}

impl<T> fmt::Display for TryPutError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Full(_) => f.write_str("the queue is full"),
            Self::Refused(refused) => refused.fmt(f),
        }
    }
}

impl<T> fmt::Display for PutTimeoutError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TimedOut(_) => TimedOut.fmt(f),
            Self::Refused(refused) => refused.fmt(f),
        }
    }
}

/// Without the item's.
macro_rules! debug {
    ($($name:ident),*) => {$(
        impl<T> fmt::Debug for $name<T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({self})", stringify!($name))
            }
        }

        impl<T> std::error::Error for $name<T> {}
    )*};
}

debug!(PutError, TryPutError, PutTimeoutError);

impl fmt::Display for GetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Closed => f.write_str("the queue is closed, and there is nothing left in it"),
            Self::Lost => f.write_str("a process has died with an item of the queue in its hands"),
            Self::Unpack(error) => error.fmt(f),
            Self::Damaged => f.write_str("the queue's memory is damaged; its items are lost"),
        }
    }
}

impl fmt::Display for TryGetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("the queue is empty"),
            Self::Failed(error) => error.fmt(f),
        }
    }
}

impl fmt::Display for GetTimeoutError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TimedOut => TimedOut.fmt(f),
            Self::Failed(error) => error.fmt(f),
        }
    }
}

impl fmt::Display for Abandoned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(tasks) = self;
        write!(f, "{tasks} tasks will never be done: who had them is dead")
    }
}

impl fmt::Display for JoinTimeoutError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TimedOut => TimedOut.fmt(f),
            Self::Abandoned(abandoned) => abandoned.fmt(f),
        }
    }
}

impl fmt::Display for TooManyTasksDone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("more tasks were reported as done than items were put")
    }
}

impl std::error::Error for GetError {}
impl std::error::Error for TryGetError {}
impl std::error::Error for GetTimeoutError {}
impl std::error::Error for Abandoned {}
impl std::error::Error for JoinTimeoutError {}
impl std::error::Error for TooManyTasksDone {}
