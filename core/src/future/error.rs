//! What can go wrong at a [`Oneshot`](super::Oneshot).

use core::fmt;

use crate::error::TimedOut;

/// The value was not set; here it is (row F-43).
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum SetError<T> {
    /// There is a value, there was one, or another task is setting one.
    AlreadySet(T),
    /// It was cancelled: nobody will take it.
    Cancelled(T),
}

impl<T> SetError<T> {
    /// The value.
    #[must_use]
    pub fn into_value(self) -> T {
        match self {
            Self::AlreadySet(value) | Self::Cancelled(value) => value,
        }
    }
}

impl<T> fmt::Debug for SetError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AlreadySet(_) => "AlreadySet(..)",
            Self::Cancelled(_) => "Cancelled(..)",
        })
    }
}

impl<T> fmt::Display for SetError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AlreadySet(_) => "the value has been set before",
            Self::Cancelled(_) => "cancelled: nobody will take the value",
        })
    }
}

impl<T> core::error::Error for SetError<T> {}

/// There is nothing to take, and never will be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum TakeError {
    /// It was cancelled.
    Cancelled,
    /// Another has taken the value.
    Taken,
}

impl fmt::Display for TakeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Cancelled => "cancelled: no value will be set",
            Self::Taken => "the value has been taken",
        })
    }
}

impl core::error::Error for TakeError {}

macro_rules! or_not_yet {
    ($(#[$meta:meta])* $name:ident, $(#[$again:meta])* $not_yet:ident, $text:literal) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[cfg_attr(feature = "defmt", derive(defmt::Format))]
        pub enum $name {
            $(#[$again])*
            $not_yet,
            /// It was cancelled.
            Cancelled,
            /// Another has taken the value.
            Taken,
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self {
                    Self::$not_yet => f.write_str($text),
                    Self::Cancelled => TakeError::Cancelled.fmt(f),
                    Self::Taken => TakeError::Taken.fmt(f),
                }
            }
        }

        impl core::error::Error for $name {}

        impl From<TakeError> for $name {
            fn from(error: TakeError) -> Self {
                match error {
                    TakeError::Cancelled => Self::Cancelled,
                    TakeError::Taken => Self::Taken,
                }
            }
        }
    };
}

or_not_yet! {
    /// Nothing was taken.
    TryTakeError,
    /// There is no value yet.
    Empty, "no value has been set"
}

or_not_yet! {
    /// Nothing was taken in time.
    TakeTimeoutError,
    /// There was no value in time.
    TimedOut, "timed out"
}

impl From<TimedOut> for TakeTimeoutError {
    fn from(_: TimedOut) -> Self {
        Self::TimedOut
    }
}
