//! [`Promise`].
//!
//! # Safety
//!
//! It counts as a handle; the body is written by the one who has won the state.
#![allow(unsafe_code, reason = "follows the pointer of a handle")]

use std::fmt;
use std::marker::PhantomData;
use std::ptr::NonNull;

use selvedge_core::raw::FutureState;

use super::Future;
use super::error::{BrokenExecutor, InvalidState, InvalidStateError, TaskError};
use super::task::{self, Header};

/// The other side of a [`Future`], for those who complete it by hand: executors of one's own, callbacks of other libraries, tests (rows F-35, F-42, F-43).
///
/// It may be set from pending or from running, once; a second value comes back. None of its methods blocks for long: callbacks are called, and waiters woken, before a setting method returns. A promise that is dropped
/// before it was set fails its future, so nobody waits for it for ever.
///
/// ```
/// use selvedge::concurrent::futures::{Promise, TaskError};
///
/// let (promise, future) = Promise::new();
/// assert!(promise.set_running_or_notify_cancel().unwrap());
/// assert!(future.running() && !future.cancel());
/// promise.set_result("done").unwrap();
/// assert_eq!(promise.set_result("again").unwrap_err().into_value(), "again");
/// assert_eq!(future.result().unwrap(), "done");
///
/// let (promise, future) = Promise::<u32>::new();
/// drop(promise);
/// assert!(matches!(future.result(), Err(TaskError::Broken(_))));
/// ```
pub struct Promise<T> {
    task: NonNull<Header>,
    /// Invariant: values go in, and may still be there when this is dropped.
    value: PhantomData<fn(T) -> T>,
}

// SAFETY: a value moves through it to another thread.
unsafe impl<T: Send> Send for Promise<T> {}
// SAFETY: as above; who sets is decided by the state.
unsafe impl<T: Send> Sync for Promise<T> {}

impl<T> Promise<T> {
    /// A pending future, and the side that will complete it. One allocation.
    pub fn new() -> (Self, Future<T>) {
        let task = task::without_work::<T>(2);
        let promise = Self {
            task,
            value: PhantomData,
        };
        // SAFETY: two handles; the value is a `T`.
        (promise, unsafe { Future::from_task(task) })
    }

    #[inline]
    fn header(&self) -> &Header {
        // SAFETY: a handle.
        unsafe { task::header(self.task) }
    }

    /// Says that somebody begins to work on it; false, once, if it was cancelled: then there is nothing to do (row F-42).
    ///
    /// # Errors
    ///
    /// [`InvalidState`] if somebody has begun or been told before, or if it is done. (Python: `RuntimeError`.)
    pub fn set_running_or_notify_cancel(&self) -> Result<bool, InvalidState> {
        self.header().state.start()
    }

    /// Sets the value (row F-43).
    ///
    /// # Errors
    ///
    /// The value, if the future is done or cancelled. (Python: `InvalidStateError`.)
    pub fn set_result(&self, value: T) -> Result<(), InvalidStateError<T>> {
        let state = &self.header().state;
        if let Err(invalid) = state.begin_setting() {
            return Err(InvalidStateError::new(invalid, value));
        }
        // SAFETY: won, a `T`, and the body of a promise is empty until it is set.
        unsafe {
            task::write_value(self.task, value);
            task::tell(self.task, state.complete(false));
        }
        Ok(())
    }

    /// Sets an error (row F-43).
    ///
    /// # Errors
    ///
    /// The error, if the future is done or cancelled. (Python: `InvalidStateError`.)
    pub fn set_exception(
        &self,
        error: impl Into<TaskError>,
    ) -> Result<(), InvalidStateError<TaskError>> {
        let error = error.into();
        if let Err(invalid) = self.header().state.begin_setting() {
            return Err(InvalidStateError::new(invalid, error));
        }
        // SAFETY: won, and the body of a promise is empty until it is set.
        unsafe { task::complete_with_error(self.task, error) };
        Ok(())
    }

    /// Whether the future was cancelled, so that a value would not be taken.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.header().state.state() == FutureState::Cancelled
    }
}

impl<T> Drop for Promise<T> {
    fn drop(&mut self) {
        struct Release(NonNull<Header>);
        impl Drop for Release {
            fn drop(&mut self) {
                // SAFETY: our handle.
                unsafe { task::release(self.0) };
            }
        }
        let _release = Release(self.task);
        if !self.header().state.state().is_done() {
            let _ = self.set_exception(TaskError::Broken(BrokenExecutor::abandoned()));
        }
    }
}

impl<T> fmt::Debug for Promise<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Promise")
            .field("state", &self.header().state.state())
            .finish_non_exhaustive()
    }
}
