//! [`Mutex`]: a lock with data inside.
//!
//! # Safety
//!
//! Lends the data to the holder of the lock, and shares the mutex between tasks.
#![allow(unsafe_code, reason = "lends the data to the holder of the lock")]

use core::fmt;
use core::future::Future;
use core::marker::PhantomData;
use core::ops::{Deref, DerefMut};
use core::time::Duration;

use crate::atomics::UnsafeCell;
use crate::error::TimedOut;
use crate::port::{self, Kind, Object, Port, TimedPort, Watch, Watched};
use crate::raw::RawLock;
use crate::waiters::{Forever, Limit, Then, Until};

/// Data and the lock that protects them.
///
/// The chapter has no such thing, because Python cannot tie data to a lock; every Rust user expects it. The behaviour under contention, fairness, use from interrupts, size and cancellation are
/// those of [`Lock`](crate::Lock); the guard is [`Send`] where the data are, as any task may release the lock underneath.
///
/// There is no poisoning: a panic while the lock is held releases it, and the next holder sees the data as they were left.
///
/// ```
/// use selvedge_core::{Mutex, port::Spin};
///
/// static COUNT: Mutex<Spin, u32> = Mutex::new(0);
///
/// *COUNT.lock() += 1;
/// assert_eq!(*COUNT.lock(), 1);
/// ```
#[repr(C)]
pub struct Mutex<P: Port, T: ?Sized> {
    raw: RawLock<P>,
    data: UnsafeCell<T>,
}

// SAFETY: the mutex hands its data from task to task, one at a time: they must be `Send`, and need not be `Sync`.
unsafe impl<P: Port, T: ?Sized + Send> Sync for Mutex<P, T> {}
// SAFETY: as the data.
unsafe impl<P: Port, T: ?Sized + Send> Send for Mutex<P, T> {}

/// Access to the data of a [`Mutex`]. Dropping it releases the lock.
#[must_use = "the mutex is released as soon as the guard is dropped"]
pub struct MutexGuard<'a, P: Port, T: ?Sized> {
    mutex: &'a Mutex<P, T>,
    /// A guard stands for `&mut T`: `Send` and `Sync` where that is.
    data: PhantomData<&'a mut T>,
}

impl<P: Port, T> Mutex<P, T> {
    maybe_const! {
        /// A free mutex around `data`.
        pub fn new(data: T) -> Self {
            Self { raw: RawLock::new(), data: UnsafeCell::new(data) }
        }
    }

    /// The data, when nobody else can have the mutex any more.
    pub fn into_inner(self) -> T {
        self.data.into_inner()
    }
}

impl<P: Port, T: ?Sized> Mutex<P, T> {
    pub(crate) fn raw(&self) -> &RawLock<P> {
        &self.raw
    }

    /// The caller has just taken the lock.
    fn guard(&self) -> MutexGuard<'_, P, T> {
        MutexGuard {
            mutex: self,
            data: PhantomData,
        }
    }

    /// Waits until the lock is free and takes it.
    #[inline]
    #[track_caller]
    pub fn lock(&self) -> MutexGuard<'_, P, T> {
        let Ok(()) = port::take(self, || Forever);
        self.guard()
    }

    /// Takes the lock if it is free. Never blocks.
    #[inline]
    #[track_caller]
    pub fn try_lock(&self) -> Option<MutexGuard<'_, P, T>> {
        port::try_take(self).then(|| self.guard())
    }

    /// Waits for the lock, for `timeout` at most. Zero tries once; a time beyond what the clock can tell is for ever.
    ///
    /// # Errors
    ///
    /// [`TimedOut`]; the lock is as it was.
    #[inline]
    #[track_caller]
    pub fn lock_timeout(&self, timeout: Duration) -> Result<MutexGuard<'_, P, T>, TimedOut>
    where
        P: TimedPort,
    {
        port::take(self, || Until::timeout(timeout)).map(|()| self.guard())
    }

    /// Waits for the lock until `deadline`. A deadline that has passed tries once.
    ///
    /// # Errors
    ///
    /// [`TimedOut`]; the lock is as it was.
    #[inline]
    #[track_caller]
    pub fn lock_deadline(&self, deadline: P::Instant) -> Result<MutexGuard<'_, P, T>, TimedOut>
    where
        P: TimedPort,
    {
        port::take(self, || Until::deadline(deadline)).map(|()| self.guard())
    }

    /// Waits for the lock without blocking the task that polls. Dropping the future gives up and loses nothing.
    pub fn lock_async(&self) -> impl Future<Output = MutexGuard<'_, P, T>> {
        Then::new(self.raw.acquire_async(), |()| {
            port::taken_async(self);
            self.guard()
        })
    }

    /// Whether somebody holds it: a snapshot.
    #[inline]
    pub fn is_locked(&self) -> bool {
        self.raw.is_locked()
    }

    /// The data, without locking: `&mut` proves that nobody else has the mutex.
    pub fn get_mut(&mut self) -> &mut T {
        // SAFETY: `&mut self` is exclusive.
        self.data.with_mut(|data| unsafe { &mut *data })
    }
}

impl<P: Port, T: ?Sized> Watched for Mutex<P, T> {
    type Port = P;

    #[inline]
    fn object(&self) -> Object {
        Object {
            kind: Kind::Mutex,
            address: core::ptr::from_ref(&self.raw).addr(),
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

impl<'a, P: Port, T: ?Sized> MutexGuard<'a, P, T> {
    /// Releases the lock to the next waiter, if there is one, ahead of whoever comes by.
    pub fn unlock_fair(self) {
        let mutex = self.mutex;
        core::mem::forget(self);
        P::Watch::released(mutex.object(), 0);
        // SAFETY: the guard held it.
        unsafe { mutex.raw.release_fair() };
    }

    /// The mutex it is a guard of.
    pub fn mutex(&self) -> &'a Mutex<P, T> {
        self.mutex
    }
}

impl<P: Port, T: ?Sized> Deref for MutexGuard<'_, P, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: the guard holds the lock; the reference borrows the guard.
        self.mutex.data.with(|data| unsafe { &*data })
    }
}

impl<P: Port, T: ?Sized> DerefMut for MutexGuard<'_, P, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: the guard holds the lock; the reference borrows the guard exclusively.
        self.mutex.data.with_mut(|data| unsafe { &mut *data })
    }
}

impl<P: Port, T: ?Sized> Drop for MutexGuard<'_, P, T> {
    #[inline]
    fn drop(&mut self) {
        P::Watch::released(self.mutex.object(), 0);
        // SAFETY: the guard holds it.
        unsafe { self.mutex.raw.release() };
    }
}

impl<P: Port, T: Default> Default for Mutex<P, T> {
    fn default() -> Self {
        Self::new(T::default())
    }
}

impl<P: Port, T> From<T> for Mutex<P, T> {
    fn from(data: T) -> Self {
        Self::new(data)
    }
}

impl<P: Port, T: ?Sized + fmt::Debug> fmt::Debug for Mutex<P, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("Mutex");
        match self.try_lock() {
            Some(data) => out.field("data", &&*data),
            None => out.field("data", &format_args!("<locked>")),
        };
        out.finish()
    }
}

impl<P: Port, T: ?Sized + fmt::Debug> fmt::Debug for MutexGuard<'_, P, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<P: Port, T: ?Sized + fmt::Display> fmt::Display for MutexGuard<'_, P, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}
