//! The end of a thread, as others wait for it.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;
use std::time::Instant;

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

    /// The thread is not coming after all: those who wait look again whether they should.
    pub(super) fn reset(&self) {
        if self.word.swap(RUNNING, Ordering::Release) == AWAITED {
            Native::wake(&raw const self.word, u32::MAX);
        }
        self.tasks.set();
        self.tasks.clear();
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

    /// Waits, as long as the thread is `coming` or running.
    pub(super) fn wait(&self, coming: impl Fn() -> bool) {
        while self.announce() && coming() {
            Native::wait(&self.word, AWAITED);
        }
    }

    /// As [`wait`](Self::wait), until a deadline; `None` lies beyond what the clock can tell.
    pub(super) fn wait_until(
        &self,
        deadline: Option<Instant>,
        coming: impl Fn() -> bool,
    ) -> Result<(), TimedOut> {
        let Some(deadline) = deadline else {
            self.wait(coming);
            return Ok(());
        };
        while self.announce() && coming() {
            if Instant::now() >= deadline {
                return Err(TimedOut);
            }
            Native::wait_until(&self.word, AWAITED, deadline);
        }
        Ok(())
    }

    /// As [`wait`](Self::wait), for tasks. It looks whether the thread is coming only when it is among the waiters of the event: a `reset` before is seen, one after wakes it.
    pub(super) async fn wait_async(&self, coming: impl Fn() -> bool) {
        let mut event = pin!(self.tasks.wait_async());
        poll_fn(|context| match event.as_mut().poll(context) {
            Poll::Pending if coming() => Poll::Pending,
            _ => Poll::Ready(()),
        })
        .await;
    }
}
