//! What can go wrong at a queue: one small type for each operation. Items come back.

use core::fmt;

use crate::error::TimedOut;

const SHUT_DOWN: &str = "the queue is shut down";

/// The queue is shut down, and there is nothing left to take. (Python 3.13: `queue.ShutDown`, row X-11.)
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct ShutDown;

/// Why a `try_get` took nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum TryGetError {
    /// There is nothing to take now. (Python: `queue.Empty`, row Q-06.)
    Empty,
    /// There will never be anything to take again.
    ShutDown,
}

/// Why a `get_timeout` or `get_deadline` took nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum GetTimeoutError {
    /// Nothing came in time. (Python: `queue.Empty`, row Q-10.)
    TimedOut,
    /// There will never be anything to take again.
    ShutDown,
}

/// More tasks were reported as done than items were put; nothing was changed. (Python: `ValueError`, row Q-13.)
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct TooManyTasksDone;

/// The queue is shut down; here is the item.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct PutError<T>(pub T);

/// Why a `try_put` did not put, and the item.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub enum TryPutError<T> {
    /// There is no room now. (Python: `queue.Full`, row Q-06.)
    Full(T),
    /// The queue is shut down.
    ShutDown(T),
}

/// Why a `put_timeout` or `put_deadline` did not put, and the item.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub enum PutTimeoutError<T> {
    /// There was no room in time. (Python: `queue.Full`, row Q-08.)
    TimedOut(T),
    /// The queue is shut down.
    ShutDown(T),
}

impl<T> PutError<T> {
    /// The item.
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T> TryPutError<T> {
    /// The item.
    pub fn into_inner(self) -> T {
        let (Self::Full(item) | Self::ShutDown(item)) = self;
        item
    }
}

impl<T> PutTimeoutError<T> {
    /// The item.
    pub fn into_inner(self) -> T {
        let (Self::TimedOut(item) | Self::ShutDown(item)) = self;
        item
    }
}

/// `Display`, `Error`, and for those with an item a `Debug` that does not need the item's.
macro_rules! texts {
    ($($name:ident { $($pattern:pat => $text:expr),* })*) => {$(
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(match self { $($pattern => $text),* })
            }
        }

        impl core::error::Error for $name {}
    )*};
    (with item: $($name:ident { $($pattern:pat => $short:literal, $text:expr),* })*) => {$(
        impl<T> fmt::Display for $name<T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(match self { $($pattern => $text),* })
            }
        }

        impl<T> fmt::Debug for $name<T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(match self { $($pattern => $short),* })
            }
        }

        #[cfg(feature = "defmt")]
        impl<T> defmt::Format for $name<T> {
            fn format(&self, f: defmt::Formatter<'_>) {
                match self { $($pattern => defmt::write!(f, $short)),* }
            }
        }

        impl<T> core::error::Error for $name<T> {}
    )*};
}

texts! {
    ShutDown { Self => SHUT_DOWN }
    TryGetError { Self::Empty => "the queue is empty", Self::ShutDown => SHUT_DOWN }
    GetTimeoutError { Self::TimedOut => "nothing came in time", Self::ShutDown => SHUT_DOWN }
    TooManyTasksDone { Self => "more tasks were done than items were put" }
}

texts! { with item:
    PutError { Self(_) => "PutError(..)", SHUT_DOWN }
    TryPutError {
        Self::Full(_) => "Full(..)", "the queue is full",
        Self::ShutDown(_) => "ShutDown(..)", SHUT_DOWN
    }
    PutTimeoutError {
        Self::TimedOut(_) => "TimedOut(..)", "there was no room in time",
        Self::ShutDown(_) => "ShutDown(..)", SHUT_DOWN
    }
}

impl From<ShutDown> for TryGetError {
    fn from(_: ShutDown) -> Self {
        Self::ShutDown
    }
}

impl From<ShutDown> for GetTimeoutError {
    fn from(_: ShutDown) -> Self {
        Self::ShutDown
    }
}

impl From<TimedOut> for GetTimeoutError {
    fn from(_: TimedOut) -> Self {
        Self::TimedOut
    }
}

impl<T> From<PutError<T>> for TryPutError<T> {
    fn from(PutError(item): PutError<T>) -> Self {
        Self::ShutDown(item)
    }
}

impl<T> From<PutError<T>> for PutTimeoutError<T> {
    fn from(PutError(item): PutError<T>) -> Self {
        Self::ShutDown(item)
    }
}
