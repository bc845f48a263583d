//! Permits as guards.

use core::fmt;

use super::{BoundedSemaphore, Semaphore};
use crate::port::Port;

/// One permit of a [`Semaphore`]. Dropping it gives it back (row T-84).
#[must_use = "the permit is given back as soon as it is dropped; `keep` keeps it"]
pub struct Permit<'a, P: Port> {
    pub(super) semaphore: &'a Semaphore<P>,
}

impl<P: Port> Permit<'_, P> {
    /// Keeps the permit without a guard: it is gone until somebody calls [`Semaphore::release`].
    #[inline]
    pub fn keep(self) {
        core::mem::forget(self);
    }
}

impl<P: Port> Drop for Permit<'_, P> {
    #[inline]
    fn drop(&mut self) {
        self.semaphore.release(1);
    }
}

impl<P: Port> fmt::Debug for Permit<'_, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Permit")
            .field("semaphore", self.semaphore)
            .finish()
    }
}

/// One permit of a [`BoundedSemaphore`]. Dropping it gives it back, unless somebody released too often before: then the semaphore is full, and nothing happens.
#[must_use = "the permit is given back as soon as it is dropped; `keep` keeps it"]
pub struct BoundedPermit<'a, P: Port> {
    pub(super) semaphore: &'a BoundedSemaphore<P>,
}

impl<P: Port> BoundedPermit<'_, P> {
    /// Keeps the permit without a guard: it is gone until somebody calls [`BoundedSemaphore::release`].
    #[inline]
    pub fn keep(self) {
        core::mem::forget(self);
    }
}

impl<P: Port> Drop for BoundedPermit<'_, P> {
    #[inline]
    fn drop(&mut self) {
        let _ = self.semaphore.release(1);
    }
}

impl<P: Port> fmt::Debug for BoundedPermit<'_, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BoundedPermit")
            .field("semaphore", self.semaphore)
            .finish()
    }
}
