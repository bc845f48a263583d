//! [`BoundedSemaphore`].

use core::fmt;
use core::future::Future;
use core::time::Duration;

use super::BoundedPermit;
use crate::error::{TimedOut, TooManyReleases};
use crate::port::{Port, TimedPort};
use crate::raw::RawSemaphore;
use crate::waiters::{Forever, Then, Until};

/// A semaphore that refuses to hold more permits than it began with: Python's `threading.BoundedSemaphore` (row T-86). A release too many is a bug of the caller, and here it
/// shows.
///
/// Blocking, fairness, ordering, use from interrupts and cancellation are those of [`Semaphore`](crate::Semaphore). 12 bytes.
///
/// ```
/// use selvedge_core::{BoundedSemaphore, port::Spin};
///
/// static CONNECTIONS: BoundedSemaphore<Spin> = BoundedSemaphore::new(1);
///
/// {
///     let _one = CONNECTIONS.acquire();
///     assert!(CONNECTIONS.try_acquire().is_none());
/// }
/// assert!(CONNECTIONS.release(1).is_err());
/// assert_eq!(CONNECTIONS.value(), 1);
/// ```
#[repr(C)]
pub struct BoundedSemaphore<P: Port> {
    raw: RawSemaphore<P>,
    bound: u32,
}

impl<P: Port> BoundedSemaphore<P> {
    maybe_const! {
        /// A semaphore with `permits` permits, now and at most. With 0 every release fails (row T-86).
        ///
        /// # Panics
        ///
        /// If `permits` is above 2^31 - 1.
        #[track_caller]
        pub fn new(permits: u32) -> Self {
            Self { raw: RawSemaphore::new(permits), bound: permits }
        }
    }

    fn permit(&self) -> BoundedPermit<'_, P> {
        BoundedPermit { semaphore: self }
    }

    /// Waits for a permit and takes it.
    #[inline]
    pub fn acquire(&self) -> BoundedPermit<'_, P> {
        let Ok(()) = self.raw.acquire(&Forever);
        self.permit()
    }

    /// Takes a permit if there is one. Never blocks.
    #[inline]
    pub fn try_acquire(&self) -> Option<BoundedPermit<'_, P>> {
        self.raw.try_acquire().then(|| self.permit())
    }

    /// Waits for a permit, for `timeout` at most. Zero tries once; a time beyond what the clock can tell is for ever.
    ///
    /// # Errors
    ///
    /// [`TimedOut`]; no permit was taken.
    #[inline]
    pub fn acquire_timeout(&self, timeout: Duration) -> Result<BoundedPermit<'_, P>, TimedOut>
    where
        P: TimedPort,
    {
        if !self.raw.try_acquire() {
            self.raw.acquire(&Until::timeout(timeout))?;
        }
        Ok(self.permit())
    }

    /// Waits for a permit until `deadline`. A deadline that has passed tries once.
    ///
    /// # Errors
    ///
    /// [`TimedOut`]; no permit was taken.
    #[inline]
    pub fn acquire_deadline(&self, deadline: P::Instant) -> Result<BoundedPermit<'_, P>, TimedOut>
    where
        P: TimedPort,
    {
        self.raw.acquire(&Until::deadline(deadline))?;
        Ok(self.permit())
    }

    /// Waits for a permit without blocking the task that polls. Dropping the future gives up and loses nothing.
    pub fn acquire_async(&self) -> impl Future<Output = BoundedPermit<'_, P>> {
        Then::new(self.raw.acquire_async(), |()| self.permit())
    }

    /// Adds `n` permits and wakes up to `n` waiters. Never blocks.
    ///
    /// # Errors
    ///
    /// [`TooManyReleases`] if that would make more permits than at the beginning: nothing is changed and nobody woken.
    #[inline]
    pub fn release(&self, n: u32) -> Result<(), TooManyReleases> {
        if self.raw.release_bounded(n, self.bound) {
            Ok(())
        } else {
            Err(TooManyReleases)
        }
    }

    /// How many permits there are: a snapshot.
    #[inline]
    pub fn value(&self) -> u32 {
        self.raw.permits()
    }

    /// How many permits there may be.
    #[inline]
    pub fn bound(&self) -> u32 {
        self.bound
    }
}

impl<P: Port> Default for BoundedSemaphore<P> {
    /// One permit, as in Python.
    fn default() -> Self {
        Self::new(1)
    }
}

impl<P: Port> fmt::Debug for BoundedSemaphore<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BoundedSemaphore")
            .field("value", &self.value())
            .field("bound", &self.bound)
            .finish()
    }
}
