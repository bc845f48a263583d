//! The forms of running.

use std::future::Future;
use std::time::Duration;

use super::nap::Nap;
use super::{Next, Scheduler, Sleep, Time};
use crate::port::Native;

impl<T: Time<Port = Native> + 'static> Scheduler<T> {
    /// Calls the actions, each at its time, and sleeps in between, until there are no more events (row D-08). Returns at once if there are none.
    ///
    /// With an event that is never due it does not return, unless that is cancelled.
    ///
    /// # Panics
    ///
    /// If an action does (row D-10).
    pub fn run(&self)
    where
        T: Sleep,
    {
        self.inner.calling(|action| action.call(self)).run();
    }

    /// Calls the actions whose time has come, and returns what comes next and how long that will be, or `None` if there is nothing (row D-09). Never waits.
    ///
    /// # Panics
    ///
    /// If an action does (row D-10).
    pub fn run_ready(&self) -> Option<Next<T::Instant>> {
        self.inner.calling(|action| action.call(self)).run_ready()
    }

    /// As [`run`](Self::run), for `timeout` at most, not counting the last action: see [`run_deadline`](Self::run_deadline). Zero is [`run_ready`](Self::run_ready) as of now; a time beyond what the clock can
    /// tell is for ever.
    ///
    /// # Panics
    ///
    /// If an action does (row D-10).
    pub fn run_timeout(&self, timeout: Duration) -> Option<Next<T::Instant>>
    where
        T: Sleep,
    {
        self.inner
            .calling(|action| action.call(self))
            .run_timeout(timeout)
    }

    /// As [`run`](Self::run), but only the events that are due at `deadline` or before, all of these, even if it gets later. Returns when there are no more events at all (`None`), or none of these and the time
    /// has come (what is next, and how long that will be).
    ///
    /// # Panics
    ///
    /// If an action does (row D-10).
    pub fn run_deadline(&self, deadline: T::Instant) -> Option<Next<T::Instant>>
    where
        T: Sleep,
    {
        self.inner
            .calling(|action| action.call(self))
            .run_deadline(deadline)
    }

    /// As [`run`](Self::run), by a delay function of one's own (rows D-01, D-08): `delay` is called with the time that is left until the next event, and with zero after each action, so that others get their turn. It may return
    /// early, enter and cancel events, and panic.
    ///
    /// While it waits, nothing wakes it: an earlier event from elsewhere is noticed when it returns (row D-12).
    ///
    /// # Panics
    ///
    /// If an action or `delay` does (row D-10).
    pub fn run_with(&self, delay: impl FnMut(Duration)) {
        self.inner
            .calling(|action| action.call(self))
            .run_with(delay);
    }

    /// As [`run`](Self::run), without blocking the task that polls: `delay` makes a future that is ready at an instant, or before; at once for an instant that has come already. Gives way to other tasks after each action. For a runtime with timers of its own:
    ///
    /// ```
    /// # async fn example(plan: &selvedge::sched::Scheduler) {
    /// # mod tokio { pub mod time { pub async fn sleep_until(_: std::time::Instant) {} } }
    /// plan.run_async_with(|at| tokio::time::sleep_until(at.into())).await;
    /// # }
    /// ```
    ///
    /// Dropping the future ends the run, between two actions; nothing is lost, and the scheduler may be run again.
    ///
    /// # Panics
    ///
    /// At a poll, if an action does (row D-10).
    pub async fn run_async_with<D, W>(&self, delay: D)
    where
        D: FnMut(T::Instant) -> W,
        W: Future<Output = ()>,
    {
        let mut runner = self.inner.calling(|action| action.call(self));
        runner.run_async(delay).await;
    }
}

impl Scheduler {
    /// As [`run`](Self::run), without blocking the task that polls, on any runtime: a [`Timer`](crate::threading::Timer), which all such waits share a thread with, wakes the task. Gives way to other tasks after
    /// each action. See also [`run_async_with`](Self::run_async_with).
    ///
    /// Dropping the future ends the run, between two actions; nothing is lost, and the scheduler may be run again.
    ///
    /// # Panics
    ///
    /// At a poll, if an action does (row D-10), or if the system has no thread for the timers.
    pub async fn run_async(&self) {
        self.run_async_with(Nap::until).await;
    }
}
