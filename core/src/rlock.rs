//! [`RLock`]: a lock that its owner may take again.
//!
//! # Safety
//!
//! Lends the data, shared, to the owner of the lock, and shares the lock between tasks.
#![allow(unsafe_code, reason = "lends the data to the owner of the lock")]

use core::fmt;
use core::marker::PhantomData;
use core::ops::Deref;
use core::time::Duration;

use crate::atomics::UnsafeCell;
use crate::error::{NotOwner, TimedOut};
use crate::port::{self, Identity, Kind, Object, Port, TimedPort, Watch, Watched};
use crate::raw::RawRLock;
use crate::waiters::{Forever, Limit, Until};

/// A reentrant lock: Python's `threading.RLock` (rows T-63 to T-68), with data or without.
///
/// The task that owns it may acquire it again, and must release it as often. Reentrancy means that two guards can be alive in one task, so a guard
/// gives shared access only; put a [`Cell`](core::cell::Cell) or [`RefCell`](core::cell::RefCell) inside to change the data.
///
/// * **Blocking, fairness, interrupts, cancellation.** As [`Lock`](crate::Lock). An interrupt handler is a task of its own where the port's
///   [`Identity`] says so.
/// * **Ownership** is by [`Identity`]: of a thread on hosted systems. A guard cannot leave its task (it is not [`Send`]). With
///   [`acquire_async`](Self::acquire_async) the owner is the thread that polls, so two async tasks *of one thread* do not exclude each other.
/// * **Size.** 12 bytes on 32-bit targets, 16 on 64-bit ones, and the data.
///
/// ```
/// # use selvedge::port::Native; // on a hosted system
/// use std::cell::Cell;
/// use selvedge_core::RLock;
///
/// static TOTAL: RLock<Native, Cell<u32>> = RLock::new(Cell::new(0));
///
/// fn add(n: u32) {
///     let total = TOTAL.acquire();
///     total.set(total.get() + n);
///     if n > 1 {
///         add(n - 1);
///     }
/// }
/// add(3);
/// assert_eq!(TOTAL.acquire().get(), 6);
/// assert!(!TOTAL.locked());
/// ```
#[repr(C)]
pub struct RLock<P: Port, T: ?Sized = ()> {
    raw: RawRLock<P>,
    data: UnsafeCell<T>,
}

// SAFETY: the data are reached by the owner only, from task to task: they must be `Send`, and need not be `Sync`.
unsafe impl<P: Port, T: ?Sized + Send> Sync for RLock<P, T> {}
// SAFETY: as the data.
unsafe impl<P: Port, T: ?Sized + Send> Send for RLock<P, T> {}

/// One level of an [`RLock`]. Dropping it goes one level down.
#[must_use = "the lock is released as soon as the guard is dropped"]
pub struct RLockGuard<'a, P: Port + Identity, T: ?Sized = ()> {
    lock: &'a RLock<P, T>,
    /// Shared access, by the owning task only.
    data: PhantomData<(&'a T, *const ())>,
}

// SAFETY: a shared guard gives `&T` to other tasks, so `T` must be `Sync`; it cannot be dropped there.
unsafe impl<P: Port + Identity, T: ?Sized + Sync> Sync for RLockGuard<'_, P, T> {}

impl<P: Port, T> RLock<P, T> {
    maybe_const! {
        /// A free lock around `data`.
        pub fn new(data: T) -> Self {
            Self { raw: RawRLock::new(), data: UnsafeCell::new(data) }
        }
    }

    /// The data, when nobody else can have the lock any more.
    pub fn into_inner(self) -> T {
        self.data.into_inner()
    }
}

impl<P: Port, T: ?Sized> RLock<P, T> {
    /// Whether somebody holds it: a snapshot.
    #[inline]
    pub fn locked(&self) -> bool {
        self.raw.is_locked()
    }

    /// The data, without locking: `&mut` proves that nobody else has the lock.
    pub fn get_mut(&mut self) -> &mut T {
        // SAFETY: `&mut self` is exclusive.
        self.data.with_mut(|data| unsafe { &mut *data })
    }
}

impl<P: Port + Identity, T: ?Sized> RLock<P, T> {
    pub(crate) fn raw(&self) -> &RawRLock<P> {
        &self.raw
    }

    /// The caller has just gone one level up.
    fn guard(&self) -> RLockGuard<'_, P, T> {
        RLockGuard {
            lock: self,
            data: PhantomData,
        }
    }

    /// Goes one level up if the caller owns the lock; otherwise waits until it is free and takes it.
    ///
    /// # Panics
    ///
    /// If the caller has it 2^32 - 1 times already (row T-64).
    #[inline]
    #[track_caller]
    pub fn acquire(&self) -> RLockGuard<'_, P, T> {
        let Ok(()) = port::take(self, || Forever);
        self.guard()
    }

    /// As [`acquire`](Self::acquire), if that needs no waiting. Never blocks.
    ///
    /// # Panics
    ///
    /// As [`acquire`](Self::acquire).
    #[inline]
    #[track_caller]
    pub fn try_acquire(&self) -> Option<RLockGuard<'_, P, T>> {
        port::try_take(self).then(|| self.guard())
    }

    /// As [`acquire`](Self::acquire), for `timeout` at most. Zero tries once; a time beyond what the clock can tell is for ever.
    ///
    /// # Errors
    ///
    /// [`TimedOut`]; the lock is as it was.
    ///
    /// # Panics
    ///
    /// As [`acquire`](Self::acquire).
    #[inline]
    #[track_caller]
    pub fn acquire_timeout(&self, timeout: Duration) -> Result<RLockGuard<'_, P, T>, TimedOut>
    where
        P: TimedPort,
    {
        port::take(self, || Until::timeout(timeout)).map(|()| self.guard())
    }

    /// As [`acquire`](Self::acquire), until `deadline`. A deadline that has passed tries once.
    ///
    /// # Errors
    ///
    /// [`TimedOut`]; the lock is as it was.
    ///
    /// # Panics
    ///
    /// As [`acquire`](Self::acquire).
    #[inline]
    #[track_caller]
    pub fn acquire_deadline(&self, deadline: P::Instant) -> Result<RLockGuard<'_, P, T>, TimedOut>
    where
        P: TimedPort,
    {
        port::take(self, || Until::deadline(deadline)).map(|()| self.guard())
    }

    /// As [`acquire`](Self::acquire), without blocking the task that polls. The owner is the thread that polls when the lock is taken, and the guard stays there. Dropping the
    /// future gives up and loses nothing.
    ///
    /// # Panics
    ///
    /// As [`acquire`](Self::acquire).
    pub async fn acquire_async(&self) -> RLockGuard<'_, P, T> {
        if !self.raw.try_acquire() {
            self.raw.lock().acquire_async().await;
            // SAFETY: the inner lock has just been taken, and a free lock has no owner.
            unsafe { self.raw.adopt(1) };
        }
        port::taken_async(self);
        self.guard()
    }

    /// The caller is about to go one level down, if it owns the lock.
    #[inline]
    fn report_release(&self) {
        if P::Watch::ON
            && let Some(level) = self.raw.level().checked_sub(1)
        {
            P::Watch::released(self.object(), level);
        }
    }

    /// Whether the caller owns it.
    #[inline]
    pub fn is_owned(&self) -> bool {
        self.raw.is_owned()
    }

    /// How often the caller has it; 0 if it does not own it.
    #[inline]
    pub fn level(&self) -> u32 {
        self.raw.level()
    }
}

impl<P: Port + Identity, T: ?Sized> Watched for RLock<P, T> {
    type Port = P;

    #[inline]
    fn object(&self) -> Object {
        Object {
            kind: Kind::RLock,
            address: core::ptr::from_ref(&self.raw).addr(),
        }
    }

    #[inline]
    fn level(&self) -> u32 {
        self.raw.level()
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

impl<P: Port + Identity> RLock<P> {
    /// Goes one level down without a guard (row T-65); a guard of that level becomes empty. Only where there are no data whose access a guard stands for. Never blocks.
    ///
    /// # Errors
    ///
    /// [`NotOwner`] if the caller does not own it.
    #[inline]
    pub fn release(&self) -> Result<(), NotOwner> {
        self.report_release();
        self.raw.release()
    }
}

impl<'a, P: Port + Identity, T: ?Sized> RLockGuard<'a, P, T> {
    /// The lock it is a guard of.
    pub fn lock(&self) -> &'a RLock<P, T> {
        self.lock
    }
}

impl<P: Port + Identity> RLockGuard<'_, P> {
    /// Leaves this level held without a guard; [`RLock::release`] releases it.
    #[inline]
    pub fn keep(self) {
        core::mem::forget(self);
    }
}

impl<P: Port + Identity, T: ?Sized> Deref for RLockGuard<'_, P, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: the task owns the lock, and the owner has shared access only; the reference borrows the guard.
        self.lock.data.with(|data| unsafe { &*data })
    }
}

impl<P: Port + Identity, T: ?Sized> Drop for RLockGuard<'_, P, T> {
    #[inline]
    fn drop(&mut self) {
        self.lock.report_release();
        // A guard whose level was released behind its back is empty.
        let _ = self.lock.raw.release();
    }
}

impl<P: Port, T: Default> Default for RLock<P, T> {
    fn default() -> Self {
        Self::new(T::default())
    }
}

impl<P: Port, T: ?Sized> fmt::Debug for RLock<P, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.raw.fmt(f)
    }
}

impl<P: Port + Identity, T: ?Sized + fmt::Debug> fmt::Debug for RLockGuard<'_, P, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}
