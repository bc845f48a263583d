//! [`Condvar`]: a condition without a lock of its own.
//!
//! # Safety
//!
//! Releases a lock under a guard that is lent exclusively, and holds it again before the guard comes back.
#![allow(unsafe_code, reason = "releases a lock under its guard")]

use core::fmt;
use core::mem::ManuallyDrop;
use core::panic::Location;
use core::time::Duration;

use super::monitor::Guarded;
use crate::error::TimedOut;
use crate::port::{Kind, Object, Port, TimedPort, Wait, Watch};
use crate::raw::{RawCondition, Suspend};
use crate::waiters::{Forever, Limit, Until};

/// A condition variable, to be used with any lock of this crate.
///
/// A task that holds a lock finds that it must wait for something, and calls [`wait`](Self::wait): that releases the lock, sleeps until it is notified, and takes the lock again.
/// [`Condition`](crate::Condition) is the same tied to its lock, in the shape of Python's class; the behaviour (rows T-72 to T-80) is this one's.
///
/// * **Exact.** A wait ends when it is notified or its time runs out, and for no other reason. [`notify`](Self::notify) of n ends the waits of the n that wait longest; one that comes later cannot take
///   another's notification; one whose time has run out and that is notified before it has left was notified. Notifications without a waiter are not remembered.
/// * **Taking the lock again** is unconditional and has no time limit, whatever ended the wait (row T-72). A reentrant lock is released with all its levels, and gets them back.
/// * **No herd.** With the lock held, a notification moves sleepers to the lock's queue; each wakes when it can have the lock.
/// * **From interrupts.** `notify`, `notify_one` and `notify_all` never block; they may be called from interrupt handlers where the port's guard masks interrupts. They need not hold
///   the lock, but a predicate must be changed under it, or the waiter may look just before and sleep just after.
/// * **Cancellation.** Dropping the future of [`wait_async`](Self::wait_async) passes a notification it has got on to the next waiter. The lock is then not held, and the guard is gone.
/// * **Size.** 4 bytes, no allocation, `const` constructor.
///
/// ```
/// # use selvedge::port::Native; // on a hosted system
/// use selvedge_core::{Condvar, Mutex};
///
/// static JOBS: Mutex<Native, Vec<u32>> = Mutex::new(Vec::new());
/// static ARRIVED: Condvar<Native> = Condvar::new();
///
/// let worker = std::thread::spawn(|| {
///     let mut jobs = JOBS.lock();
///     ARRIVED.wait_for(&mut jobs, |jobs| !jobs.is_empty());
///     jobs.pop()
/// });
/// JOBS.lock().push(7);
/// ARRIVED.notify_one();
/// assert_eq!(worker.join().unwrap(), Some(7));
/// ```
#[repr(transparent)]
pub struct Condvar<P: Port> {
    raw: RawCondition<P>,
}

impl<P: Port> Condvar<P> {
    maybe_const! {
        /// A condition that nobody waits for.
        pub fn new() -> Self {
            Self { raw: RawCondition::new() }
        }
    }

    #[track_caller]
    fn wait_limited<G: Guarded<Port = P>, L: Limit<P>>(
        &self,
        guard: &mut G,
        limit: &L,
    ) -> Result<(), L::Expired> {
        assert!(
            guard.is_held(),
            "waited on a condition without holding the lock"
        );
        if P::Watch::ON {
            P::Watch::waits(&Wait {
                object: Object {
                    kind: Kind::Condition,
                    address: core::ptr::from_ref(self).addr(),
                },
                retakes: Some(guard.object()),
                timed: limit.is_timed(),
                at: Location::caller(),
            });
        }
        // SAFETY: the guard holds the lock, and is lent to us exclusively until the lock is held again.
        let outcome = unsafe { self.raw.wait(guard.raw(), limit) };
        P::Watch::ends_wait();
        outcome
    }

    /// Releases the lock, waits to be notified, and takes the lock again.
    ///
    /// # Panics
    ///
    /// If the lock is not held, because somebody released it behind the guard's back (row T-72).
    #[track_caller]
    pub fn wait<G: Guarded<Port = P>>(&self, guard: &mut G) {
        let Ok(()) = self.wait_limited(guard, &Forever);
    }

    /// As [`wait`](Self::wait), for `timeout` at most, not counting the time to take the lock again. Zero releases the lock and takes it again; a time beyond what the clock can tell is for ever.
    ///
    /// # Errors
    ///
    /// [`TimedOut`] if no notification came; the lock is held all the same.
    ///
    /// # Panics
    ///
    /// As [`wait`](Self::wait).
    #[track_caller]
    pub fn wait_timeout<G: Guarded<Port = P>>(
        &self,
        guard: &mut G,
        timeout: Duration,
    ) -> Result<(), TimedOut>
    where
        P: TimedPort,
    {
        self.wait_limited(guard, &Until::timeout(timeout))
    }

    /// As [`wait`](Self::wait), until `deadline`.
    ///
    /// # Errors
    ///
    /// As [`wait_timeout`](Self::wait_timeout).
    ///
    /// # Panics
    ///
    /// As [`wait`](Self::wait).
    #[track_caller]
    pub fn wait_deadline<G: Guarded<Port = P>>(
        &self,
        guard: &mut G,
        deadline: P::Instant,
    ) -> Result<(), TimedOut>
    where
        P: TimedPort,
    {
        self.wait_limited(guard, &Until::deadline(deadline))
    }

    /// As [`wait`](Self::wait), without blocking the task that polls: takes the guard, and gives it back in the end. The lock is released at the first poll.
    ///
    /// Dropping the future gives up: the guard is gone, the lock is not held by this task (unless it was never polled and dropped with the guard, which releases it), and a notification that it has got is passed
    /// on.
    ///
    /// # Panics
    ///
    /// As [`wait`](Self::wait), at the first poll; and there if the lock is an [`RLock`](crate::RLock) that the task holds more than once: it would go on running with guards that stand for nothing.
    pub async fn wait_async<G: Guarded<Port = P>>(&self, guard: G) -> G
    where
        <G::Raw as Suspend<P>>::Saved: Unpin,
    {
        assert!(
            guard.is_held(),
            "waited on a condition without holding the lock"
        );
        assert!(
            guard.level() == 1,
            "waited asynchronously under a reentrant lock that is held more than once"
        );
        P::Watch::released(guard.object(), 0);
        // From here on the guard stands for nothing, until the wait is over.
        let guard = ManuallyDrop::new(guard);
        // SAFETY: the guard held the lock; this is the same poll. Nobody uses it before the wait is over.
        unsafe { self.raw.wait_async(guard.raw()) }.await;
        if P::Watch::ON {
            P::Watch::acquired_async(guard.object(), guard.level());
        }
        ManuallyDrop::into_inner(guard)
    }

    /// Waits until `predicate` holds; it is called with the lock held, first without waiting (row T-73).
    ///
    /// # Panics
    ///
    /// As [`wait`](Self::wait). A panic of the predicate leaves the lock to the guard.
    #[track_caller]
    pub fn wait_for<G: Guarded<Port = P>>(
        &self,
        guard: &mut G,
        mut predicate: impl FnMut(&mut G) -> bool,
    ) {
        while !predicate(guard) {
            self.wait(guard);
        }
    }

    /// As [`wait_for`](Self::wait_for), for `timeout` at most in all.
    ///
    /// # Errors
    ///
    /// [`TimedOut`] if the predicate did not hold when it was asked last.
    ///
    /// # Panics
    ///
    /// As [`wait_for`](Self::wait_for).
    #[track_caller]
    pub fn wait_for_timeout<G: Guarded<Port = P>>(
        &self,
        guard: &mut G,
        timeout: Duration,
        predicate: impl FnMut(&mut G) -> bool,
    ) -> Result<(), TimedOut>
    where
        P: TimedPort,
    {
        self.wait_for_limited(guard, &Until::timeout(timeout), predicate)
    }

    /// As [`wait_for`](Self::wait_for), until `deadline`.
    ///
    /// # Errors
    ///
    /// As [`wait_for_timeout`](Self::wait_for_timeout).
    ///
    /// # Panics
    ///
    /// As [`wait_for`](Self::wait_for).
    #[track_caller]
    pub fn wait_for_deadline<G: Guarded<Port = P>>(
        &self,
        guard: &mut G,
        deadline: P::Instant,
        predicate: impl FnMut(&mut G) -> bool,
    ) -> Result<(), TimedOut>
    where
        P: TimedPort,
    {
        self.wait_for_limited(guard, &Until::deadline(deadline), predicate)
    }

    #[track_caller]
    fn wait_for_limited<G: Guarded<Port = P>>(
        &self,
        guard: &mut G,
        limit: &Until<P>,
        mut predicate: impl FnMut(&mut G) -> bool,
    ) -> Result<(), TimedOut>
    where
        P: TimedPort,
    {
        while !predicate(guard) {
            if self.wait_limited(guard, limit).is_err() {
                return if predicate(guard) {
                    Ok(())
                } else {
                    Err(TimedOut)
                };
            }
        }
        Ok(())
    }

    /// As [`wait_for`](Self::wait_for), without blocking the task that polls.
    ///
    /// # Panics
    ///
    /// As [`wait_async`](Self::wait_async).
    pub async fn wait_for_async<G: Guarded<Port = P>>(
        &self,
        mut guard: G,
        mut predicate: impl FnMut(&mut G) -> bool,
    ) -> G
    where
        <G::Raw as Suspend<P>>::Saved: Unpin,
    {
        while !predicate(&mut guard) {
            guard = self.wait_async(guard).await;
        }
        guard
    }

    /// Ends the waits of the `n` that wait longest, or of all if there are fewer, and says how many. Never blocks.
    pub fn notify(&self, n: u32) -> u32 {
        self.raw.notify(n)
    }

    /// Ends the wait of the one that waits longest; true if there was one. Never blocks.
    pub fn notify_one(&self) -> bool {
        self.raw.notify(1) == 1
    }

    /// Ends the waits of all that wait now, and says how many. Never blocks.
    pub fn notify_all(&self) -> u32 {
        self.raw.notify(u32::MAX)
    }

    /// How many wait: a snapshot.
    pub fn waiting(&self) -> u32 {
        self.raw.waiting()
    }
}

impl<P: Port> Default for Condvar<P> {
    fn default() -> Self {
        Self::new()
    }
}

impl<P: Port> fmt::Debug for Condvar<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Condvar")
            .field("waiting", &self.waiting())
            .finish()
    }
}
