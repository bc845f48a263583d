//! Locks that a condition can release in the middle and take again.
//!
//! # Safety
//!
//! Declares the `unsafe trait` and implements it for the raw locks.
#![allow(unsafe_code, reason = "an unsafe trait and its implementations")]

use super::{RawLock, RawRLock};
use crate::port::{Identity, Port};

/// A lock with one inner [`RawLock`] that can be let go entirely and taken again.
///
/// # Safety
///
/// `suspend` releases `raw_lock`; after the caller has taken that again, `resume` puts back what was suspended.
pub unsafe trait Suspend<P: Port> {
    /// What `resume` must put back.
    type Saved: Copy + Send;

    /// The lock underneath.
    fn raw_lock(&self) -> &RawLock<P>;

    /// What there is to put back.
    ///
    /// # Safety
    ///
    /// The caller holds the lock.
    unsafe fn saved(&self) -> Self::Saved;

    /// Releases the lock, every level of it. If a waker panics, it has been released all the same.
    ///
    /// # Safety
    ///
    /// The caller holds it.
    unsafe fn suspend(&self);

    /// Puts the levels back.
    ///
    /// # Safety
    ///
    /// The caller has taken [`raw_lock`](Suspend::raw_lock), and `saved` is what it had before its own `suspend`.
    unsafe fn resume(&self, saved: Self::Saved);
}

// SAFETY: the lock itself.
unsafe impl<P: Port> Suspend<P> for RawLock<P> {
    type Saved = ();

    #[inline]
    fn raw_lock(&self) -> &RawLock<P> {
        self
    }

    #[inline]
    unsafe fn saved(&self) {}

    #[inline]
    unsafe fn suspend(&self) {
        // Checked: a lock without data may have been released by anybody in this very moment.
        self.release_any();
    }

    #[inline]
    unsafe fn resume(&self, (): ()) {}
}

// SAFETY: all levels are saved and put back; the inner lock is released and taken.
unsafe impl<P: Port + Identity> Suspend<P> for RawRLock<P> {
    type Saved = u32;

    #[inline]
    fn raw_lock(&self) -> &RawLock<P> {
        self.lock()
    }

    unsafe fn saved(&self) -> u32 {
        self.level()
    }

    unsafe fn suspend(&self) {
        // SAFETY: the caller owns it.
        unsafe { self.release_all() };
    }

    unsafe fn resume(&self, saved: u32) {
        // SAFETY: the caller holds the inner lock.
        unsafe { self.adopt(saved) };
    }
}
