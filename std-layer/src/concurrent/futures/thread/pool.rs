//! The handle of a pool.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::shared::Shared;
use super::{PoolError, PoolStats, ThreadPoolBuilder};
use crate::concurrent::futures::executor::{Shutdown, StillRunning};

/// Threads that run what they are given: Python's `ThreadPoolExecutor` (rows F-11 to F-22).
///
/// ```
/// use selvedge::concurrent::futures::ThreadPoolExecutor;
///
/// let pool = ThreadPoolExecutor::new(2).unwrap();
/// let power = pool.submit(|(base, exponent)| u64::pow(base, exponent), (323, 5)).unwrap();
/// let words = String::from("the quick brown fox");
/// let count = pool.spawn(move || words.split(' ').count()).unwrap();
/// assert_eq!(power.result().unwrap(), 3_515_706_497_843);
/// assert_eq!(count.result().unwrap(), 4);
/// ```
///
/// # Threads
///
/// They are started when they are needed: one for each task that is submitted while no worker is free, up to the maximum (row F-12). A worker without a task looks for one for some microseconds and then sleeps; an idle pool uses no processor time. After a minute of sleep its thread ends
/// ([`keep_alive`](ThreadPoolBuilder::keep_alive)). They are not daemons: the process waits for them, and runs all that has been submitted before it ends (row F-10).
///
/// # Order
///
/// Tasks that are submitted from outside begin in the order in which they were submitted (row F-14). Those that a task submits to its own pool go to a queue of the worker that runs it, from which idle workers take the older half. [Priorities](Self::with_priority) come before all that.
///
/// # Waiting in a task
///
/// A task may wait for other tasks of its own pool, also when all workers do (rows F-18, F-E04; Python's pool would hang). If the other one has not begun, it is run at once, by the worker that waits, in the place of the wait; if it runs elsewhere, the worker sleeps, and another one takes its place as long as
/// there are tasks ([`spare_workers`](ThreadPoolBuilder::spare_workers)). Tasks that wait for each other in a circle, each for one other without a time limit, are found: the last of them panics instead of waiting for ever (row F-E03). A wait with a time limit runs the other task in its place, too, and then lasts as long as that. All this is so for the waiting forms of [`Future`](crate::concurrent::futures::Future) and what is built on them, not for locks, queues and channels.
///
/// # Panics
///
/// A panic in a task is its outcome ([`TaskError::Panicked`](crate::concurrent::futures::TaskError)), and not reported; the worker goes on (row F-16). What callbacks, wakers and destructors panic with is reported to the [excepthook](crate::threading::excepthook()), and harms nobody (row F-17).
///
/// # Context variables
///
/// Those that are [inherited by tasks](crate::contextvars::Inherit::TASKS) have in a task the values that they had where it was submitted. The others are as the initializer has left them. What a task sets is gone with it.
///
/// # Shutting down
///
/// Dropping the pool is [`shutdown`](Self::shutdown) with its defaults: it waits until all has been run (rows F-09, F-20). Dropping it in one of its own tasks does not wait, as a thread cannot wait for its own end (row F-19). A pool that is forgotten ends with the process.
///
/// # Fork
///
/// A child of `fork` has no workers: its copy of the pool says so when something is submitted, and dropping it does nothing (row F-21).
pub struct ThreadPoolExecutor {
    shared: Arc<Shared>,
}

impl ThreadPoolExecutor {
    /// A pool of at most so many threads; `default()` chooses by the number of processors. No thread is started yet.
    ///
    /// # Errors
    ///
    /// [`PoolError::NoWorkers`] for 0.
    ///
    /// ```
    /// use selvedge::concurrent::futures::{PoolError, ThreadPoolExecutor};
    ///
    /// assert_eq!(ThreadPoolExecutor::new(0).unwrap_err(), PoolError::NoWorkers);
    /// ```
    pub fn new(max_workers: usize) -> Result<Self, PoolError> {
        Self::builder().max_workers(max_workers).build()
    }

    /// A pool with options.
    pub fn builder() -> ThreadPoolBuilder {
        ThreadPoolBuilder::new()
    }

    pub(super) fn of(shared: Arc<Shared>) -> Self {
        Self { shared }
    }

    /// What its workers share with it.
    #[inline]
    pub(crate) fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    /// How many tasks it runs at the same time, at most.
    #[must_use]
    pub fn max_workers(&self) -> usize {
        self.shared.max_workers()
    }

    /// How many tasks may wait, if there is a bound.
    #[must_use]
    pub fn capacity(&self) -> Option<usize> {
        self.shared
            .room
            .as_ref()
            .map(super::bounded::Room::capacity)
    }

    /// Whether it takes no more tasks: it was shut down, is broken, or the process ends.
    #[must_use]
    pub fn is_shut_down(&self) -> bool {
        self.shared.refusal().is_some()
    }

    /// What it is doing and has done.
    ///
    /// ```
    /// use selvedge::concurrent::futures::{Shutdown, ThreadPoolExecutor};
    ///
    /// let pool = ThreadPoolExecutor::new(2).unwrap();
    /// for _ in 0..10 {
    ///     pool.spawn(|| ()).unwrap();
    /// }
    /// pool.shutdown(Shutdown::new());
    /// assert_eq!(pool.stats().done, 10);
    /// assert_eq!(pool.stats().workers, 0);
    /// ```
    #[must_use]
    pub fn stats(&self) -> PoolStats {
        self.shared.stats()
    }

    /// Takes no more tasks (row F-08). What was submitted is run, or cancelled before it begins if `how` says so. Calling it again is no error, and may wait where the first call did not.
    ///
    /// **Blocking & cancellation.** If it is to wait, it blocks until the last task has ended and all threads are gone. In a task of the pool it never waits (row F-19: in Python that is an error).
    ///
    /// ```
    /// use selvedge::concurrent::futures::{Shutdown, ThreadPoolExecutor};
    ///
    /// let pool = ThreadPoolExecutor::new(1).unwrap();
    /// let answer = pool.spawn(|| 42).unwrap();
    /// pool.shutdown(Shutdown::new().wait(false));
    /// assert!(pool.spawn(|| 43).is_err());
    /// assert_eq!(answer.result().unwrap(), 42);
    /// ```
    pub fn shutdown(&self, how: Shutdown) {
        self.shared.shutdown(how);
    }

    /// Takes no more tasks and waits until the deadline, becoming stricter: when half of the time is over, it cancels what has not begun.
    ///
    /// # Errors
    ///
    /// [`StillRunning`] if there are tasks that run even then, or if it is called in a task of the pool. They go on; waiting again is possible.
    pub fn shutdown_deadline(&self, deadline: Instant) -> Result<(), StillRunning> {
        self.shared.shutdown_deadline(deadline)
    }

    /// [`shutdown_deadline`](Self::shutdown_deadline), so long from now. What is too far for a deadline is no limit.
    ///
    /// # Errors
    ///
    /// As there.
    ///
    /// ```
    /// use std::time::Duration;
    /// use selvedge::concurrent::futures::ThreadPoolExecutor;
    ///
    /// let pool = ThreadPoolExecutor::new(1).unwrap();
    /// let (sender, receiver) = std::sync::mpsc::channel::<()>();
    /// let busy = pool.spawn(move || receiver.recv()).unwrap();
    /// let waiting = pool.spawn(|| ()).unwrap();
    /// let still = pool.shutdown_timeout(Duration::from_millis(20)).unwrap_err();
    /// assert_eq!((still.running, still.cancelled), (1, 1));
    /// assert!(waiting.cancelled());
    /// drop(sender);
    /// assert!(busy.result().unwrap().is_err());
    /// ```
    pub fn shutdown_timeout(&self, limit: Duration) -> Result<(), StillRunning> {
        if let Some(deadline) = Instant::now().checked_add(limit) {
            return self.shutdown_deadline(deadline);
        }
        self.shutdown(Shutdown::default());
        Ok(())
    }
}

impl Default for ThreadPoolExecutor {
    fn default() -> Self {
        match Self::builder().build() {
            Ok(pool) => pool,
            Err(error) => unreachable!("the defaults are good: {error}"),
        }
    }
}

impl Drop for ThreadPoolExecutor {
    fn drop(&mut self) {
        if self.shared.is_here() {
            self.shared.shutdown(Shutdown::default());
        } else {
            // The parent's.
            std::mem::forget(self.shared.clone());
        }
    }
}

impl fmt::Debug for ThreadPoolExecutor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ThreadPoolExecutor")
            .field("thread_name_prefix", &self.shared.options.prefix)
            .field("max_workers", &self.max_workers())
            .field("stats", &self.stats())
            .finish_non_exhaustive()
    }
}
