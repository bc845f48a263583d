//! Futures that take a context along.
//!
//! # Safety
//!
//! [`WithContext`] pins its future structurally: the future is never moved once the whole is pinned, is dropped in place, and `Unpin` follows from it.
//!
//! Futures point into themselves, and a `&WithContext` must not claim that nothing changes behind it while they do. So the future is in an `UnsafeCell`, which is never looked into through a shared reference.
#![allow(unsafe_code, reason = "a structurally pinned field")]

use std::cell::UnsafeCell;
use std::fmt;
use std::future::Future;
use std::mem::ManuallyDrop;
use std::pin::Pin;
use std::task;

use super::Context;

/// A future that is inside of a context whenever it is polled, and when it is dropped; made by [`Context::wrap`].
///
/// Between polls the thread has the context it had before. The context is the future's own, so nobody else can have entered it when it is polled, and a future cannot be polled inside of itself: polling never fails.
/// What it sets is seen by its later polls, on whatever threads, and by nobody else; [`context`](Self::context) shows it between polls.
///
/// **Cancellation.** Dropping it drops the future, inside of the context: its guards set back what they set.
#[must_use = "a future does nothing until it is polled"]
pub struct WithContext<F> {
    context: Context,
    future: UnsafeCell<ManuallyDrop<F>>,
}

// SAFETY: a shared reference gives no access to the future, and a context may be shared.
unsafe impl<F> Sync for WithContext<F> {}

impl Context {
    /// Has a future polled inside of this context, always: for a runtime to spawn.
    ///
    /// ```
    /// use selvedge::contextvars::{ContextVar, copy_context};
    ///
    /// static REQUEST: ContextVar<u32> = ContextVar::new("request");
    /// REQUEST.set(17);
    /// let future = copy_context().wrap(async { REQUEST.get() });
    /// REQUEST.set(18);
    /// # let mut future = std::pin::pin!(future);
    /// # let mut noop = std::task::Context::from_waker(std::task::Waker::noop());
    /// # let std::task::Poll::Ready(value) = std::future::Future::poll(future.as_mut(), &mut noop) else { panic!() };
    /// // let value = future.await;
    /// assert_eq!(value, Ok(17));
    /// ```
    pub fn wrap<F>(self, future: F) -> WithContext<F> {
        WithContext {
            context: self,
            future: UnsafeCell::new(ManuallyDrop::new(future)),
        }
    }
}

/// Has a future take along what the current context passes on to tasks: [`Context::for_task`] and [`wrap`](Context::wrap) in one. For the whole context, whatever the variables say, as Python's asyncio
/// does (row C-17): `copy_context().wrap(future)`.
pub fn carry<F>(future: F) -> WithContext<F> {
    Context::for_task().wrap(future)
}

/// Spawns a future that takes along what the current context passes on to tasks: `spawn` is the runtime's function.
///
/// ```
/// use selvedge::contextvars::{ContextVar, Inherit, spawn_with};
///
/// static USER: ContextVar<&str> = ContextVar::new("user").inherited_by(Inherit::TASKS);
///
/// USER.set("Ada");
/// # struct tokio;
/// # impl tokio { fn spawn<F: Future>(f: F) -> F { f } }
/// let task = spawn_with(tokio::spawn, async { USER.get() });
/// USER.set("Grace");
/// # let mut task = std::pin::pin!(task);
/// # let mut noop = std::task::Context::from_waker(std::task::Waker::noop());
/// # let std::task::Poll::Ready(value) = task.as_mut().poll(&mut noop) else { panic!() };
/// // let value = task.await;
/// assert_eq!(value, Ok("Ada"));
/// ```
pub fn spawn_with<F, R>(spawn: impl FnOnce(WithContext<F>) -> R, future: F) -> R {
    spawn(carry(future))
}

impl<F> WithContext<F> {
    /// Its context, as the last poll left it.
    pub fn context(&self) -> &Context {
        &self.context
    }
}

impl<F: Future> Future for WithContext<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut task::Context<'_>) -> task::Poll<F::Output> {
        // SAFETY: the future is not moved out of the reference, and is pinned again at once.
        let Self { context, future } = unsafe { self.get_unchecked_mut() };
        // SAFETY: as above.
        let future = unsafe { Pin::new_unchecked(&mut **future.get_mut()) };
        context.run_alone(|| future.poll(cx))
    }
}

impl<F> Drop for WithContext<F> {
    fn drop(&mut self) {
        let Self { context, future } = self;
        // SAFETY: dropped here, once, where it is.
        context.run_alone(|| unsafe { ManuallyDrop::drop(future.get_mut()) });
    }
}

impl<F> fmt::Debug for WithContext<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WithContext")
            .field("context", &self.context)
            .finish_non_exhaustive()
    }
}
