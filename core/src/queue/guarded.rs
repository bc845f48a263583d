//! A value behind a port's guard: the storage of queues that are no rings.
//!
//! # Why a guard, and what may be called inside
//!
//! A stack or a heap has no slots that producers and consumers could claim one by one, so an operation needs the whole of it for a moment. Behind the port's [`Guard`] that moment is safe from interrupts
//! where the guard masks them, and so puts and gets that do not wait are callable from handlers, as those of the rings are.
//!
//! Inside run moves of items and, in a priority queue only, the items' `Ord::cmp`, which is foreign code. It may panic: the guard is left all the same. And it may call the queue that is comparing. Where the guard
//! is a lock, that never returns, as with every lock that is not reentrant. Where it is a critical section, which nests, it would reach the value a second time: the busy mark finds that, and the inner call
//! panics before it touches anything.
//!
//! # Safety
//!
//! The value is reached inside the guard only, which keeps others out, and only where the busy mark was down, which keeps out those that are inside already.
#![allow(unsafe_code, reason = "the value is plain memory behind the guard")]

use crate::atomics::UnsafeCell;
use crate::port::Guard;

/// See the top of this file.
pub(super) struct Guarded<G: Guard, T> {
    guard: G,
    busy: UnsafeCell<bool>,
    value: UnsafeCell<T>,
}

// SAFETY: the value is used by one at a time, wherever that one runs.
unsafe impl<G: Guard, T: Send> Sync for Guarded<G, T> {}
// SAFETY: as above.
unsafe impl<G: Guard, T: Send> Send for Guarded<G, T> {}

/// Leaves the guard.
struct Leave<'a, G: Guard>(&'a G, Option<G::State>);

impl<G: Guard> Drop for Leave<'_, G> {
    fn drop(&mut self) {
        if let Some(state) = self.1.take() {
            // SAFETY: the state of our own `enter`, once.
            unsafe { self.0.leave(state) };
        }
    }
}

/// Takes the busy mark down.
struct Busy<'a>(&'a UnsafeCell<bool>);

impl<'a> Busy<'a> {
    /// Puts it up.
    ///
    /// # Safety
    ///
    /// The caller is inside the guard, and stays until this is dropped.
    #[track_caller]
    unsafe fn new(mark: &'a UnsafeCell<bool>) -> Self {
        // SAFETY: inside the guard, and nobody keeps a reference to it.
        let before = mark.with_mut(|mark| unsafe { core::mem::replace(&mut *mark, true) });
        assert!(
            !before,
            "the comparison of two items called the queue that compares them"
        );
        Self(mark)
    }
}

impl Drop for Busy<'_> {
    fn drop(&mut self) {
        // SAFETY: inside the guard still, by the contract of `new`.
        self.0.with_mut(|mark| unsafe { *mark = false });
    }
}

impl<G: Guard, T> Guarded<G, T> {
    #[cfg(not(loom))]
    pub(super) const fn new(value: T) -> Self {
        Self {
            guard: G::NEW,
            busy: UnsafeCell::new(false),
            value: UnsafeCell::new(value),
        }
    }

    #[cfg(loom)]
    pub(super) fn new(value: T) -> Self {
        Self {
            guard: G::new(),
            busy: UnsafeCell::new(false),
            value: UnsafeCell::new(value),
        }
    }

    /// Calls `f` inside the guard.
    ///
    /// # Panics
    ///
    /// If it is called by `f` of the same value, and the guard nests.
    #[track_caller]
    pub(super) fn with<R>(&self, f: impl FnOnce(&mut T) -> R) -> R {
        let _leave = Leave(&self.guard, Some(self.guard.enter()));
        // SAFETY: inside the guard, and dropped before it is left.
        let _busy = unsafe { Busy::new(&self.busy) };
        // SAFETY: nobody else is inside, and we are not a second time.
        self.value.with_mut(|value| f(unsafe { &mut *value }))
    }
}
