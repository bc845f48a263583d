//! Wake-ups that were decided inside the guard and are carried out after it.
//!
//! Nearly always it is one, and then the room for the others must cost nothing: it is neither filled nor looked at nor moved.
//!
//! # Safety
//!
//! Of `wakes` those from `done` to `filled` are there. `filled` goes up after one was written, `done` goes up before one is carried out.
#![allow(
    unsafe_code,
    reason = "room that is mostly not used is not initialised"
)]

use core::mem::MaybeUninit;

use super::node::Wake;
use crate::port::Port;

const ROOM: usize = 8;

/// A few pending wake-ups. Dropping it carries out what is left.
pub(crate) struct Batch<P: Port> {
    wakes: [MaybeUninit<Wake<P>>; ROOM],
    done: usize,
    filled: usize,
}

impl<P: Port> Batch<P> {
    #[inline]
    pub(crate) fn new() -> Self {
        Self {
            wakes: [const { MaybeUninit::uninit() }; ROOM],
            done: 0,
            filled: 0,
        }
    }

    /// Whether the guard is to be left now.
    pub(crate) fn is_full(&self) -> bool {
        self.filled == if P::SHORT_SECTIONS { 1 } else { ROOM }
    }

    /// Adds one; the caller has asked [`is_full`](Self::is_full).
    pub(crate) fn push(&mut self, wake: Wake<P>) {
        if !matches!(wake, Wake::Done) {
            self.push_even_if_done(wake);
        }
    }

    /// Adds one that counts towards being full in any case, for loops that take fullness to mean that there may be more.
    #[inline]
    pub(crate) fn push_even_if_done(&mut self, wake: Wake<P>) {
        self.wakes[self.filled].write(wake);
        self.filled += 1;
    }

    /// The oldest that is there.
    fn pop(&mut self) -> Option<Wake<P>> {
        if self.done == self.filled {
            return None;
        }
        let oldest = self.done;
        self.done += 1;
        // SAFETY: it was there, and does not count as such any more.
        Some(unsafe { self.wakes[oldest].assume_init_read() })
    }

    /// Carries them out, oldest first. If a waker panics, the others of the batch are woken all the same, by the drop of the batch, and `rest` is called before that to wake those that are still listed.
    #[inline]
    pub(crate) fn run(&mut self, rest: impl FnOnce()) {
        let on_unwind = OnUnwind::new(rest);
        self.run_all();
        on_unwind.defuse();
    }

    fn run_all(&mut self) {
        while let Some(wake) = self.pop() {
            wake.run();
        }
    }
}

impl<P: Port> Drop for Batch<P> {
    #[inline]
    fn drop(&mut self) {
        self.run_all();
    }
}

/// Calls a function when it is dropped by an unwind: what must be done even if a waker panics.
pub(crate) struct OnUnwind<F: FnOnce()>(Option<F>);

impl<F: FnOnce()> OnUnwind<F> {
    pub(crate) fn new(f: F) -> Self {
        Self(Some(f))
    }

    /// No unwind came.
    pub(crate) fn defuse(mut self) {
        self.0 = None;
    }
}

impl<F: FnOnce()> Drop for OnUnwind<F> {
    fn drop(&mut self) {
        if let Some(f) = self.0.take() {
            f();
        }
    }
}
