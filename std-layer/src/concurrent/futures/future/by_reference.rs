//! What every handle to a future can do without taking its value.
//!
//! # Safety
//!
//! A handle counts, so its header is alive; while it is borrowed nobody takes the outcome, because that needs the one unique handle by value.
#![allow(unsafe_code, reason = "follows the pointer of a handle")]

use std::fmt;
use std::ptr::NonNull;
use std::time::{Duration, Instant};

use selvedge_core::raw::{FutureState, Phase};

use super::waiting::{self, Until};
use crate::concurrent::futures::error::{CANCELLED, TaskError};
use crate::concurrent::futures::task::{self, Header};
use crate::threading::TimedOut;

/// Lends the outcome of a future that is done.
///
/// # Safety
///
/// The value of the task is a `T`; it is done, and a handle of it is borrowed for as long as `'a`.
pub(super) unsafe fn lend<'a, T: 'a>(task: NonNull<Header>) -> Result<&'a T, &'a TaskError> {
    // SAFETY: the contract.
    match unsafe { task.as_ref() }.state.state() {
        // SAFETY: the contract: nobody takes the outcome in this time.
        FutureState::Finished | FutureState::Failed => unsafe { task::lend(task) },
        _ => Err(&CANCELLED),
    }
}

/// Lends the error of a future that is done, and does not touch a value.
///
/// # Safety
///
/// As [`lend`].
pub(super) unsafe fn lend_error<'a, T: 'a>(task: NonNull<Header>) -> Option<&'a TaskError> {
    // SAFETY: the contract.
    match unsafe { task.as_ref() }.state.state() {
        FutureState::Finished => None,
        // SAFETY: the contract.
        FutureState::Failed => unsafe { task::lend::<T>(task) }.err(),
        _ => Some(&CANCELLED),
    }
}

/// # Safety
///
/// The value of the task is a `T`, and the caller has a handle.
pub(super) unsafe fn add_done_callback<T, F>(task: NonNull<Header>, callback: F)
where
    T: Sync + 'static,
    F: FnOnce(Result<&T, &TaskError>) + Send + 'static,
{
    let call = move |task| {
        // SAFETY: called when it is done. Either it is called inside this function, which borrows a handle; or by the completer, before it settles.
        callback(unsafe { lend::<T>(task) });
    };
    // SAFETY: the contract.
    if let Err(call) = unsafe { task::add_callback(task, call) } {
        crate::threading::shielded(|| call(task));
    }
}

/// # Safety
///
/// The caller has a handle.
pub(super) unsafe fn wait_done(
    task: NonNull<Header>,
    until: impl FnOnce() -> Until,
) -> Result<(), TimedOut> {
    // SAFETY: the contract.
    unsafe { waiting::wait(task, Phase::Done, until) }
}

pub(super) fn after(timeout: Duration) -> impl FnOnce() -> Until {
    move || Until::after(timeout)
}

pub(super) fn at(deadline: Instant) -> impl FnOnce() -> Until {
    move || Until::Instant(deadline)
}

/// Row F-44: the state, and what came of it.
///
/// # Safety
///
/// The value of the task is a `T`, and the caller has a handle that is borrowed.
pub(super) unsafe fn debug<T>(
    task: NonNull<Header>,
    name: &str,
    f: &mut fmt::Formatter<'_>,
) -> fmt::Result {
    // SAFETY: the contract.
    let state = unsafe { task.as_ref() }.state.state();
    write!(f, "<{name} at {task:p} state=")?;
    match state {
        FutureState::Pending => f.write_str("pending")?,
        FutureState::Running => f.write_str("running")?,
        FutureState::Cancelled => f.write_str("cancelled")?,
        _ => f.write_str("finished")?,
    }
    match state {
        FutureState::Finished => write!(f, " returned {}", std::any::type_name::<T>())?,
        // SAFETY: it is done; the rest is the contract.
        FutureState::Failed => match unsafe { lend_error::<T>(task) } {
            Some(TaskError::Panicked(_)) => f.write_str(" panicked")?,
            Some(TaskError::Broken(_)) => f.write_str(" broken")?,
            _ => f.write_str(" failed")?,
        },
        _ => {}
    }
    f.write_str(">")
}

/// The methods that [`Future`](super::Future) and [`SharedFuture`](super::SharedFuture) have in common; both have a field `task`.
macro_rules! by_reference {
    ($(#[$meta:meta])* impl $name:ident) => {
        $(#[$meta])*
        impl<T> $name<T> {
            fn state(&self) -> FutureState {
                // SAFETY: a handle.
                unsafe { task::header(self.task) }.state.state()
            }

            /// Cancels the task if nobody has begun with it, and says whether it is cancelled (row F-36).
            ///
            /// Waiters return and callbacks are called, here, before this returns; the closure is dropped.
            pub fn cancel(&self) -> bool {
                // SAFETY: a handle.
                unsafe { task::cancel(self.task) }.is_some()
            }

            /// Whether it was cancelled (row F-37).
            #[must_use]
            pub fn cancelled(&self) -> bool {
                self.state() == FutureState::Cancelled
            }

            /// Whether somebody has begun with it and it is not done (row F-37).
            #[must_use]
            pub fn running(&self) -> bool {
                self.state() == FutureState::Running
            }

            /// Whether it is cancelled or finished (row F-37).
            #[inline]
            #[must_use]
            pub fn done(&self) -> bool {
                self.state().is_done()
            }

            /// Waits until it is done, however it ends.
            #[inline]
            pub fn wait_done(&self) {
                // SAFETY: a handle.
                let _ = unsafe { by_reference::wait_done(self.task, || Until::Ever) };
            }

            /// As [`wait_done`](Self::wait_done), for `timeout` at most. Zero looks once; a time beyond what the clock can tell is for ever.
            ///
            /// # Errors
            ///
            /// [`TimedOut`] if it was not done in that time.
            #[inline]
            pub fn wait_done_timeout(&self, timeout: Duration) -> Result<(), TimedOut> {
                // SAFETY: a handle.
                unsafe { by_reference::wait_done(self.task, by_reference::after(timeout)) }
            }

            /// As [`wait_done`](Self::wait_done), until `deadline` at most. A deadline that has passed looks once.
            ///
            /// # Errors
            ///
            /// [`TimedOut`] if it was not done until then.
            #[inline]
            pub fn wait_done_deadline(&self, deadline: Instant) -> Result<(), TimedOut> {
                // SAFETY: a handle.
                unsafe { by_reference::wait_done(self.task, by_reference::at(deadline)) }
            }

            /// As [`wait_done`](Self::wait_done), without blocking the task that polls. Dropping the future of this wait gives up and loses nothing.
            pub async fn wait_done_async(&self) {
                // SAFETY: a handle.
                unsafe { task::header(self.task) }
                    .state
                    .wait_async(Phase::Done)
                    .await;
            }

            /// Waits until it is done and lends its error, if it has one (row F-39). A future that was cancelled has [`TaskError::Cancelled`].
            pub fn exception(&self) -> Option<&TaskError> {
                self.wait_done();
                self.error_now()
            }

            /// Lends its error, if it is done and has one; `None` if it is not done. Never blocks.
            ///
            /// # Errors
            ///
            /// [`WouldBlock`] if it is not done.
            pub fn try_exception(&self) -> Result<Option<&TaskError>, WouldBlock> {
                if self.done() {
                    Ok(self.error_now())
                } else {
                    Err(WouldBlock)
                }
            }

            /// As [`exception`](Self::exception), waiting for `timeout` at most.
            ///
            /// # Errors
            ///
            /// [`TimedOut`] if it was not done in that time.
            pub fn exception_timeout(
                &self,
                timeout: Duration,
            ) -> Result<Option<&TaskError>, TimedOut> {
                self.wait_done_timeout(timeout)?;
                Ok(self.error_now())
            }

            /// As [`exception`](Self::exception), waiting until `deadline` at most.
            ///
            /// # Errors
            ///
            /// [`TimedOut`] if it was not done until then.
            pub fn exception_deadline(
                &self,
                deadline: Instant,
            ) -> Result<Option<&TaskError>, TimedOut> {
                self.wait_done_deadline(deadline)?;
                Ok(self.error_now())
            }

            /// As [`exception`](Self::exception), without blocking the task that polls.
            pub async fn exception_async(&self) -> Option<&TaskError> {
                self.wait_done_async().await;
                self.error_now()
            }

            fn error_now(&self) -> Option<&TaskError> {
                // SAFETY: it is done, and its value is a `T`.
                unsafe { by_reference::lend_error::<T>(self.task) }
            }
        }

        /// Looking at the value: several may do so at once, so it is for values that are `Sync`.
        impl<T: Sync> $name<T> {
            /// The value or the error, if it is done. Never blocks, and can be repeated (row F-38).
            #[must_use]
            pub fn peek(&self) -> Option<Result<&T, &TaskError>> {
                self.done().then(|| self.outcome_now())
            }

            /// Waits until it is done, and lends the value or the error (row F-38).
            ///
            /// It waits awake for a moment, then asleep. A thread of an executor that waits for a task of the same executor runs that task itself, if nobody has begun with it.
            ///
            /// # Errors
            ///
            /// Why there is no value.
            pub fn wait(&self) -> Result<&T, &TaskError> {
                self.wait_done();
                self.outcome_now()
            }

            /// As [`wait`](Self::wait), for `timeout` at most.
            ///
            /// # Errors
            ///
            /// [`TimedOut`] if it was not done in that time.
            pub fn wait_timeout(
                &self,
                timeout: Duration,
            ) -> Result<Result<&T, &TaskError>, TimedOut> {
                self.wait_done_timeout(timeout)?;
                Ok(self.outcome_now())
            }

            /// As [`wait`](Self::wait), until `deadline` at most.
            ///
            /// # Errors
            ///
            /// [`TimedOut`] if it was not done until then.
            pub fn wait_deadline(
                &self,
                deadline: Instant,
            ) -> Result<Result<&T, &TaskError>, TimedOut> {
                self.wait_done_deadline(deadline)?;
                Ok(self.outcome_now())
            }

            /// As [`wait`](Self::wait), without blocking the task that polls. Dropping the future of this wait gives up and loses nothing.
            ///
            /// # Errors
            ///
            /// Why there is no value.
            pub async fn wait_async(&self) -> Result<&T, &TaskError> {
                self.wait_done_async().await;
                self.outcome_now()
            }

            fn outcome_now(&self) -> Result<&T, &TaskError> {
                // SAFETY: it is done, and its value is a `T`.
                unsafe { by_reference::lend(self.task) }
            }

            /// Calls `callback` with the outcome when it is done; at once, here, if it is done (rows F-40, F-41).
            ///
            /// * **Once**, in the order of registration, by whichever thread completes or cancels the future, after everybody can see that it is done. No lock is held: a callback may register another one, which is then called at once.
            /// * **Panics** in a callback go to the [excepthook](crate::threading::excepthook()); the others are called all the same, and the worker that called it goes on.
            /// * Whoever takes the value waits until the callbacks have seen it. So a callback must not take the value of its own future; that panics.
            /// * A callback is called at the expense of the one who completes the future. What takes long belongs into a task of its own.
            pub fn add_done_callback<F>(&self, callback: F)
            where
                T: 'static,
                F: FnOnce(Result<&T, &TaskError>) + Send + 'static,
            {
                // SAFETY: a handle, and its value is a `T`.
                unsafe { by_reference::add_done_callback(self.task, callback) };
            }
        }

        impl<T> fmt::Debug for $name<T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                // SAFETY: a handle, and its value is a `T`.
                unsafe { by_reference::debug::<T>(self.task, stringify!($name), f) }
            }
        }
    };
}
pub(super) use by_reference;
