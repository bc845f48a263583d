//! Who is running: what makes [`RLock`](crate::RLock) exist.
//!
//! # Safety
//!
//! Declares an `unsafe trait`: two live tasks with one identity would both own a reentrant lock.
#![allow(
    unsafe_code,
    reason = "unsafe trait: identities must be unique among live tasks"
)]

use core::num::NonZeroUsize;

/// A port that knows who is running.
///
/// # Safety
///
/// The identity is the same during the whole life of a task, and differs between any two tasks that are alive at the same
/// time. It may be used again after its task has ended. An interrupt handler counts as a task of its own.
pub unsafe trait Identity {
    /// The identity of the caller.
    fn current() -> NonZeroUsize;
}
