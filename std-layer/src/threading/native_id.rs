//! The kernel's number of a thread, published by the thread itself.

use selvedge_core::atomics::{AtomicU32, Ordering};
use selvedge_core::port::Port;

use crate::port::Native;

const UNKNOWN: u32 = 0;
/// Unknown, and somebody sleeps until it is known. No kernel gives this number to a thread.
const ASKED: u32 = u32::MAX;
/// There is no thread of the system yet, and nobody knows when there will be one: a timer that waits.
const NOBODY: u32 = u32::MAX - 1;

/// A word: 0 until the thread has looked, then its number. One role, a number; Relaxed, as nothing else is published by it.
pub(super) struct NativeId(AtomicU32);

impl NativeId {
    pub(super) const fn unknown() -> Self {
        Self(AtomicU32::new(UNKNOWN))
    }

    /// Called by the thread, once; and again by the one thread of a forked child.
    pub(super) fn publish(&self, id: u32) {
        if self.0.swap(id, Ordering::Relaxed) == ASKED {
            Native::wake(&raw const self.0, u32::MAX);
        }
    }

    /// Answers 0 to whoever asks, until there is a number.
    pub(super) fn publish_nobody(&self) {
        self.publish(NOBODY);
    }

    /// Called for a started thread: waits for the moment until it has looked.
    pub(super) fn get(&self) -> u32 {
        loop {
            let _ = self
                .0
                .compare_exchange(UNKNOWN, ASKED, Ordering::Relaxed, Ordering::Relaxed);
            match self.0.load(Ordering::Relaxed) {
                UNKNOWN => {}
                ASKED => Native::wait(&self.0, ASKED),
                NOBODY => return 0,
                id => return id,
            }
        }
    }

    /// Whoever asked is gone (the thread could not be started).
    pub(super) fn reset(&self) {
        self.0.store(UNKNOWN, Ordering::Relaxed);
    }
}
