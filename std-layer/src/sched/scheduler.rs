//! The scheduler of a hosted system.

use std::fmt;
use std::time::Duration;

use selvedge_core::sched::{self, Full, Growing};

use super::action::Action;
use super::{Event, EventId, Monotonic, NotQueued, Time};
use crate::port::Native;

/// Calls functions at their time: Python's `sched.scheduler` (rows D-01 to D-15). See the [module](super) for an example.
///
/// * **Order.** By time, then by priority (the lower number first), then in the order in which they were entered (row D-04), exactly. Nothing is ever early, and nothing is dropped for being late (row D-11): an event
///   whose time has passed is due at once. A delay that leads beyond what the clock can tell is never due, and comes after everything else.
/// * **Actions** run in the thread that runs the scheduler, one after the other, outside of every lock. They may enter, cancel (row D-12) and run; those that want to are entered with [`enter_with`](Self::enter_with), or the scheduler is a
///   `static` or in an `Arc`. What Python passes as `argument` and `kwargs` is what they capture (row D-05).
/// * **Panics** of an action end the run. The event is gone and is not tried again, everything else is as it was, and the scheduler may be run again (row D-10).
/// * **Several threads** may enter, cancel and run at the same time. Each event is taken by one of the runs, in order; their actions overlap. A run is over when it finds the queue empty, though another may still be busy with
///   an action.
/// * **Waking.** A run that sleeps is woken by an event that is due earlier, and by the cancelling of the one that it sleeps for, from any thread or task. (Python's sleeps on.)
/// * **Time** is [`Monotonic`], or whatever [`with_time`](Self::with_time) is given (row D-01).
/// * **Cost.** Entering and running an event take less than 0.1 µs on a fast machine; see [`Growing`]. An action that captures up to three words needs no allocation of its own. The memory of a million events is kept for the next million, until the scheduler is dropped.
/// * **From signal handlers** nothing of it may be called.
/// * **Dropping** it drops the actions that wait.
pub struct Scheduler<T: Time<Port = Native> + 'static = Monotonic> {
    #[allow(
        clippy::type_complexity,
        reason = "the scheduler of the core, with its two parameters"
    )]
    pub(super) inner: sched::Scheduler<T, Growing<Action<T>, <T as Time>::Instant>>,
}

impl Scheduler {
    /// A scheduler without events. It may be a `static`.
    pub const fn new() -> Self {
        Self::with_time(Monotonic::new())
    }
}

impl<T: Time<Port = Native> + 'static> Scheduler<T> {
    /// A scheduler that goes by a clock of one's own (row D-01): see [`Time`].
    pub const fn with_time(time: T) -> Self {
        Self {
            inner: sched::Scheduler::new(time, Growing::new()),
        }
    }

    /// What it goes by.
    pub fn time(&self) -> &T {
        self.inner.time()
    }

    /// Lets `action` be called after `delay`, counted from now (row D-03). Never blocks.
    pub fn enter(
        &self,
        delay: Duration,
        priority: i32,
        action: impl FnOnce() + Send + 'static,
    ) -> EventId {
        self.enter_with(delay, priority, move |_| action())
    }

    /// Lets `action` be called at `time` (row D-02): at once if that has passed. Never blocks.
    pub fn enterabs(
        &self,
        time: T::Instant,
        priority: i32,
        action: impl FnOnce() + Send + 'static,
    ) -> EventId {
        self.enterabs_with(time, priority, move |_| action())
    }

    /// As [`enter`](Self::enter), for an action that wants the scheduler, to enter or cancel something (row D-12).
    ///
    /// ```
    /// use std::time::Duration;
    /// use selvedge::sched::{Scheduler, Simulated, Time};
    ///
    /// fn every_hour(plan: &Scheduler<Simulated>) {
    ///     if plan.time().now() < Duration::from_secs(86_400) {
    ///         plan.enter_with(Duration::from_secs(3600), 0, every_hour);
    ///     }
    /// }
    ///
    /// let plan = Scheduler::with_time(Simulated::new());
    /// plan.enter_with(Duration::ZERO, 0, every_hour);
    /// plan.run();
    /// assert_eq!(plan.time().now(), Duration::from_secs(86_400));
    /// ```
    pub fn enter_with(
        &self,
        delay: Duration,
        priority: i32,
        action: impl FnOnce(&Self) + Send + 'static,
    ) -> EventId {
        entered(self.inner.enter(delay, priority, Action::new(action)))
    }

    /// As [`enterabs`](Self::enterabs), for an action that wants the scheduler.
    pub fn enterabs_with(
        &self,
        time: T::Instant,
        priority: i32,
        action: impl FnOnce(&Self) + Send + 'static,
    ) -> EventId {
        entered(self.inner.enterabs(time, priority, Action::new(action)))
    }

    /// Takes an event out before its time (row D-06): exactly that one, whatever others are equal to it. Its action is dropped. Never blocks.
    ///
    /// # Errors
    ///
    /// [`NotQueued`] if it has run, is running, or was cancelled before; or if it is the event of another scheduler.
    pub fn cancel(&self, event: EventId) -> Result<(), NotQueued> {
        self.inner.cancel(event).map(drop)
    }

    /// Whether no event waits (row D-07): a snapshot. Those whose actions are running do not wait.
    pub fn empty(&self) -> bool {
        self.inner.empty()
    }

    /// How many events wait: a snapshot.
    #[allow(
        clippy::len_without_is_empty,
        reason = "it is called `empty`, as in Python"
    )]
    pub fn len(&self) -> usize {
        self.inner.len()
    }

    /// The events that wait, in the order in which they will run (rows D-13, D-14): a snapshot.
    pub fn queue(&self) -> Vec<Event<T::Instant>> {
        self.inner.queue().collect()
    }
}

fn entered<A>(entered: Result<EventId, Full<A>>) -> EventId {
    match entered {
        Ok(event) => event,
        Err(Full(_)) => panic!("a scheduler holds at most 2^32 - 1 events"),
    }
}

impl<T: Time<Port = Native> + Default + 'static> Default for Scheduler<T> {
    fn default() -> Self {
        Self::with_time(T::default())
    }
}

impl<T: Time<Port = Native> + 'static> fmt::Debug for Scheduler<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scheduler")
            .field("len", &self.len())
            .finish_non_exhaustive()
    }
}
