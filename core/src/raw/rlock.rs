//! The reentrant lock: a lock, its owner and how often the owner has it.
//!
//! # The words
//!
//! `lock` is a [`RawLock`]. `owner` is the identity of its holder, 0 for none, and `level` how often the holder has acquired it; both are written by the
//! holder of `lock` only.
//!
//! # Orderings
//!
//! All Relaxed. A task compares `owner` with its own identity: it can read that value only if it wrote it itself and has not cleared it since (identities are unique among live tasks,
//! [`Identity`](crate::port::Identity)), and a task sees its own writes in order. Any other value, fresh or stale, means "not mine". `level` is touched by the owner alone. Data are published by the edge
//! `released` of `lock`.
//!
//! # Safety
//!
//! Releases the inner lock, whose contract is that the caller holds it: `owner` proves it.
#![allow(
    unsafe_code,
    reason = "releases the inner lock, which the caller is proved to own"
)]

use crate::atomics::{AtomicU32, AtomicUsize, Ordering};
use crate::error::NotOwner;
use crate::port::{Identity, Port};
use crate::raw::RawLock;
use crate::waiters::Limit;

/// A reentrant lock without data or guard; 12 bytes where pointers have 4.
#[repr(C)]
pub struct RawRLock<P: Port> {
    lock: RawLock<P>,
    level: AtomicU32,
    owner: AtomicUsize,
}

impl<P: Port> RawRLock<P> {
    maybe_const! {
        /// A free lock.
        pub fn new() -> Self {
            Self { lock: RawLock::new(), level: AtomicU32::new(0), owner: AtomicUsize::new(0) }
        }
    }

    /// Whether somebody holds it: a snapshot.
    #[inline]
    pub fn is_locked(&self) -> bool {
        self.lock.is_locked()
    }

    pub(crate) fn lock(&self) -> &RawLock<P> {
        &self.lock
    }
}

impl<P: Port + Identity> RawRLock<P> {
    /// How often the caller has it; 0 if it does not own it.
    #[inline]
    pub fn level(&self) -> u32 {
        if self.is_owned() {
            self.level.load(Ordering::Relaxed)
        } else {
            0
        }
    }

    /// Whether the caller owns it.
    #[inline]
    pub fn is_owned(&self) -> bool {
        self.owner.load(Ordering::Relaxed) == P::current().get()
    }

    /// Counts one level up if the caller owns the lock.
    #[inline]
    fn nest(&self, me: usize) -> bool {
        if self.owner.load(Ordering::Relaxed) != me {
            return false;
        }
        match self.level.load(Ordering::Relaxed).checked_add(1) {
            Some(level) => self.level.store(level, Ordering::Relaxed),
            None => overflow(),
        }
        true
    }

    #[inline]
    fn own(&self, me: usize, level: u32) {
        self.owner.store(me, Ordering::Relaxed);
        self.level.store(level, Ordering::Relaxed);
    }

    /// Takes it if it is free or the caller's.
    ///
    /// # Panics
    ///
    /// If the caller has it 2^32 - 1 times already.
    #[inline]
    pub fn try_acquire(&self) -> bool {
        let me = P::current().get();
        if self.nest(me) {
            return true;
        }
        let taken = self.lock.try_acquire();
        if taken {
            self.own(me, 1);
        }
        taken
    }

    #[inline]
    pub(crate) fn acquire<L: Limit<P>>(&self, limit: &L) -> Result<(), L::Expired> {
        let me = P::current().get();
        if !self.nest(me) {
            self.lock.acquire(limit)?;
            self.own(me, 1);
        }
        Ok(())
    }

    /// Makes the caller, who holds the inner lock, its owner at `level`.
    ///
    /// # Safety
    ///
    /// The caller holds the inner lock, and nobody owns it.
    pub(crate) unsafe fn adopt(&self, level: u32) {
        self.own(P::current().get(), level);
    }

    /// Goes one level down, and releases the lock at the last.
    ///
    /// # Errors
    ///
    /// [`NotOwner`] if the caller does not own it; nothing happened.
    #[inline]
    pub fn release(&self) -> Result<(), NotOwner> {
        if !self.is_owned() {
            return Err(NotOwner);
        }
        let level = self.level.load(Ordering::Relaxed) - 1;
        self.level.store(level, Ordering::Relaxed);
        if level == 0 {
            self.owner.store(0, Ordering::Relaxed);
            // SAFETY: the owner holds it.
            unsafe { self.lock.release() };
        }
        Ok(())
    }

    /// Releases all levels (row T-68).
    ///
    /// # Safety
    ///
    /// The caller owns the lock.
    pub(crate) unsafe fn release_all(&self) {
        self.own(0, 0);
        // SAFETY: the owner holds it.
        unsafe { self.lock.release() };
    }
}

#[cold]
fn overflow() -> ! {
    panic!("a reentrant lock is held at most 2^32 - 1 times");
}

impl<P: Port> Default for RawRLock<P> {
    fn default() -> Self {
        Self::new()
    }
}

impl<P: Port> core::fmt::Debug for RawRLock<P> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("RawRLock")
            .field("locked", &self.is_locked())
            .field("owner", &self.owner.load(Ordering::Relaxed))
            .field("level", &self.level.load(Ordering::Relaxed))
            .finish()
    }
}
