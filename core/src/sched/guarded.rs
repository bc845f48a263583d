//! Plain memory behind a port's guard.
//!
//! # Safety
//!
//! Lends what it holds to whoever is inside the guard, and shares it between tasks; reads without the guard what is written once.
#![allow(unsafe_code, reason = "plain memory behind the guard")]

use crate::atomics::{AtomicU32, Ordering, UnsafeCell};
use crate::port::{Guard, Port};
use crate::raw::RawEvent;

/// Something that one task at a time may use, for a few instructions, also an interrupt handler where the port's guard allows that.
pub(super) struct Guarded<P: Port, V> {
    guard: P::Guard,
    /// 1 while somebody is inside. Written and read inside only: Relaxed.
    inside: AtomicU32,
    value: UnsafeCell<V>,
}

// SAFETY: the value is reached inside the guard only, by one task at a time, each of which may also take it away: `Send`.
unsafe impl<P: Port, V: Send> Sync for Guarded<P, V> {}
// SAFETY: as the value; a guard is `Send`.
unsafe impl<P: Port, V: Send> Send for Guarded<P, V> {}

impl<P: Port, V> Guarded<P, V> {
    maybe_const! {
        pub(super) fn new(value: V) -> Self {
            Self {
                #[cfg(not(loom))]
                guard: P::Guard::NEW,
                #[cfg(loom)]
                guard: P::Guard::new(),
                inside: AtomicU32::new(0),
                value: UnsafeCell::new(value),
            }
        }
    }

    /// Calls `f` inside the guard. It must not call foreign code, sleep, or enter another guard.
    ///
    /// # Panics
    ///
    /// If `f` enters the same guard again, and that is one that nests.
    #[inline]
    pub(super) fn enter<R>(&self, f: impl FnOnce(&mut V) -> R) -> R {
        struct Leave<'a, P: Port, V>(&'a Guarded<P, V>, Option<<P::Guard as Guard>::State>, u32);
        impl<P: Port, V> Drop for Leave<'_, P, V> {
            #[inline]
            fn drop(&mut self) {
                self.0.inside.store(self.2, Ordering::Relaxed);
                if let Some(state) = self.1.take() {
                    // SAFETY: the state of our own `enter`, once.
                    unsafe { self.0.guard.leave(state) };
                }
            }
        }
        let state = self.guard.enter();
        let outer = self.inside.load(Ordering::Relaxed);
        let _leave = Leave(self, Some(state), outer);
        assert!(outer == 0, "entered a guard again from inside");
        self.inside.store(1, Ordering::Relaxed);
        // SAFETY: inside the guard, nobody else reaches the value; nor does `f` by coming here again, which either never returns or panics above.
        self.value.with_mut(|value| f(unsafe { &mut *value }))
    }
}

/// A value that is written once, by whoever needs it first, and then read without the guard.
///
/// What orders reading after writing is edge `event-set` of the event that says that it is there. Nobody waits for that event.
pub(super) struct Once<P: Port, V> {
    writing: Guarded<P, ()>,
    there: RawEvent<P>,
    value: UnsafeCell<Option<V>>,
}

// SAFETY: the value is written once, inside the guard, before it is said to be there, and only read afterwards, by several tasks at a time: `Send` and `Sync`.
unsafe impl<P: Port, V: Send + Sync> Sync for Once<P, V> {}
// SAFETY: as the value.
unsafe impl<P: Port, V: Send> Send for Once<P, V> {}

impl<P: Port, V: Copy> Once<P, V> {
    maybe_const! {
        pub(super) fn new() -> Self {
            Self {
                writing: Guarded::new(()),
                there: RawEvent::new(),
                value: UnsafeCell::new(None),
            }
        }
    }

    /// The value; `make` is called, outside of the guard, if there is none yet, and perhaps for nothing.
    #[inline]
    pub(super) fn get_or(&self, make: impl FnOnce() -> V) -> V {
        match self.get() {
            Some(value) => value,
            None => self.init(make()),
        }
    }

    #[inline]
    fn get(&self) -> Option<V> {
        // SAFETY: said to be there after the only write, which therefore comes before this, and no other follows.
        (self.there.is_set()).then(|| self.value.with(|value| unsafe { *value }))?
    }

    #[cold]
    fn init(&self, new: V) -> V {
        self.writing.enter(|()| {
            if let Some(value) = self.get() {
                return value;
            }
            // SAFETY: inside the guard, and not there yet: nobody else writes, and nobody reads.
            self.value.with_mut(|value| unsafe { *value = Some(new) });
            self.there.set();
            new
        })
    }
}
