//! Outcomes that are not success: one small type for each thing that can go wrong.

use core::fmt;

macro_rules! unit_errors {
    ($($(#[$meta:meta])* $name:ident => $text:literal;)*) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[cfg_attr(feature = "defmt", derive(defmt::Format))]
        pub struct $name;

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str($text)
            }
        }

        impl core::error::Error for $name {}
    )*};
}

unit_errors! {
    /// The time limit came first. Nothing was taken and nothing is left behind.
    TimedOut => "timed out";
    /// A `try_` form would have had to wait.
    WouldBlock => "the operation would have to wait";
    /// The lock that was to be released is not held by anyone. (Python: `RuntimeError`, row T-56.)
    NotHeld => "the lock is not held";
    /// The reentrant lock is not held by the caller. (Python: `RuntimeError`, row T-65.)
    NotOwner => "the caller does not own the reentrant lock";
    /// The release would have raised the bounded semaphore above its initial value; nothing was changed. (Python: `ValueError`, row T-86.)
    TooManyReleases => "the bounded semaphore would exceed its initial value";
    /// The barrier is broken: a party timed out, its action panicked, or it was aborted or reset. (Python: `BrokenBarrierError`, row T-107.)
    Broken => "the barrier is broken";
}

/// Why a timed wait at a barrier failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum BarrierError {
    /// This party's time ran out, and that broke the barrier for everyone (row T-103).
    TimedOut,
    /// The barrier was or became broken (rows T-102 to T-105).
    Broken,
}

impl fmt::Display for BarrierError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TimedOut => f.write_str("timed out, which broke the barrier"),
            Self::Broken => Broken.fmt(f),
        }
    }
}

impl core::error::Error for BarrierError {}

impl From<TimedOut> for BarrierError {
    fn from(_: TimedOut) -> Self {
        Self::TimedOut
    }
}

impl From<Broken> for BarrierError {
    fn from(_: Broken) -> Self {
        Self::Broken
    }
}
