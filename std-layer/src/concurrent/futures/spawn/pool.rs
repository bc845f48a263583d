//! Spawning.
//!
//! # Safety
//!
//! Adds a callback to a future that it holds.
#![allow(
    unsafe_code,
    reason = "the callbacks of a task are reached by its pointer"
)]

use std::future::Future as StdFuture;
use std::sync::Arc;
use std::task::Wake;

use super::task::Spawned;
use crate::concurrent::futures::task::add_callback;
use crate::concurrent::futures::{Future, Promise, SubmitError, ThreadPoolExecutor};
use crate::contextvars::carry;

impl ThreadPoolExecutor {
    /// Has the threads of the pool poll a standard future until it is ready.
    ///
    /// The future is polled as a task of the pool, and another time whenever its waker was used; between polls it keeps no thread busy. What it waits for must wake it from elsewhere: the asynchronous forms of this crate do, and so do channels and the sockets of runtimes that run elsewhere.
    ///
    /// **Blocking & cancellation.** Does not block, and does not count for the bound that a pool may have. The returned [`Future`] is the join handle. Dropping it detaches the task, which runs on; [`cancel`](Future::cancel) works until the task has ended, also between polls: the future is dropped at once if it waits, and else after the poll
    /// under way. ([`running`](Future::running) is never true for this reason.) So [`cancel_on_drop`](Future::cancel_on_drop) gives structured tasks. When the pool has shut down, tasks that wait are given up as they are woken or dropped: await them first.
    ///
    /// **Fairness.** A task that is woken goes to the end of the queue.
    ///
    /// **Context.** It takes along what the current context passes on to tasks ([`carry`]).
    ///
    /// **From interrupts?** No.
    ///
    /// # Errors
    ///
    /// [`SubmitError`], with the future, if the pool takes nothing any more. If it closes during the call, the task may come as a cancelled one instead.
    ///
    /// # Panics
    ///
    /// Never; a panic of the future is [`TaskError::Panicked`](crate::concurrent::futures::TaskError::Panicked).
    ///
    /// ```
    /// use selvedge::concurrent::futures::ThreadPoolExecutor;
    /// use selvedge::queue::Queue;
    /// use std::sync::Arc;
    ///
    /// let pool = ThreadPoolExecutor::new(1).unwrap();
    /// let queue = Arc::new(Queue::new(0));
    /// let getter = Arc::clone(&queue);
    /// let sum = pool.spawn_async(async move {
    ///     getter.get_async().await.unwrap() + getter.get_async().await.unwrap()
    /// });
    /// queue.put(40).unwrap();
    /// queue.put(2).unwrap();
    /// assert_eq!(sum.unwrap().result().unwrap(), 42);
    /// ```
    pub fn spawn_async<F>(&self, future: F) -> Result<Future<F::Output>, SubmitError<F>>
    where
        F: StdFuture + Send + 'static,
        F::Output: Send + 'static,
    {
        if let Some(kind) = self.shared().refusal() {
            return Err(SubmitError::new(kind, future));
        }
        let (promise, handle) = Promise::new();
        let spawned = Spawned::new(carry(future), promise, Arc::clone(self.shared()));
        let weak = Arc::downgrade(&spawned);
        let cancelled = move |_| {
            if let Some(spawned) = weak.upgrade() {
                spawned.wake();
            }
        };
        // SAFETY: we hold the handle.
        drop(unsafe { add_callback(handle.task(), cancelled) });
        // If the pool closes just now, it comes back cancelled.
        spawned.submit();
        Ok(handle)
    }
}
