//! [`Barrier`]: a meeting point.
//!
//! # Safety
//!
//! Calls the action through a cell; the protocol lets one party at a time do that.
#![allow(unsafe_code, reason = "the action is called by one party at a time")]

use core::convert::Infallible;
use core::fmt;
use core::time::Duration;

use crate::atomics::UnsafeCell;
use crate::error::{BarrierError, Broken, TimedOut};
use crate::port::{Port, TimedPort};
use crate::raw::{Fail, RawBarrier, TryFail};
use crate::waiters::{Forever, Until};

/// A meeting point for a fixed number of tasks: Python's `threading.Barrier` (rows T-99 to T-108).
///
/// Each [`wait`](Self::wait) blocks until as many parties wait as the barrier takes; then all go on, each with another number from 0 to
/// parties - 1, the last to arrive with the highest. It can be used again at once: who comes back early starts the next cycle.
///
/// * **Breaking.** A party whose time runs out, an [`abort`](Self::abort), or an action that panics break the barrier: everybody who waits and everybody who comes gets
///   [`Broken`] until [`reset`](Self::reset). The default time limit of Python's constructor is the caller's to pass here.
/// * **Action.** Called once a cycle by the last party, before anybody goes. Parties that come meanwhile wait outside, are not counted, and their time does not run out before the action has ended; nor does that of those who wait inside: all have come. It must not wait at the same barrier; `abort` and `reset`
///   it may call, and then the cycle ends broken.
/// * **Fairness.** Parties go in order of arrival.
/// * **From interrupts.** `abort`, `reset`, `n_waiting`, `is_broken` never block and may be called from interrupt handlers where the port's guard masks interrupts. They tell as many as wait, one
///   after another.
/// * **Cancellation.** Dropping the future of [`wait_async`](Self::wait_async) is as if the party had never come: the others go on waiting, and nothing breaks.
/// * **Size.** 12 bytes and the action.
///
/// ```
/// # use selvedge::port::Native; // on a hosted system
/// use selvedge_core::Barrier;
///
/// let start = Barrier::<Native>::new(2);
/// let mut numbers = std::thread::scope(|s| {
///     let other = s.spawn(|| start.wait());
///     [start.wait(), other.join().unwrap()].map(Result::unwrap)
/// });
/// numbers.sort();
/// assert_eq!(numbers, [0, 1]);
/// ```
#[repr(C)]
pub struct Barrier<P: Port, A = NoAction> {
    raw: RawBarrier<P>,
    action: UnsafeCell<A>,
}

/// The action of a barrier without one.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoAction;

/// What the last party does before the others go: [`NoAction`], or any `FnMut()`.
pub trait Action {
    #[doc(hidden)]
    const NONE: bool;

    #[doc(hidden)]
    fn act(&mut self);
}

impl Action for NoAction {
    const NONE: bool = true;

    fn act(&mut self) {}
}

impl<F: FnMut()> Action for F {
    const NONE: bool = false;

    fn act(&mut self) {
        self();
    }
}

// SAFETY: the action is handed from task to task, one at a time: it must be `Send`, and need not be `Sync`.
unsafe impl<P: Port, A: Send> Sync for Barrier<P, A> {}
// SAFETY: as the action.
unsafe impl<P: Port, A: Send> Send for Barrier<P, A> {}

impl<P: Port> Barrier<P> {
    maybe_const! {
        /// A barrier for `parties` tasks.
        ///
        /// # Panics
        ///
        /// If `parties` is 0 or above 2^29 - 1.
        #[track_caller]
        pub fn new(parties: u32) -> Self {
            Self { raw: RawBarrier::new(parties), action: UnsafeCell::new(NoAction) }
        }
    }
}

impl<P: Port, A: FnMut()> Barrier<P, A> {
    maybe_const! {
        /// A barrier for `parties` tasks whose last one calls `action` in each cycle.
        ///
        /// # Panics
        ///
        /// If `parties` is 0 or above 2^29 - 1.
        #[track_caller]
        pub fn with_action(parties: u32, action: A) -> Self {
            Self { raw: RawBarrier::new(parties), action: UnsafeCell::new(action) }
        }
    }
}

fn broken<E: Into<BarrierError>>(fail: Fail<E>) -> BarrierError {
    match fail {
        Fail::Expired(expired) => expired.into(),
        Fail::Broken => BarrierError::Broken,
    }
}

impl<P: Port, A: Action> Barrier<P, A> {
    /// The action, to be called by the protocol, if there is one.
    fn action(&self) -> Option<impl FnOnce() + Unpin> {
        // SAFETY: `RawBarrier` calls it between the arrival of a last party and the end of `ACTION`, and there is only one such party at a time.
        (!A::NONE).then_some(|| self.action.with_mut(|action| unsafe { (*action).act() }))
    }

    /// Waits for the others, and returns this party's number.
    ///
    /// # Errors
    ///
    /// [`Broken`] if the barrier is broken, or breaks.
    ///
    /// # Panics
    ///
    /// With the action's panic, in the party that called it; the others get [`Broken`] (row T-102).
    pub fn wait(&self) -> Result<u32, Broken> {
        self.raw
            .wait(&Forever, self.action())
            .map_err(|fail: Fail<Infallible>| match fail {
                Fail::Expired(never) => match never {},
                Fail::Broken => Broken,
            })
    }

    /// Passes if the caller is the last party. Never waits (the action aside).
    ///
    /// # Errors
    ///
    /// `Ok(None)` stands for "would have to wait"; [`Broken`] if the barrier is broken, or breaks.
    ///
    /// # Panics
    ///
    /// As [`wait`](Self::wait).
    pub fn try_wait(&self) -> Result<Option<u32>, Broken> {
        match self.raw.try_wait(self.action()) {
            Ok(index) => Ok(Some(index)),
            Err(TryFail::WouldBlock) => Ok(None),
            Err(TryFail::Broken) => Err(Broken),
        }
    }

    /// As [`wait`](Self::wait), for `timeout` at most. Zero breaks the barrier unless the caller is the last party; a time beyond what the clock can tell is for ever.
    ///
    /// # Errors
    ///
    /// [`BarrierError::TimedOut`] for the party whose time ran out, [`BarrierError::Broken`] for the others.
    ///
    /// # Panics
    ///
    /// As [`wait`](Self::wait).
    pub fn wait_timeout(&self, timeout: Duration) -> Result<u32, BarrierError>
    where
        P: TimedPort,
    {
        self.raw
            .wait(&Until::timeout(timeout), self.action())
            .map_err(broken::<TimedOut>)
    }

    /// As [`wait`](Self::wait), until `deadline`. A deadline that has passed breaks the barrier unless the caller is the last party.
    ///
    /// # Errors
    ///
    /// As [`wait_timeout`](Self::wait_timeout).
    ///
    /// # Panics
    ///
    /// As [`wait`](Self::wait).
    pub fn wait_deadline(&self, deadline: P::Instant) -> Result<u32, BarrierError>
    where
        P: TimedPort,
    {
        self.raw
            .wait(&Until::deadline(deadline), self.action())
            .map_err(broken::<TimedOut>)
    }

    /// As [`wait`](Self::wait), without blocking the task that polls. The last party calls the action in its poll. Dropping the future is as if the party had never come.
    ///
    /// # Errors
    ///
    /// As [`wait`](Self::wait).
    ///
    /// # Panics
    ///
    /// As [`wait`](Self::wait).
    pub async fn wait_async(&self) -> Result<u32, Broken> {
        self.raw.wait_async(self.action()).await
    }
}

impl<P: Port, A> Barrier<P, A> {
    /// Breaks the barrier (row T-105).
    pub fn abort(&self) {
        self.raw.abort();
    }

    /// Makes the barrier empty and whole; those that wait get [`Broken`] (row T-104).
    pub fn reset(&self) {
        self.raw.reset();
    }

    /// How many tasks meet here.
    #[inline]
    pub fn parties(&self) -> u32 {
        self.raw.parties()
    }

    /// How many wait: a snapshot; 0 when broken (row T-106).
    #[inline]
    pub fn n_waiting(&self) -> u32 {
        self.raw.n_waiting()
    }

    /// Whether it is broken: a snapshot.
    #[inline]
    pub fn is_broken(&self) -> bool {
        self.raw.is_broken()
    }
}

impl<P: Port, A> fmt::Debug for Barrier<P, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Barrier")
            .field("parties", &self.parties())
            .field("n_waiting", &self.n_waiting())
            .field("broken", &self.is_broken())
            .finish()
    }
}
