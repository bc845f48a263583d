//! [`Lock`]: Python's lock, without data.

use core::fmt;
use core::future::Future;
use core::time::Duration;

use crate::error::{NotHeld, TimedOut};
use crate::port::{self, Kind, Object, Port, TimedPort, Watch, Watched};
use crate::raw::RawLock;
use crate::waiters::{Forever, Limit, Then, Until};

/// A lock that protects no data of its own: Python's `threading.Lock` (rows T-54 to T-62).
///
/// Any task may release it, not only the one that acquired it, so it also serves as a signal between two. For data take [`Mutex`](crate::Mutex); where one
/// task acquires repeatedly, [`RLock`](crate::RLock).
///
/// * **Blocking.** [`acquire`](Self::acquire) spins for a moment, then sleeps in the port. Acquiring a lock that one holds already deadlocks.
/// * **Fairness.** None: who comes by may take it before one that waits longer. [`LockGuard::release_fair`] hands it to a waiter.
/// * **From interrupts.** `try_acquire`, `release`, `locked` and dropping a guard never block; they may be called from interrupt handlers where the
///   port's guard masks interrupts (see [`port::Guard`](crate::port::Guard)).
/// * **Cancellation.** Dropping the future of [`acquire_async`](Self::acquire_async) loses nothing: a wake-up it has got is passed on.
/// * **Size.** 4 bytes, no allocation, `const` constructor, position-independent. Dropping or forgetting a held lock is harmless (row T-54).
/// * **Panics.** A panic while it is held releases it: guards do that, and there is no poisoning.
///
/// ```
/// use selvedge_core::{Lock, port::Spin};
///
/// static LOCK: Lock<Spin> = Lock::new();
///
/// let guard = LOCK.acquire();
/// assert!(LOCK.try_acquire().is_none());
/// drop(guard);
/// assert!(!LOCK.locked());
///
/// // Held beyond the guard, and released by whoever wants to.
/// LOCK.acquire().keep();
/// assert!(LOCK.release().is_ok());
/// assert!(LOCK.release().is_err());
/// ```
#[repr(transparent)]
pub struct Lock<P: Port> {
    raw: RawLock<P>,
}

/// A [`Lock`] that is held. Dropping it releases the lock, unless somebody else has done so (then nothing happens).
#[must_use = "the lock is released as soon as the guard is dropped; `keep` leaves it held"]
pub struct LockGuard<'a, P: Port> {
    lock: &'a Lock<P>,
}

impl<P: Port> Lock<P> {
    maybe_const! {
        /// A free lock.
        pub fn new() -> Self {
            Self { raw: RawLock::new() }
        }
    }

    pub(crate) fn raw(&self) -> &RawLock<P> {
        &self.raw
    }

    /// Waits until the lock is free and takes it.
    #[inline]
    #[track_caller]
    pub fn acquire(&self) -> LockGuard<'_, P> {
        let Ok(()) = port::take(self, || Forever);
        LockGuard { lock: self }
    }

    /// Takes the lock if it is free. Never blocks.
    #[inline]
    #[track_caller]
    pub fn try_acquire(&self) -> Option<LockGuard<'_, P>> {
        port::try_take(self).then(|| LockGuard { lock: self })
    }

    /// Waits for the lock, for `timeout` at most. Zero tries once; a time beyond what the clock can tell is for ever.
    ///
    /// # Errors
    ///
    /// [`TimedOut`]; the lock is as it was (row T-59).
    #[inline]
    #[track_caller]
    pub fn acquire_timeout(&self, timeout: Duration) -> Result<LockGuard<'_, P>, TimedOut>
    where
        P: TimedPort,
    {
        port::take(self, || Until::timeout(timeout)).map(|()| LockGuard { lock: self })
    }

    /// Waits for the lock until `deadline`. A deadline that has passed tries once.
    ///
    /// # Errors
    ///
    /// [`TimedOut`]; the lock is as it was.
    #[inline]
    #[track_caller]
    pub fn acquire_deadline(&self, deadline: P::Instant) -> Result<LockGuard<'_, P>, TimedOut>
    where
        P: TimedPort,
    {
        port::take(self, || Until::deadline(deadline)).map(|()| LockGuard { lock: self })
    }

    /// Waits for the lock without blocking the task that polls. Dropping the future gives up and loses nothing.
    pub fn acquire_async(&self) -> impl Future<Output = LockGuard<'_, P>> {
        Then::new(self.raw.acquire_async(), |()| {
            port::taken_async(self);
            LockGuard { lock: self }
        })
    }

    /// Releases the lock, whoever holds it (row T-56). A guard of it becomes empty. Never blocks.
    ///
    /// # Errors
    ///
    /// [`NotHeld`] if nobody holds it.
    #[inline]
    pub fn release(&self) -> Result<(), NotHeld> {
        P::Watch::released(self.object(), 0);
        if self.raw.release_any() {
            Ok(())
        } else {
            Err(NotHeld)
        }
    }

    /// Whether somebody holds it: a snapshot.
    #[inline]
    pub fn locked(&self) -> bool {
        self.raw.is_locked()
    }
}

impl<P: Port> Watched for Lock<P> {
    type Port = P;

    #[inline]
    fn object(&self) -> Object {
        Object {
            kind: Kind::Lock,
            address: core::ptr::from_ref(self).addr(),
        }
    }

    #[inline]
    fn try_take(&self) -> bool {
        self.raw.try_acquire()
    }

    #[inline]
    fn take<L: Limit<P>>(&self, limit: &L) -> Result<(), L::Expired> {
        self.raw.acquire(limit)
    }
}

impl<'a, P: Port> LockGuard<'a, P> {
    /// Leaves the lock held without a guard; [`Lock::release`] releases it.
    #[inline]
    pub fn keep(self) {
        P::Watch::kept(self.lock.object());
        core::mem::forget(self);
    }

    /// Releases the lock to the next waiter, if there is one, ahead of whoever comes by.
    pub fn release_fair(self) {
        let lock = self.lock;
        core::mem::forget(self);
        P::Watch::released(lock.object(), 0);
        lock.raw.release_any_fair();
    }

    /// The lock it is a guard of.
    pub fn lock(&self) -> &'a Lock<P> {
        self.lock
    }
}

impl<P: Port> Drop for LockGuard<'_, P> {
    #[inline]
    fn drop(&mut self) {
        let _ = self.lock.release();
    }
}

impl<P: Port> Default for Lock<P> {
    fn default() -> Self {
        Self::new()
    }
}

impl<P: Port> fmt::Debug for Lock<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lock")
            .field("locked", &self.locked())
            .finish()
    }
}

impl<P: Port> fmt::Debug for LockGuard<'_, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LockGuard")
            .field("lock", self.lock)
            .finish()
    }
}
