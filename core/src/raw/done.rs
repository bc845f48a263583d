//! How many tasks of a queue are done: a cursor that stays behind its tail.
//!
//! # Why a cursor
//!
//! The tail counts what was put, so nothing is to be counted at a put; a report moves this one on. It has the encoding of the tail, whatever that is.
//!
//! # Orderings
//!
//! Edge `task-done`: every report (Release, a chain of read-modify-writes) to whoever sees that all is done (Acquire). It also carries what the reporter knew of the tail, so that this cursor is never compared with a tail that is older than itself.
//!
//! A report is also the change that joiners wait for, by edge `claimed-or-listed` (`event_count.rs`): sequentially consistent.

use crate::atomics::{AtomicUsize, after_rmw, edge};
use crate::queue::TooManyTasksDone;

/// So many are done.
pub(super) struct Done(AtomicUsize);

impl Done {
    maybe_const! {
        /// None is done; `start` is where the tail is.
        pub(super) fn new(start: usize) -> Self {
            Self(AtomicUsize::new(start))
        }
    }

    /// Counts one more as done, and says whether that was the last. `tail` loads the tail, at least Relaxed; `next` is the position after another.
    pub(super) fn report(
        &self,
        tail: impl Fn() -> usize,
        next: impl Fn(usize) -> usize,
    ) -> Result<bool, TooManyTasksDone> {
        let mut done = self.0.load(edge!("task-done", Acquire));
        loop {
            let tail = tail();
            if done == tail {
                return Err(TooManyTasksDone);
            }
            let after = next(done);
            match self.0.compare_exchange_weak(
                done,
                after,
                edge!("task-done", "claimed-or-listed", SeqCst),
                edge!("task-done", Acquire),
            ) {
                Ok(_) => {
                    after_rmw(edge!("claimed-or-listed"));
                    return Ok(after == tail);
                }
                Err(now) => done = now,
            }
        }
    }

    /// Where it is. To be loaded before the tail that it is compared with.
    pub(super) fn look(&self) -> usize {
        self.0.load(edge!("task-done", "claimed-or-listed", SeqCst))
    }
}
