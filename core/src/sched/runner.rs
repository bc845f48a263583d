//! The forms of running.

use core::fmt;
use core::time::Duration;

use super::key::NEVER;
use super::scheduler::Step;
use super::store::Store;
use super::{Next, Scheduler, Sleep, Time};
use crate::port::Port;

/// Runs a [`Scheduler`] by a function of one's own; see [`Scheduler::calling`].
///
/// Its methods are those of the scheduler itself, which passes them a function that calls the action.
#[must_use = "it runs nothing by itself"]
pub struct Runner<'a, T: Time, S: Store<Instant = <T as Time>::Instant>, F> {
    pub(super) scheduler: &'a Scheduler<T, S>,
    pub(super) call: F,
}

impl<T: Time, S: Store<Instant = <T as Time>::Instant>> Scheduler<T, S> {
    /// A runner that passes each action, when its time has come, to `call`: for actions that are data and not functions, or want to be called with something.
    ///
    /// ```
    /// use core::time::Duration;
    /// use selvedge_core::port::Spin;
    /// use selvedge_core::sched::{Fixed, Scheduler, Simulated};
    ///
    /// enum Job { Open, Close }
    ///
    /// let jobs = Scheduler::new(Simulated::<Spin>::new(), Fixed::<Job, _, 4>::new());
    /// jobs.enter(Duration::from_secs(9), 0, Job::Close).unwrap();
    /// jobs.enter(Duration::from_secs(1), 0, Job::Open).unwrap();
    /// let mut is_open = Vec::new();
    /// jobs.calling(|job| is_open.push(matches!(job, Job::Open))).run();
    /// assert_eq!(is_open, [true, false]);
    /// ```
    pub fn calling<F: FnMut(S::Action)>(&self, call: F) -> Runner<'_, T, S, F> {
        Runner {
            scheduler: self,
            call,
        }
    }
}

impl<T: Time, S: Store<Instant = <T as Time>::Instant>> Scheduler<T, S>
where
    S::Action: FnOnce(),
{
    /// Calls the actions, each at its time, and sleeps in between, until there are no more events (row D-08). Returns at once if there are none.
    ///
    /// With an event that is never due it does not return, unless that is cancelled.
    ///
    /// # Panics
    ///
    /// If an action does. Its event is gone, all else is as it was, and the scheduler may be run again (row D-10). And where the port says that the caller must not sleep.
    pub fn run(&self)
    where
        T: Sleep,
    {
        self.calling(|action| action()).run();
    }

    /// Calls the actions whose time has come, and returns what comes next and how long that will be, or `None` if there is nothing (row D-09). Never waits.
    ///
    /// # Panics
    ///
    /// As [`run`](Self::run): if an action does.
    pub fn run_ready(&self) -> Option<Next<T::Instant>> {
        self.calling(|action| action()).run_ready()
    }

    /// As [`run`](Self::run), for `timeout` at most, not counting the last action: see [`run_deadline`](Self::run_deadline). Zero is [`run_ready`](Self::run_ready) as of now; a time beyond what the clock can tell is for ever.
    ///
    /// # Panics
    ///
    /// As [`run`](Self::run).
    pub fn run_timeout(&self, timeout: Duration) -> Option<Next<T::Instant>>
    where
        T: Sleep,
    {
        self.calling(|action| action()).run_timeout(timeout)
    }

    /// As [`run`](Self::run), but only the events that are due at `deadline` or before, all of these, even if it gets later. Returns when there are no more events at all (`None`), or none of these and the time has
    /// come (what is next, and how long that will be).
    ///
    /// # Panics
    ///
    /// As [`run`](Self::run).
    pub fn run_deadline(&self, deadline: T::Instant) -> Option<Next<T::Instant>>
    where
        T: Sleep,
    {
        self.calling(|action| action()).run_deadline(deadline)
    }

    /// As [`run`](Self::run), by a delay function of one's own instead of sleeping (rows D-01, D-08): `delay` is called with the time that is left until the next event, and with zero after each action, so that others get
    /// their turn. It may return early, enter and cancel events, and panic.
    ///
    /// While it waits, nothing wakes it: an earlier event from elsewhere is noticed when it returns (row D-12).
    ///
    /// ```
    /// use std::time::Duration;
    /// use selvedge_core::sched::FixedScheduler;
    /// # use selvedge::port::Native as Board; // on a hosted system
    ///
    /// let plan = FixedScheduler::<Board, fn(), 4>::fixed();
    /// plan.enter(Duration::from_millis(2), 0, || println!("done")).unwrap();
    /// plan.run_with(std::thread::sleep);
    /// ```
    ///
    /// # Panics
    ///
    /// As [`run`](Self::run), and if `delay` does.
    pub fn run_with(&self, delay: impl FnMut(Duration)) {
        self.calling(|action| action()).run_with(delay);
    }
}

impl<T: Time, S: Store<Instant = <T as Time>::Instant>, F: FnMut(S::Action)> Runner<'_, T, S, F> {
    /// See [`Scheduler::run`].
    pub fn run(&mut self)
    where
        T: Sleep,
    {
        self.run_until(None);
    }

    /// See [`Scheduler::run_ready`].
    pub fn run_ready(&mut self) -> Option<Next<T::Instant>> {
        let mut seen = 0;
        loop {
            match self.scheduler.step(&mut seen, NEVER) {
                Step::Due(_, _, action) => (self.call)(action),
                Step::Later { first, now, .. } => return Some(self.scheduler.next(now, first)),
                Step::Empty => return None,
            }
        }
    }

    /// See [`Scheduler::run_timeout`].
    pub fn run_timeout(&mut self, timeout: Duration) -> Option<Next<T::Instant>>
    where
        T: Sleep,
    {
        let time = self.scheduler.time();
        self.run_until(time.after(time.now(), timeout))
    }

    /// See [`Scheduler::run_deadline`].
    pub fn run_deadline(&mut self, deadline: T::Instant) -> Option<Next<T::Instant>>
    where
        T: Sleep,
    {
        self.run_until(Some(deadline))
    }

    fn run_until(&mut self, deadline: Option<T::Instant>) -> Option<Next<T::Instant>>
    where
        T: Sleep,
    {
        let limit = self.scheduler.ticks(deadline);
        let mut seen = 0;
        loop {
            match self.scheduler.step(&mut seen, limit) {
                Step::Due(_, _, action) => (self.call)(action),
                Step::Later { first, now, ticks } => {
                    if seen >= limit && ticks > limit {
                        return Some(self.scheduler.next(now, first));
                    }
                    self.sleep(deadline.map(|deadline| (limit, deadline)));
                }
                Step::Empty => return None,
            }
        }
    }

    fn sleep(&self, limit: Option<(u64, T::Instant)>)
    where
        T: Sleep,
    {
        <T::Port as Port>::assert_may_block();
        if let Some(asleep) = self.scheduler.lie_down(limit) {
            let time = self.scheduler.time();
            time.sleep(&self.scheduler.word, asleep.seen, asleep.until);
        }
    }

    /// See [`Scheduler::run_with`].
    pub fn run_with(&mut self, mut delay: impl FnMut(Duration)) {
        let mut seen = 0;
        loop {
            match self.scheduler.step(&mut seen, NEVER) {
                Step::Due(_, _, action) => {
                    (self.call)(action);
                    delay(Duration::ZERO);
                }
                Step::Later { first, now, .. } => delay(self.scheduler.next(now, first).remaining),
                Step::Empty => return,
            }
        }
    }
}

impl<T: Time, S: Store<Instant = <T as Time>::Instant>, F> fmt::Debug for Runner<'_, T, S, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Runner")
            .field("scheduler", self.scheduler)
            .finish_non_exhaustive()
    }
}
