//! [`Future`].
//!
//! # Safety
//!
//! It is the one unique handle: what needs that takes `self`.
#![allow(unsafe_code, reason = "follows the pointer of a handle")]

use std::fmt;
use std::marker::PhantomData;
use std::mem::ManuallyDrop;
use std::pin::Pin;
use std::ptr::NonNull;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use selvedge_core::raw::{FutureState, Phase};

use super::by_reference::{self, by_reference};
use super::waiting::{self, Until};
use super::{CancelOnDrop, SharedFuture};
use crate::concurrent::futures::error::{ResultTimeoutError, TaskError, TryResultError};
use crate::concurrent::futures::task::{self, Awaited, Header};
use crate::threading::{TimedOut, WouldBlock};

/// The value that a task will have: Python's `concurrent.futures.Future` (rows F-35 to F-45), in the hands of the one who will take it.
///
/// An executor makes it when a task is submitted; a [`Promise`](super::super::Promise) makes one without an executor. It begins as pending, is running while somebody works on it, and ends with a value, with a
/// [`TaskError`], or cancelled. It ends once.
///
/// * **Taking.** [`result`](Self::result) and its forms consume the handle and give the value. `.await` does the same. What has no value in time comes back in the error.
/// * **Looking.** [`peek`](Self::peek), [`wait`](Self::wait), [`exception`](Self::exception) lend, as often as you like, for values that are `Sync`. [`shared`](Self::shared) makes handles for several.
/// * **Blocking.** Waiting forms look, wait awake for a moment, and sleep. A thread that is woken costs a system call; one that still looks costs nothing.
/// * **Cancellation.** [`cancel`](Self::cancel) works until somebody has begun. Dropping the handle lets the task run, as in Python; [`cancel_on_drop`](Self::cancel_on_drop) does not.
/// * **Panics** in the task are values: [`TaskError::Panicked`] has message, place and payload.
/// * **Size.** The handle is one pointer. Closure and value share one allocation with it.
///
/// ```
/// use selvedge::concurrent::futures::Promise;
///
/// let (promise, future) = Promise::new();
/// assert!(!future.done());
/// let worker = selvedge::threading::spawn(move || promise.set_result(6 * 7).unwrap());
/// assert_eq!(future.result().unwrap(), 42);
/// worker.join().unwrap();
/// ```
#[must_use = "a task whose future is dropped runs all the same, and nobody hears what came of it"]
pub struct Future<T> {
    task: NonNull<Header>,
    value: PhantomData<T>,
}

// SAFETY: value and closure are `Send`, and may so be dropped and taken anywhere.
unsafe impl<T: Send> Send for Future<T> {}
// SAFETY: by reference there are atomics, the lock of the observers, and errors, which are `Sync`; what lends the value asks for `T: Sync`. Cancelling drops the closure, which is `Send`.
unsafe impl<T: Send> Sync for Future<T> {}

impl<T> Unpin for Future<T> {}

by_reference! {
    /// The state, and waiting for it.
    impl Future
}

/// Taking the value.
impl<T> Future<T> {
    /// # Safety
    ///
    /// The value of the task is a `T`, and the handle is counted and the only one of its kind.
    pub(in crate::concurrent::futures) unsafe fn from_task(task: NonNull<Header>) -> Self {
        Self {
            task,
            value: PhantomData,
        }
    }

    /// The pointer of the handle, which stays counted.
    pub(in crate::concurrent::futures) fn task(&self) -> NonNull<Header> {
        self.task
    }

    fn into_handle(self) -> NonNull<Header> {
        ManuallyDrop::new(self).task
    }

    /// Runs the task here, if nobody has begun with it; false if somebody has, or there is nothing to run.
    #[allow(dead_code, reason = "the pair to Awaited::try_run")]
    pub(crate) fn try_run_here(&self) -> bool {
        // SAFETY: a handle.
        unsafe { Awaited::new(self.task) }.try_run()
    }

    /// Waits until it is done, and takes the value (row F-38).
    ///
    /// It waits awake for a moment, then asleep. A thread of an executor that waits for a task of the same executor runs that task itself, if nobody has begun with it.
    ///
    /// # Errors
    ///
    /// Why there is no value.
    ///
    /// # Panics
    ///
    /// If it is called by a callback of this very future.
    #[inline]
    pub fn result(self) -> Result<T, TaskError> {
        // SAFETY: a handle.
        let _ = unsafe { waiting::wait(self.task, Phase::Settled, || Until::Ever) };
        self.take()
    }

    /// Takes the value if it is there. Never blocks.
    ///
    /// # Errors
    ///
    /// The future, if it is not done; or why there is no value.
    pub fn try_result(self) -> Result<T, TryResultError<T>> {
        if self.is_settled() {
            self.take().map_err(TryResultError::Failed)
        } else {
            Err(TryResultError::NotDone(self))
        }
    }

    /// As [`result`](Self::result), for `timeout` at most. Zero tries once; a time beyond what the clock can tell is for ever.
    ///
    /// # Errors
    ///
    /// The future, if it was not done in that time; or why there is no value.
    pub fn result_timeout(self, timeout: Duration) -> Result<T, ResultTimeoutError<T>> {
        self.result_within(by_reference::after(timeout))
    }

    /// As [`result`](Self::result), until `deadline` at most. A deadline that has passed tries once.
    ///
    /// # Errors
    ///
    /// The future, if it was not done until then; or why there is no value.
    pub fn result_deadline(self, deadline: Instant) -> Result<T, ResultTimeoutError<T>> {
        self.result_within(by_reference::at(deadline))
    }

    fn result_within(self, until: impl FnOnce() -> Until) -> Result<T, ResultTimeoutError<T>> {
        // SAFETY: a handle.
        match unsafe { waiting::wait(self.task, Phase::Settled, until) } {
            Ok(()) => self.take().map_err(ResultTimeoutError::Failed),
            Err(TimedOut) => Err(ResultTimeoutError::TimedOut(self)),
        }
    }

    fn is_settled(&self) -> bool {
        // SAFETY: a handle.
        task::is_settled(unsafe { task::header(self.task) })
    }

    /// It is settled.
    #[inline]
    fn take(self) -> Result<T, TaskError> {
        match self.state() {
            // SAFETY: settled, a `T`, and we are the one unique handle, which goes now.
            FutureState::Finished | FutureState::Failed => unsafe { task::take(self.task) },
            FutureState::Cancelled => Err(TaskError::Cancelled),
            _ => panic!("an earlier poll has taken the value"),
        }
    }

    /// Several handles in place of this one; the value is lent then, and not taken.
    pub fn shared(self) -> SharedFuture<T>
    where
        T: 'static,
    {
        // SAFETY: our handle becomes that one's.
        unsafe { SharedFuture::from_task(self.into_handle()) }
    }

    /// Cancels the task when the handle is dropped, if nobody has begun with it by then.
    pub fn cancel_on_drop(self) -> CancelOnDrop<T> {
        CancelOnDrop::new(self)
    }
}

/// The value or the error, once. Polled again after that it panics.
impl<T> std::future::Future for Future<T> {
    type Output = Result<T, TaskError>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        // SAFETY: a handle.
        let header = unsafe { task::header(self.task) };
        assert!(
            header.state.state() != FutureState::Taken,
            "polled after it was ready"
        );
        // SAFETY: the unique handle.
        if !task::is_settled(header) && unsafe { task::set_waker(self.task, context.waker()) } {
            return Poll::Pending;
        }
        if header.state.state() == FutureState::Cancelled {
            return Poll::Ready(Err(TaskError::Cancelled));
        }
        // SAFETY: settled, a `T`, and we are the one unique handle.
        let outcome = unsafe { task::take(self.task) };
        // The handle may stay: what was taken must not be lent.
        header.state.begin_taking();
        Poll::Ready(outcome)
    }
}

impl<T> Drop for Future<T> {
    fn drop(&mut self) {
        struct Release(NonNull<Header>);
        impl Drop for Release {
            fn drop(&mut self) {
                // SAFETY: our handle.
                unsafe { task::release(self.0) };
            }
        }
        let _release = Release(self.task);
        let is_settled = self.is_settled();
        match self.state() {
            // A stale entry of a queue may keep the allocation, but nothing that is in it.
            // SAFETY: settled, and we are the one unique handle.
            FutureState::Finished | FutureState::Failed if is_settled => unsafe {
                task::drop_body(self.task);
            },
            // The closure of a cancelled task is the canceller's.
            FutureState::Cancelled | FutureState::Taken => {}
            // SAFETY: the unique handle.
            _ => unsafe { task::clear_waker(self.task) },
        }
    }
}
