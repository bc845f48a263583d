//! Parking: the smaller thing a system may offer instead of sleeping on words.
//!
//! # Safety
//!
//! Declares `unsafe trait`s: a lost [`unpark`](Park::unpark) is a lost wake-up.
#![allow(unsafe_code, reason = "unsafe traits: a lost unpark is a lost wake-up")]

use super::Clock;

/// A system that can put the caller to sleep and resume a named task.
///
/// # Safety
///
/// An [`unpark`](Park::unpark) that comes before [`park`](Park::park) makes that `park` return at once (one token is remembered, as by
/// `std::thread::park`, a FreeRTOS task notification or WFE with its event register). Everything before the `unpark` happens before the
/// return of the `park` that took the token.
pub unsafe trait Park {
    /// Names a task.
    type Task: Clone + Send + 'static;

    /// The caller's name.
    fn current() -> Self::Task;

    /// Sleeps until a token is there and takes it. May also return for no reason.
    fn park();

    /// Gives `task` a token. Called while `task` is still inside a wait of this crate, and from interrupts where the port's docs say so.
    fn unpark(task: &Self::Task);
}

/// A parking system with a clock.
///
/// # Safety
///
/// As [`Park`].
pub unsafe trait TimedPark: Park + Clock {
    /// As [`Park::park`], returning also once `deadline` has come.
    fn park_until(deadline: Self::Instant);
}
