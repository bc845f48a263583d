//! [`Scheduler`]: entering, cancelling, looking; and who is told of it.
//!
//! # Waking
//!
//! A run that has nothing to do sleeps on `word`, until the first event is due. Whatever makes that wrong must wake it: an event that is due earlier, and the cancelling of the one it sleeps for (the queue may be
//! empty now, and then the run is over). Taking an event out by another run need not: the sleeper wakes at that time anyway.
//!
//! All of it is decided inside the guard. A sleeper, in one section, looks at the first event, notes itself in `sleepers` and `until`, and reads `word`. Whoever enters or cancels, in one section, changes the queue, and
//! if somebody sleeps beyond what has changed, changes `word`; then, outside, it wakes all who sleep on it. The sections follow one another: either the change comes first, and the sleeper has seen the new queue; or the
//! sleeper's does, and `word` is no longer what it read, so that it does not fall asleep, or is woken, which is what the port promises for a wake-up that follows a change of the word. So no wake-up is lost.
//!
//! `until` is the latest time that somebody sleeps until who has not been told yet. Once all have been told it is 0, and a crowd of earlier events costs one wake-up. `word` counts changes, and carries nothing: Relaxed.
//! (A sleeper would have to oversleep exactly 2³² wake-ups to miss one.)

use core::fmt;
use core::time::Duration;

use super::guarded::Guarded;
use super::key::{Key, NEVER};
use super::slots::Content;
use super::store::{Popped, Store};
use super::{Event, EventId, Fixed, Full, Head, Next, NotQueued, PortTime, Queue, Time};
use crate::atomics::{AtomicU32, Ordering};
use crate::port::{Clock, Port};
use crate::waiters;

/// Does things at their time: Python's `sched.scheduler` (rows D-01 to D-15).
///
/// `T` is the [`Time`] it goes by, `S` where the events are kept: [`Fixed`], or `Growing` with the feature `alloc`. On a hosted system take `selvedge::sched::Scheduler`.
///
/// ```
/// use core::sync::atomic::{AtomicU32, Ordering};
/// use core::time::Duration;
/// use selvedge_core::sched::FixedScheduler;
/// # use selvedge::port::Native as Board; // on a hosted system
///
/// static PLAN: FixedScheduler<Board, fn(), 8> = FixedScheduler::fixed();
/// static BLINKS: AtomicU32 = AtomicU32::new(0);
///
/// fn blink() {
///     if BLINKS.fetch_add(1, Ordering::Relaxed) < 2 {
///         PLAN.enter(Duration::from_millis(2), 0, blink).unwrap();
///     }
/// }
///
/// let never = PLAN.enter(Duration::from_secs(3600), 0, || unreachable!()).unwrap();
/// PLAN.enter(Duration::ZERO, 0, blink).unwrap();
/// PLAN.cancel(never).unwrap();
/// PLAN.run(); // until there is nothing left to do
/// assert_eq!(BLINKS.load(Ordering::Relaxed), 3);
/// ```
///
/// * **Order.** By time, then by priority (the lower number first), then by the order in which they were entered (row D-04), exactly, whoever entered them. Nothing is ever early, and nothing is dropped for being late (row D-11): an event
///   whose time has passed is due at once. A delay that leads beyond what the clock can tell is never due, and comes after everything else.
/// * **Actions** run in the task that [runs](Self::run) the scheduler, one after the other, outside of every lock: they may enter and cancel (row D-12), run the scheduler, and take as long as they like. One that panics ends the run
///   with that panic; it has been taken out and is not tried again, everything else is as it was, and the scheduler may be run again (row D-10).
/// * **Several tasks** may run one scheduler at the same time: each event is taken by one of them, in order; actions then overlap. A run is over when it finds the queue empty, though another may still be busy with an action.
/// * **Waking.** A run that sleeps is woken when an earlier event is entered, or the one it sleeps for is cancelled; from any task. (Python's would sleep on.) With a plain [delay](Self::run_with) it sleeps on, here too.
/// * **Blocking.** [`run`](Self::run) and its forms do; everything else does not.
/// * **From interrupts.** [`enter`](Self::enter), [`enterabs`](Self::enterabs), [`cancel`](Self::cancel), [`take_due`](Self::take_due) and [`run_ready`](Self::run_ready) may be called from interrupt handlers where the port's guard masks interrupts (and the
///   clock can be read there, and with a [`Fixed`] store, which does not allocate).
/// * **Cost** and size: see [`Fixed`] and `Growing`.
/// * **Dropping** it drops the actions that wait.
pub struct Scheduler<T: Time, S: Store<Instant = <T as Time>::Instant>> {
    state: Guarded<T::Port, State<S>>,
    /// Runs sleep here.
    pub(super) word: AtomicU32,
    time: T,
}

/// A scheduler of `N` events at most, by the time of the port `P`.
pub type FixedScheduler<P, A, const N: usize> =
    Scheduler<PortTime<P>, Fixed<A, <P as Clock>::Instant, N>>;

pub(super) struct State<S> {
    store: S,
    /// Its number; 0 before the first event.
    number: u32,
    sleepers: u32,
    until: u64,
}

/// What a run does next.
pub(super) enum Step<I, A> {
    Due(Key, Option<I>, A),
    /// The first event is due at these ticks, which is this time, and that is later than `now`.
    Later {
        first: Option<I>,
        now: I,
        ticks: u64,
    },
    Empty,
}

/// Another number for each scheduler; 0 is none's.
#[cfg(not(loom))]
fn number() -> u32 {
    static NUMBERS: AtomicU32 = AtomicU32::new(0);
    NUMBERS
        .fetch_add(1, Ordering::Relaxed)
        .wrapping_add(1)
        .max(1)
}

/// Models have one scheduler each.
#[cfg(loom)]
fn number() -> u32 {
    1
}

impl<P: Port, C: Clock, A, const N: usize> Scheduler<PortTime<P, C>, Fixed<A, C::Instant, N>> {
    maybe_const! {
        /// A scheduler of `N` events at most, by the clock of a port.
        pub fn fixed() -> Self {
            Self::new(PortTime::new(), Fixed::new())
        }
    }
}

impl<T: Time, S: Store<Instant = <T as Time>::Instant>> Scheduler<T, S> {
    maybe_const! {
        /// A scheduler that goes by `time` and keeps its events in `store`, which is new.
        pub fn new(time: T, store: S) -> Self {
            Self {
                state: Guarded::new(State {
                    store,
                    number: 0,
                    sleepers: 0,
                    until: 0,
                }),
                word: AtomicU32::new(0),
                time,
            }
        }
    }

    /// What it goes by.
    pub fn time(&self) -> &T {
        &self.time
    }

    /// Lets `action` be called after `delay`, counted from now (row D-03). A delay beyond what the clock can tell never ends.
    ///
    /// # Errors
    ///
    /// [`Full`], with the action, if there is no room.
    #[inline]
    pub fn enter(
        &self,
        delay: Duration,
        priority: i32,
        action: S::Action,
    ) -> Result<EventId, Full<S::Action>> {
        let time = self.time.after(self.time.now(), delay);
        self.insert(priority, Content { time, action })
    }

    /// Lets `action` be called at `time` (row D-02): at once if that has passed.
    ///
    /// # Errors
    ///
    /// As [`enter`](Self::enter).
    #[inline]
    pub fn enterabs(
        &self,
        time: T::Instant,
        priority: i32,
        action: S::Action,
    ) -> Result<EventId, Full<S::Action>> {
        let time = Some(time);
        self.insert(priority, Content { time, action })
    }

    #[inline]
    fn insert(
        &self,
        priority: i32,
        content: Content<S::Action, T::Instant>,
    ) -> Result<EventId, Full<S::Action>> {
        let ticks = self.ticks(content.time);
        let (entered, told) = self.state.enter(|state| {
            let key = match state.store.insert(ticks, priority, content) {
                Ok(key) => key,
                Err(full) => return (Err(full), false),
            };
            if state.number == 0 {
                state.number = number();
            }
            let id = EventId {
                sequence: key.sequence,
                slot: key.slot,
                scheduler: state.number,
            };
            let told = ticks < state.until && state.tell(&self.word);
            (Ok(id), told)
        });
        if told {
            self.wake();
        }
        entered
    }

    /// Takes an event out before its time, and gives its action back (row D-06). Exactly that event, whatever others are equal to it.
    ///
    /// # Errors
    ///
    /// [`NotQueued`] if it has run, or been taken out to be run, or was cancelled; or if it is the event of another scheduler.
    pub fn cancel(&self, event: EventId) -> Result<S::Action, NotQueued> {
        let (action, told) = self.state.enter(|state| {
            if state.number != event.scheduler {
                return (None, false);
            }
            let slept_for = state.until != 0
                && (state.store.first()).is_some_and(|first| first.0.sequence == event.sequence);
            let action = state.store.remove(event.sequence, event.slot);
            let told = slept_for && action.is_some() && state.tell(&self.word);
            (action, told)
        });
        if told {
            self.wake();
        }
        action.ok_or(NotQueued)
    }

    /// Whether no event waits (row D-07): a snapshot.
    pub fn empty(&self) -> bool {
        self.len() == 0
    }

    /// How many events wait: a snapshot.
    #[allow(
        clippy::len_without_is_empty,
        reason = "it is called `empty`, as in Python"
    )]
    pub fn len(&self) -> usize {
        self.state.enter(|state| state.store.len())
    }

    /// The events that wait, in the order in which they will run (row D-13): a snapshot.
    ///
    /// They are copied inside the guard and sorted outside of it. A [`Fixed`] store copies into an array as large as its own, on the stack.
    pub fn queue(&self) -> Queue<S> {
        let mut room = self.len();
        loop {
            let mut listing = S::listing(room);
            let listed = self.state.enter(|state| {
                room = state.store.len();
                Some((state.store.list(&mut listing)?, state.number))
            });
            if let Some((len, number)) = listed {
                return Queue::new(listing, len, number);
            }
        }
    }

    /// Takes the next event out if its time has come: what all the runs are made of. For actions that are no functions, see also [`calling`](Self::calling).
    pub fn take_due(&self) -> Head<T::Instant, S::Action> {
        match self.step(&mut 0, NEVER) {
            Step::Empty => Head::Empty,
            Step::Later { first, now, .. } => Head::Later(self.next(now, first)),
            Step::Due(key, time, action) => {
                // An event is entered before it is due, so there is a number.
                let scheduler = self.state.enter(|state| state.number);
                Head::Due(Event::new(&key, time, scheduler), action)
            }
        }
    }

    #[inline]
    pub(super) fn ticks(&self, time: Option<T::Instant>) -> u64 {
        match time {
            None => NEVER,
            Some(time) => self.time.ticks(time).min(NEVER - 1),
        }
    }

    pub(super) fn next(&self, now: T::Instant, time: Option<T::Instant>) -> Next<T::Instant> {
        let remaining = time.map_or(Duration::MAX, |time| self.time.until(now, time));
        Next { time, remaining }
    }

    /// Takes the first event out if it is due now, and not later than `limit`.
    ///
    /// `seen` is the latest time that the caller knows; the clock is read only if nothing is due by that.
    #[inline]
    pub(super) fn step(&self, seen: &mut u64, limit: u64) -> Step<T::Instant, S::Action> {
        loop {
            let by = (*seen).min(limit);
            let (ticks, first) = match self.state.enter(|state| state.store.pop(by)) {
                Popped::Due(key, content) => return Step::Due(key, content.time, content.action),
                Popped::Empty => return Step::Empty,
                Popped::Later(ticks, first) => (ticks, first),
            };
            let now = self.time.now();
            *seen = self.ticks(Some(now));
            if ticks > (*seen).min(limit) {
                return Step::Later { first, now, ticks };
            }
        }
    }

    /// Notes that the caller is going to sleep until the first event is due, or until `limit`. `None` if there is no event.
    pub(super) fn lie_down(&self, limit: Option<(u64, T::Instant)>) -> Option<Asleep<'_, T, S>> {
        let (seen, until) = self.state.enter(|state| {
            let (first, mut until) = state.store.first()?;
            let mut ticks = first.ticks;
            if let Some((limit, at)) = limit.filter(|limit| limit.0 < ticks) {
                (ticks, until) = (limit, Some(at));
            }
            state.sleepers += 1;
            state.until = state.until.max(ticks);
            Some((self.word.load(Ordering::Relaxed), until))
        })?;
        Some(Asleep {
            scheduler: self,
            seen,
            until,
        })
    }

    /// The second half of telling, outside of the guard.
    #[cold]
    fn wake(&self) {
        waiters::wake::<T::Port>(&self.word, u32::MAX);
    }
}

/// One that sleeps, or is about to; no longer when this is dropped.
pub(super) struct Asleep<'a, T: Time, S: Store<Instant = <T as Time>::Instant>> {
    scheduler: &'a Scheduler<T, S>,
    /// The word that it may sleep on.
    pub(super) seen: u32,
    pub(super) until: Option<T::Instant>,
}

impl<T: Time, S: Store<Instant = <T as Time>::Instant>> Drop for Asleep<'_, T, S> {
    fn drop(&mut self) {
        self.scheduler.state.enter(|state| {
            state.sleepers -= 1;
            if state.sleepers == 0 {
                state.until = 0;
            }
        });
    }
}

impl<S> State<S> {
    /// Inside the guard: something has changed for those who sleep. True if there are any: then the caller wakes them when it is outside.
    fn tell(&mut self, word: &AtomicU32) -> bool {
        self.until = 0;
        if self.sleepers > 0 {
            word.fetch_add(1, Ordering::Relaxed);
        }
        self.sleepers > 0
    }
}

impl<T: Time + Default, S: Store<Instant = <T as Time>::Instant> + Default> Default
    for Scheduler<T, S>
{
    fn default() -> Self {
        Self::new(T::default(), S::default())
    }
}

impl<T: Time, S: Store<Instant = <T as Time>::Instant>> fmt::Debug for Scheduler<T, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scheduler")
            .field("len", &self.len())
            .finish_non_exhaustive()
    }
}
