//! Wake-ups that were decided inside the guard and are carried out after it.

use super::node::Wake;
use crate::port::Port;

const ROOM: usize = 8;

/// A few pending wake-ups. Dropping it carries out what is left.
pub(crate) struct Batch<P: Port> {
    wakes: [Wake<P>; ROOM],
    filled: usize,
}

impl<P: Port> Batch<P> {
    pub(crate) fn new() -> Self {
        Self {
            wakes: [const { Wake::Done }; ROOM],
            filled: 0,
        }
    }

    pub(crate) fn is_full(&self) -> bool {
        self.filled == ROOM
    }

    /// Adds one; the caller has asked [`is_full`](Self::is_full).
    pub(crate) fn push(&mut self, wake: Wake<P>) {
        if !matches!(wake, Wake::Done) {
            self.wakes[self.filled] = wake;
            self.filled += 1;
        }
    }

    /// Adds one that counts towards being full in any case, for loops that take fullness to mean that there may be more.
    pub(crate) fn push_even_if_done(&mut self, wake: Wake<P>) {
        self.wakes[self.filled] = wake;
        self.filled += 1;
    }

    fn pop(&mut self) -> Option<Wake<P>> {
        self.filled = self.filled.checked_sub(1)?;
        Some(core::mem::replace(&mut self.wakes[self.filled], Wake::Done))
    }

    /// Carries them out, oldest first. If a waker panics, the others of the batch are woken all the same, and `rest` is called to wake those that are still listed.
    pub(crate) fn run(mut self, rest: impl FnOnce()) {
        let on_unwind = OnUnwind::new(rest);
        self.run_all();
        on_unwind.defuse();
    }

    fn run_all(&mut self) {
        self.wakes[..self.filled].reverse();
        while let Some(wake) = self.pop() {
            wake.run();
        }
    }
}

impl<P: Port> Drop for Batch<P> {
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
