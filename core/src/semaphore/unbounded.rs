//! [`Semaphore`].

use core::fmt;
use core::future::Future;
use core::time::Duration;

use super::Permit;
use crate::error::TimedOut;
use crate::port::{Port, TimedPort};
use crate::raw::RawSemaphore;
use crate::waiters::{Forever, Then, Until};

/// A counter of permits: Python's `threading.Semaphore` (rows T-81 to T-85, T-87).
///
/// * **Blocking.** [`acquire`](Self::acquire) takes a permit if there is one; otherwise it spins for a moment and sleeps until somebody releases.
/// * **Fairness.** None: who comes by may take a permit before one that waits longer (row T-85). `n` permits released wake up to `n` waiters.
/// * **Ordering.** What a task did before [`release`](Self::release) is visible to whoever takes the permit.
/// * **From interrupts.** `release`, `try_acquire` and `value` never block; they may be called from interrupt handlers where the port's guard masks
///   interrupts: the usual way from an interrupt to a task.
/// * **Cancellation.** Dropping the future of [`acquire_async`](Self::acquire_async) loses no permit and no wake-up.
/// * **Size.** 8 bytes, no allocation, `const` constructor.
///
/// Permits come from anywhere: releasing more than was acquired makes more. To have that refused take
/// [`BoundedSemaphore`](crate::BoundedSemaphore).
///
/// ```
/// use selvedge_core::{Semaphore, port::Spin};
///
/// static TABLES: Semaphore<Spin> = Semaphore::new(2);
///
/// let first = TABLES.acquire();
/// TABLES.acquire().keep();
/// assert!(TABLES.try_acquire().is_none());
/// drop(first);
/// assert_eq!(TABLES.value(), 1);
/// TABLES.release(2);
/// assert_eq!(TABLES.value(), 3);
/// ```
#[repr(transparent)]
pub struct Semaphore<P: Port> {
    raw: RawSemaphore<P>,
}

impl<P: Port> Semaphore<P> {
    maybe_const! {
        /// A semaphore with `permits` permits; 0 is allowed (row T-81).
        ///
        /// # Panics
        ///
        /// If `permits` is above 2^31 - 1.
        #[track_caller]
        pub fn new(permits: u32) -> Self {
            Self { raw: RawSemaphore::new(permits) }
        }
    }

    fn permit(&self) -> Permit<'_, P> {
        Permit { semaphore: self }
    }

    /// Waits for a permit and takes it.
    #[inline]
    pub fn acquire(&self) -> Permit<'_, P> {
        let Ok(()) = self.raw.acquire(&Forever);
        self.permit()
    }

    /// Takes a permit if there is one. Never blocks.
    #[inline]
    pub fn try_acquire(&self) -> Option<Permit<'_, P>> {
        self.raw.try_acquire().then(|| self.permit())
    }

    /// Waits for a permit, for `timeout` at most. Zero tries once; a time beyond what the clock can tell is for ever.
    ///
    /// # Errors
    ///
    /// [`TimedOut`]; no permit was taken.
    #[inline]
    pub fn acquire_timeout(&self, timeout: Duration) -> Result<Permit<'_, P>, TimedOut>
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
    pub fn acquire_deadline(&self, deadline: P::Instant) -> Result<Permit<'_, P>, TimedOut>
    where
        P: TimedPort,
    {
        self.raw.acquire(&Until::deadline(deadline))?;
        Ok(self.permit())
    }

    /// Waits for a permit without blocking the task that polls. Dropping the future gives up and loses nothing.
    pub fn acquire_async(&self) -> impl Future<Output = Permit<'_, P>> {
        Then::new(self.raw.acquire_async(), |()| self.permit())
    }

    /// Adds `n` permits and wakes up to `n` waiters. Never blocks. 0 does nothing (Python refuses it, row T-83).
    ///
    /// # Panics
    ///
    /// If the semaphore would hold more than 2^31 - 1 permits; the count is unchanged then.
    #[inline]
    #[track_caller]
    pub fn release(&self, n: u32) {
        self.raw.release(n);
    }

    /// How many permits there are: a snapshot.
    #[inline]
    pub fn value(&self) -> u32 {
        self.raw.permits()
    }
}

impl<P: Port> Default for Semaphore<P> {
    /// One permit, as in Python.
    fn default() -> Self {
        Self::new(1)
    }
}

impl<P: Port> fmt::Debug for Semaphore<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Semaphore")
            .field("value", &self.value())
            .finish()
    }
}
