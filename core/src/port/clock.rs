//! Time: what makes the `_timeout` and `_deadline` forms exist.
//!
//! # Safety
//!
//! Declares an `unsafe trait` that extends [`Port`]'s promises to sleeps with a limit.
#![allow(
    unsafe_code,
    reason = "unsafe trait: same promises as Port, for timed sleeps"
)]

use core::fmt;
use core::time::Duration;

use super::Port;
use crate::atomics::AtomicU32;

/// A monotonic clock.
///
/// It never goes backwards and never fails. A counter that wraps is widened by the port, so that instants of one
/// program are ordered.
pub trait Clock {
    /// A point in time of this clock.
    type Instant: Copy + Ord + fmt::Debug + Send + Sync;

    /// The present.
    fn now() -> Self::Instant;

    /// `from` plus `span`, rounded up to the clock's grain, or `None` when that lies beyond what the clock can tell: "never".
    fn after(from: Self::Instant, span: Duration) -> Option<Self::Instant>;

    /// The time from `from` until `to`; zero when `to` is not later.
    fn until(from: Self::Instant, to: Self::Instant) -> Duration;
}

/// A port that can sleep until an instant.
///
/// # Safety
///
/// As [`Port`], for [`wait_until`](TimedPort::wait_until) beside `wait` and [`block_until`](TimedPort::block_until) beside `block`.
#[diagnostic::on_unimplemented(
    message = "the port `{Self}` has no clock, so there are no time limits",
    note = "many ports have one behind a feature called `time`"
)]
pub unsafe trait TimedPort: Port + Clock {
    /// As [`Port::wait`], returning also once `deadline` has come. Early returns are spurious returns: callers ask the clock.
    fn wait_until(word: &AtomicU32, expected: u32, deadline: Self::Instant);

    /// As [`Port::block`], returning also once `deadline` has come.
    fn block_until(flag: &AtomicU32, expected: u32, deadline: Self::Instant);
}
