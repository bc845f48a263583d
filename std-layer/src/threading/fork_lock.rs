//! A lock around a few fields of this crate that can be held through a `fork`.
//!
//! Nothing foreign runs while it is held: no destructor of a user's value, no hook, no waker. So it is never wanted by its own holder, and the handlers of
//! `fork` can wait for it.
//!
//! # Safety
//!
//! The data is touched between taking and releasing the lock only. [`ForkLock::renew`] is for the one thread of a forked child, which holds the lock.
#![allow(
    unsafe_code,
    reason = "data behind a lock that a forked child can renew"
)]

use std::cell::UnsafeCell;
use std::ops::{Deref, DerefMut};

use super::sync::{Lock, LockGuard};

pub(crate) struct ForkLock<T> {
    lock: UnsafeCell<Lock>,
    data: UnsafeCell<T>,
}

// SAFETY: the data is handed from thread to thread by the lock, which may be used from all of them.
unsafe impl<T: Send> Sync for ForkLock<T> {}

pub(crate) struct ForkLockGuard<'a, T> {
    data: &'a mut T,
    _lock: LockGuard<'a>,
}

impl<T> ForkLock<T> {
    pub(crate) const fn new(data: T) -> Self {
        Self {
            lock: UnsafeCell::new(Lock::new()),
            data: UnsafeCell::new(data),
        }
    }

    fn raw(&self) -> &Lock {
        // SAFETY: written to by `renew` only, when there is no other thread and no guard.
        unsafe { &*self.lock.get() }
    }

    pub(crate) fn lock(&self) -> ForkLockGuard<'_, T> {
        let lock = self.raw().acquire();
        ForkLockGuard {
            // SAFETY: the lock is held as long as the guard lives.
            data: unsafe { &mut *self.data.get() },
            _lock: lock,
        }
    }

    #[cfg(unix)]
    /// Before a fork: takes the lock and keeps it.
    pub(crate) fn hold(&self) {
        self.raw().acquire().keep();
    }

    #[cfg(unix)]
    /// After a fork, in the parent.
    pub(crate) fn let_go(&self) {
        let _ = self.raw().release();
    }

    #[cfg(unix)]
    /// After a fork, in the child: changes the data and makes the lock new; whoever waited for it is not here.
    ///
    /// # Safety
    ///
    /// The caller is the only thread, and took the lock by [`hold`](ForkLock::hold) before, unless there is no data that somebody could have been in the middle of changing.
    pub(crate) unsafe fn renew(&self, change: impl FnOnce(&mut T)) {
        // SAFETY: held by the caller, and there is nobody else.
        change(unsafe { &mut *self.data.get() });
        // SAFETY: the same; a lock has no destructor that would be missed.
        unsafe { self.lock.get().write(Lock::new()) };
    }
}

impl<T> Deref for ForkLockGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.data
    }
}

impl<T> DerefMut for ForkLockGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        self.data
    }
}
