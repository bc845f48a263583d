//! How many tasks of a scope are under way.
//!
//! One word: twice the number of tasks, and one more while the scope's thread sleeps on it. Who takes the last task off wakes by address, and does not look at the word again: it may be gone.
//!
//! **Orderings.** Taking a task off releases what the task did, and the wait for zero acquires it (edge `scope-done`); since every change is a read-modify-write, zero is seen after all of them.
//!
//! # Safety
//!
//! [`Ticket`] points to the count of a scope, by the promise of [`Count::ticket`].
#![allow(
    unsafe_code,
    reason = "points into the frame of a call that waits for it"
)]

use std::ptr::NonNull;

use selvedge_core::atomics::{AtomicU32, Ordering};
use selvedge_core::port::{Port, Relax};

use crate::port::Native;

const ASLEEP: u32 = 1;
const TASK: u32 = 2;

/// So many tasks under way.
pub(super) struct Count(AtomicU32);

/// One of them, until it is dropped.
pub(super) struct Ticket(NonNull<Count>);

// SAFETY: a pointer to an atomic.
unsafe impl Send for Ticket {}
// SAFETY: as above.
unsafe impl Sync for Ticket {}

impl Count {
    pub(super) fn new() -> Self {
        Self(AtomicU32::new(0))
    }

    /// Counts a task.
    ///
    /// # Safety
    ///
    /// The count stays where it is until [`wait`](Self::wait) has returned, and that is called before it goes.
    pub(super) unsafe fn ticket(&self) -> Ticket {
        let before = self.0.fetch_add(TASK, Ordering::Relaxed);
        if before > u32::MAX / 2 {
            // As many tasks as there is memory for are leaked: a wrapped count would be unsound.
            std::process::abort();
        }
        Ticket(NonNull::from(self))
    }

    /// Waits until there is none.
    pub(super) fn wait(&self) {
        let mut turn = 0;
        // edge: scope-done
        while self.0.load(Ordering::Acquire) >= TASK {
            if <<Native as Port>::Relax as Relax>::answer_turn(turn) {
                turn += 1;
                continue;
            }
            let now = self.0.fetch_or(ASLEEP, Ordering::Relaxed) | ASLEEP;
            if now >= TASK {
                Native::wait(&self.0, now);
            }
        }
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        // SAFETY: this task is counted, so the scope waits.
        let word = unsafe { &raw const (*self.0.as_ptr()).0 };
        // edge: scope-done
        // SAFETY: as above; it is not looked at after this.
        if unsafe { &*word }.fetch_sub(TASK, Ordering::Release) == TASK | ASLEEP {
            Native::wake(word, u32::MAX);
        }
    }
}
