//! The end of a thread, as others wait for it.

use std::time::{Duration, Instant};

use selvedge_core::atomics::{AtomicU32, Ordering};
use selvedge_core::port::{Port, TimedPort};

use super::sync::{Event, TimedOut};
use crate::port::Native;

const RUNNING: u32 = 0;
/// Running, and somebody sleeps on the word, or is about to.
const AWAITED: u32 = 1;
const OVER: u32 = 2;

/// A word for threads that wait, an event for tasks that do.
///
/// An [`Event`] alone would do, but its waiters look around for a while before they sleep, for an answer that may come at once. The end of a thread
/// does not come at once, and the processor that is kept busy so is the one the thread needs.
///
/// One edge, `thread-over`: [`Done::set`] (Release) to whoever sees `OVER` (Acquire).
pub(super) struct Done {
    word: AtomicU32,
    tasks: Event,
}

impl Done {
    pub(super) const fn new() -> Self {
        Self {
            word: AtomicU32::new(RUNNING),
            tasks: Event::new(),
        }
    }

    pub(super) fn set(&self) {
        // edge: thread-over
        if self.word.swap(OVER, Ordering::Release) == AWAITED {
            Native::wake(&raw const self.word, u32::MAX);
        }
        self.tasks.set();
    }

    /// Whether to sleep on `AWAITED`.
    fn announce(&self) -> bool {
        // edge: thread-over
        match self
            .word
            .compare_exchange(RUNNING, AWAITED, Ordering::Acquire, Ordering::Acquire)
        {
            Ok(_) => true,
            Err(word) => word == AWAITED,
        }
    }

    pub(super) fn wait(&self) {
        while self.announce() {
            Native::wait(&self.word, AWAITED);
        }
    }

    pub(super) fn wait_timeout(&self, timeout: Duration) -> Result<(), TimedOut> {
        match Instant::now().checked_add(timeout) {
            Some(deadline) => self.wait_deadline(deadline),
            None => {
                self.wait();
                Ok(())
            }
        }
    }

    pub(super) fn wait_deadline(&self, deadline: Instant) -> Result<(), TimedOut> {
        while self.announce() {
            if Instant::now() >= deadline {
                return Err(TimedOut);
            }
            Native::wait_until(&self.word, AWAITED, deadline);
        }
        Ok(())
    }

    pub(super) async fn wait_async(&self) {
        self.tasks.wait_async().await;
    }
}
