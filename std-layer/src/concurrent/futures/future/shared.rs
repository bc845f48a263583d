//! [`SharedFuture`].
//!
//! # Safety
//!
//! Each clone counts as a handle.
#![allow(unsafe_code, reason = "follows the pointer of a handle")]

use std::fmt;
use std::marker::PhantomData;
use std::ptr::NonNull;
use std::time::{Duration, Instant};

use selvedge_core::raw::{FutureState, Phase};

use super::by_reference::{self, by_reference};
use super::waiting::Until;
use crate::concurrent::futures::error::TaskError;
use crate::concurrent::futures::task::{self, Header};
use crate::threading::{TimedOut, WouldBlock};

/// A [`Future`](super::Future) with several handles: the value is lent to all, and dropped with the last.
///
/// ```
/// use selvedge::concurrent::futures::Promise;
///
/// let (promise, future) = Promise::new();
/// let one = future.shared();
/// let other = one.clone();
/// promise.set_result(String::from("for all")).unwrap();
/// assert_eq!(one.wait().unwrap(), "for all");
/// assert_eq!(other.wait().unwrap(), "for all");
/// ```
#[must_use = "a task whose futures are dropped runs all the same, and nobody hears what came of it"]
pub struct SharedFuture<T> {
    task: NonNull<Header>,
    value: PhantomData<T>,
}

// SAFETY: the value is lent to several, and dropped by any.
unsafe impl<T: Send + Sync> Send for SharedFuture<T> {}
// SAFETY: as above.
unsafe impl<T: Send + Sync> Sync for SharedFuture<T> {}

by_reference! {
    /// The state, and waiting for it.
    impl SharedFuture
}

impl<T> SharedFuture<T> {
    /// # Safety
    ///
    /// The value of the task is a `T`, and the handle is counted; none that is unique exists.
    pub(super) unsafe fn from_task(task: NonNull<Header>) -> Self {
        Self {
            task,
            value: PhantomData,
        }
    }

    /// The pointer of the handle, which stays counted.
    pub(in crate::concurrent::futures) fn task(&self) -> NonNull<Header> {
        self.task
    }
}

impl<T> Clone for SharedFuture<T> {
    fn clone(&self) -> Self {
        // SAFETY: we have a handle; the new one is that one's.
        unsafe {
            task::retain(self.task);
            Self::from_task(self.task)
        }
    }
}

impl<T> Drop for SharedFuture<T> {
    fn drop(&mut self) {
        // SAFETY: our handle.
        unsafe { task::release(self.task) };
    }
}
