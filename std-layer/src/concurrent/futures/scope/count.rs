//! How many tasks of a scope are under way, and whether something happened that nobody else hears of.
//!
//! The first is one word: twice the number of tasks, and one more while the scope's thread sleeps on it. Who takes the last task off wakes by address, and does not look at the word again: it may be gone.
//!
//! **Orderings.** Taking a task off releases what the task did, and the wait for zero acquires it (edge `scope-done`); since every change is a read-modify-write, zero is seen after all of them. The other word has one role, what to say at the end: it is changed before the ticket goes and read after the wait, so Relaxed.
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

const PANICKED: u32 = 1;
const LOST: u32 = 2;

/// So many tasks under way.
pub(super) struct Count {
    tasks: AtomicU32,
    /// Whether a task panicked, and twice the number of those that were not run.
    news: AtomicU32,
}

/// What is to be said when all tasks are gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum News {
    /// Nothing.
    Good,
    /// A task panicked.
    Panicked,
    /// A task was not run.
    Lost,
}

/// One of them, until it is dropped.
pub(super) struct Ticket(NonNull<Count>);

// SAFETY: a pointer to an atomic.
unsafe impl Send for Ticket {}
// SAFETY: as above.
unsafe impl Sync for Ticket {}

impl Count {
    pub(super) fn new() -> Self {
        Self {
            tasks: AtomicU32::new(0),
            news: AtomicU32::new(0),
        }
    }

    /// After the [wait](Self::wait).
    pub(super) fn news(&self) -> News {
        match self.news.load(Ordering::Relaxed) {
            0 => News::Good,
            news if news & PANICKED != 0 => News::Panicked,
            _ => News::Lost,
        }
    }

    /// Whoever submitted it hears that it was not run.
    pub(super) fn unlose(&self) {
        self.news.fetch_sub(LOST, Ordering::Relaxed);
    }

    /// Counts a task.
    ///
    /// # Safety
    ///
    /// The count stays where it is until [`wait`](Self::wait) has returned, and that is called before it goes.
    pub(super) unsafe fn ticket(&self) -> Ticket {
        let before = self.tasks.fetch_add(TASK, Ordering::Relaxed);
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
        while self.tasks.load(Ordering::Acquire) >= TASK {
            if <<Native as Port>::Relax as Relax>::answer_turn(turn) {
                turn += 1;
                continue;
            }
            let now = self.tasks.fetch_or(ASLEEP, Ordering::Relaxed) | ASLEEP;
            if now >= TASK {
                Native::wait(&self.tasks, now);
            }
        }
    }
}

impl Ticket {
    fn note(&self, news: impl FnOnce(&AtomicU32)) {
        // SAFETY: this task is counted, so the scope waits.
        news(unsafe { &self.0.as_ref().news });
    }

    /// A task panicked, and nobody has heard of it.
    pub(super) fn note_panic(&self) {
        self.note(|news| _ = news.fetch_or(PANICKED, Ordering::Relaxed));
    }

    /// A task was dropped that nobody has run.
    pub(super) fn note_loss(&self) {
        self.note(|news| _ = news.fetch_add(LOST, Ordering::Relaxed));
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        // SAFETY: this task is counted, so the scope waits.
        let word = unsafe { &raw const (*self.0.as_ptr()).tasks };
        // edge: scope-done
        // SAFETY: as above; it is not looked at after this.
        if unsafe { &*word }.fetch_sub(TASK, Ordering::Release) == TASK | ASLEEP {
            Native::wake(word, u32::MAX);
        }
    }
}
