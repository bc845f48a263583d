//! The kernel's number of a thread, published by the thread itself.

use selvedge_core::atomics::{AtomicU32, Ordering};
use selvedge_core::port::Port;

use crate::port::Native;

const UNKNOWN: u32 = 0;
/// Unknown, and somebody sleeps until it is known. No kernel gives this number to a thread.
const ASKED: u32 = u32::MAX;
/// There is no thread of the system yet, and nobody knows when there will be one: a timer that waits.
const NOBODY: u32 = u32::MAX - 1;

/// A word: 0 until the thread has looked, then its number.
///
/// The number needs no ordering. Release and Acquire are for [`NativeId::reset`]: who comes to this word after it sees the state that was written before it, and does not go to sleep.
pub(super) struct NativeId(AtomicU32);

impl NativeId {
    pub(super) const fn unknown() -> Self {
        Self(AtomicU32::new(UNKNOWN))
    }

    /// Called by the thread, once; and again by the one thread of a forked child.
    pub(super) fn publish(&self, id: u32) {
        if self.0.swap(id, Ordering::Release) == ASKED {
            Native::wake(&raw const self.0, u32::MAX);
        }
    }

    /// Answers 0 to whoever asks, until there is a number.
    pub(super) fn publish_nobody(&self) {
        self.publish(NOBODY);
    }

    /// Called for a started thread: waits for the moment until it has looked, as long as it is `coming`.
    pub(super) fn get(&self, coming: impl Fn() -> bool) -> Option<u32> {
        loop {
            let word =
                self.0
                    .compare_exchange(UNKNOWN, ASKED, Ordering::Acquire, Ordering::Acquire);
            match word {
                Err(NOBODY) => return Some(0),
                Err(id) if id != ASKED => return Some(id),
                _ if !coming() => return None,
                _ => Native::wait(&self.0, ASKED),
            }
        }
    }

    /// It is not coming: the thread could not be started.
    pub(super) fn reset(&self) {
        self.publish(UNKNOWN);
    }
}
