//! [`RwLock`]: many readers or one writer.
//!
//! # Safety
//!
//! Lends the data to the holders of the lock, and shares the lock between tasks.
#![allow(unsafe_code, reason = "lends the data to the holders of the lock")]

use core::fmt;
use core::marker::PhantomData;
use core::ops::{Deref, DerefMut};
use core::time::Duration;

use crate::atomics::UnsafeCell;
use crate::error::TimedOut;
use crate::port::{Port, TimedPort};
use crate::raw::RawRwLock;
use crate::waiters::{Forever, Until};

/// Data that many may read at a time, or one may change.
///
/// The chapter has no such lock; every user of a lock library expects one.
///
/// * **Blocking.** [`read`](Self::read) and [`write`](Self::write) spin for a moment, then sleep in the port.
/// * **Fairness.** A waiting writer keeps new readers out, so readers cannot starve it. Among writers, and between readers and a stream of writers, there is no promise. A task that
///   reads already and reads again can deadlock with a writer that came between.
/// * **From interrupts.** `try_read`, `try_write` and dropping a guard never block; they may be called from interrupt handlers where the port's guard masks interrupts.
/// * **Cancellation.** A writer that gives up, by time or by dropping its future, lets the readers in again; nothing is lost.
/// * **Size.** 12 bytes and the data. **Panics** do not poison.
///
/// ```
/// use selvedge_core::{RwLock, port::Spin};
///
/// static LIMIT: RwLock<Spin, u32> = RwLock::new(10);
///
/// {
///     let (one, two) = (LIMIT.read(), LIMIT.read());
///     assert_eq!(*one + *two, 20);
///     assert!(LIMIT.try_write().is_none());
/// }
/// *LIMIT.write() = 11;
/// assert_eq!(*LIMIT.read(), 11);
/// ```
#[repr(C)]
pub struct RwLock<P: Port, T: ?Sized> {
    raw: RawRwLock<P>,
    data: UnsafeCell<T>,
}

// SAFETY: readers have `&T` in several tasks at a time (`T: Sync`), a writer has `&mut T` in another task (`T: Send`).
unsafe impl<P: Port, T: ?Sized + Send + Sync> Sync for RwLock<P, T> {}
// SAFETY: as the data.
unsafe impl<P: Port, T: ?Sized + Send> Send for RwLock<P, T> {}

/// Shared access to the data of an [`RwLock`].
#[must_use = "the lock is released as soon as the guard is dropped"]
pub struct RwLockReadGuard<'a, P: Port, T: ?Sized> {
    lock: &'a RwLock<P, T>,
    data: PhantomData<&'a T>,
}

/// Exclusive access to the data of an [`RwLock`].
#[must_use = "the lock is released as soon as the guard is dropped"]
pub struct RwLockWriteGuard<'a, P: Port, T: ?Sized> {
    lock: &'a RwLock<P, T>,
    data: PhantomData<&'a mut T>,
}

impl<P: Port, T> RwLock<P, T> {
    maybe_const! {
        /// A free lock around `data`.
        pub fn new(data: T) -> Self {
            Self { raw: RawRwLock::new(), data: UnsafeCell::new(data) }
        }
    }

    /// The data, when nobody else can have the lock any more.
    pub fn into_inner(self) -> T {
        self.data.into_inner()
    }
}

impl<P: Port, T: ?Sized> RwLock<P, T> {
    fn reader(&self) -> RwLockReadGuard<'_, P, T> {
        RwLockReadGuard {
            lock: self,
            data: PhantomData,
        }
    }

    fn writer(&self) -> RwLockWriteGuard<'_, P, T> {
        RwLockWriteGuard {
            lock: self,
            data: PhantomData,
        }
    }

    /// Waits until no writer has the lock or waits for it, and shares it.
    ///
    /// # Panics
    ///
    /// If 2^30 - 2 readers have it.
    #[inline]
    pub fn read(&self) -> RwLockReadGuard<'_, P, T> {
        let Ok(()) = self.raw.read(&Forever);
        self.reader()
    }

    /// Shares the lock, if no writer has it or waits for it. Never blocks.
    #[inline]
    pub fn try_read(&self) -> Option<RwLockReadGuard<'_, P, T>> {
        self.raw.try_read().then(|| self.reader())
    }

    /// As [`read`](Self::read), for `timeout` at most. Zero tries once; a time beyond what the clock can tell is for ever.
    ///
    /// # Errors
    ///
    /// [`TimedOut`]; the lock is as it was.
    #[inline]
    pub fn read_timeout(&self, timeout: Duration) -> Result<RwLockReadGuard<'_, P, T>, TimedOut>
    where
        P: TimedPort,
    {
        if !self.raw.try_read() {
            self.raw.read(&Until::timeout(timeout))?;
        }
        Ok(self.reader())
    }

    /// As [`read`](Self::read), until `deadline`. A deadline that has passed tries once.
    ///
    /// # Errors
    ///
    /// [`TimedOut`]; the lock is as it was.
    #[inline]
    pub fn read_deadline(&self, deadline: P::Instant) -> Result<RwLockReadGuard<'_, P, T>, TimedOut>
    where
        P: TimedPort,
    {
        self.raw.read(&Until::deadline(deadline))?;
        Ok(self.reader())
    }

    /// As [`read`](Self::read), without blocking the task that polls. Dropping the future gives up and loses nothing.
    pub async fn read_async(&self) -> RwLockReadGuard<'_, P, T> {
        if !self.raw.try_read() {
            self.raw.read_async().await;
        }
        self.reader()
    }

    /// Waits until nobody has the lock, and takes it.
    #[inline]
    pub fn write(&self) -> RwLockWriteGuard<'_, P, T> {
        let Ok(()) = self.raw.write(&Forever);
        self.writer()
    }

    /// Takes the lock, if nobody has it. Never blocks.
    #[inline]
    pub fn try_write(&self) -> Option<RwLockWriteGuard<'_, P, T>> {
        self.raw.try_write().then(|| self.writer())
    }

    /// As [`write`](Self::write), for `timeout` at most. Zero tries once; a time beyond what the clock can tell is for ever.
    ///
    /// # Errors
    ///
    /// [`TimedOut`]; the lock is as it was, and readers that were kept out by this writer are let in.
    #[inline]
    pub fn write_timeout(&self, timeout: Duration) -> Result<RwLockWriteGuard<'_, P, T>, TimedOut>
    where
        P: TimedPort,
    {
        if !self.raw.try_write() {
            self.raw.write(&Until::timeout(timeout))?;
        }
        Ok(self.writer())
    }

    /// As [`write`](Self::write), until `deadline`. A deadline that has passed tries once.
    ///
    /// # Errors
    ///
    /// As [`write_timeout`](Self::write_timeout).
    #[inline]
    pub fn write_deadline(
        &self,
        deadline: P::Instant,
    ) -> Result<RwLockWriteGuard<'_, P, T>, TimedOut>
    where
        P: TimedPort,
    {
        self.raw.write(&Until::deadline(deadline))?;
        Ok(self.writer())
    }

    /// As [`write`](Self::write), without blocking the task that polls. Dropping the future gives up and loses nothing.
    pub async fn write_async(&self) -> RwLockWriteGuard<'_, P, T> {
        if !self.raw.try_write() {
            self.raw.write_async().await;
        }
        self.writer()
    }

    /// Whether anybody has it: a snapshot.
    #[inline]
    pub fn is_locked(&self) -> bool {
        self.raw.is_locked()
    }

    /// Whether a writer has it: a snapshot.
    #[inline]
    pub fn is_write_locked(&self) -> bool {
        self.raw.is_write_locked()
    }

    /// The data, without locking: `&mut` proves that nobody else has the lock.
    pub fn get_mut(&mut self) -> &mut T {
        // SAFETY: `&mut self` is exclusive.
        self.data.with_mut(|data| unsafe { &mut *data })
    }
}

impl<'a, P: Port, T: ?Sized> RwLockWriteGuard<'a, P, T> {
    /// Goes from writing to reading without letting another writer in between.
    pub fn downgrade(self) -> RwLockReadGuard<'a, P, T> {
        let lock = self.lock;
        core::mem::forget(self);
        // Before, because a waker may panic on the way; by then the hold is shared.
        let reader = lock.reader();
        // SAFETY: the guard had it exclusively, and is gone.
        unsafe { lock.raw.downgrade() };
        reader
    }
}

impl<P: Port, T: ?Sized> Deref for RwLockReadGuard<'_, P, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: the guard has the lock shared; the reference borrows the guard.
        self.lock.data.with(|data| unsafe { &*data })
    }
}

impl<P: Port, T: ?Sized> Deref for RwLockWriteGuard<'_, P, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: the guard has the lock exclusively; the reference borrows the guard.
        self.lock.data.with(|data| unsafe { &*data })
    }
}

impl<P: Port, T: ?Sized> DerefMut for RwLockWriteGuard<'_, P, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: the guard has the lock exclusively; the reference borrows the guard exclusively.
        self.lock.data.with_mut(|data| unsafe { &mut *data })
    }
}

impl<P: Port, T: ?Sized> Drop for RwLockReadGuard<'_, P, T> {
    #[inline]
    fn drop(&mut self) {
        // SAFETY: the guard has a shared hold.
        unsafe { self.lock.raw.release_read() };
    }
}

impl<P: Port, T: ?Sized> Drop for RwLockWriteGuard<'_, P, T> {
    #[inline]
    fn drop(&mut self) {
        // SAFETY: the guard has the exclusive hold.
        unsafe { self.lock.raw.release_write() };
    }
}

impl<P: Port, T: Default> Default for RwLock<P, T> {
    fn default() -> Self {
        Self::new(T::default())
    }
}

impl<P: Port, T> From<T> for RwLock<P, T> {
    fn from(data: T) -> Self {
        Self::new(data)
    }
}

impl<P: Port, T: ?Sized + fmt::Debug> fmt::Debug for RwLock<P, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("RwLock");
        match self.try_read() {
            Some(data) => out.field("data", &&*data),
            None => out.field("data", &format_args!("<locked>")),
        };
        out.finish()
    }
}

impl<P: Port, T: ?Sized + fmt::Debug> fmt::Debug for RwLockReadGuard<'_, P, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<P: Port, T: ?Sized + fmt::Debug> fmt::Debug for RwLockWriteGuard<'_, P, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}
