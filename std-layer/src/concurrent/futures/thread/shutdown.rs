//! The end of a pool (rows F-08, F-09, F-19, F-20, F-22).
//!
//! First the gate is closed, so that nobody begins to submit; then the places, so that those who are about to put a task are refused; then nobody falls asleep any more, and all who sleep are woken. A worker that finds nothing in the closed places ends; what was put before is run first. A task
//! that is put into a worker's own deque at that moment is put by the worker itself, which looks there before it ends.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use super::shared::{FORKED, OPEN, SHUT, Shared};
use crate::concurrent::futures::executor::{Shutdown, StillRunning};
use crate::threading::ThreadRef;

impl Shared {
    /// Takes nothing any more; what is there is run.
    pub(super) fn close(self: &Arc<Self>) {
        self.places.close();
        self.idle.stop();
        if let Some(room) = &self.room {
            room.close();
        }
    }

    /// Closes it for a reason, unless it is closed.
    pub(super) fn close_for(self: &Arc<Self>, gate: u8) {
        let was_open = self
            .gate
            .compare_exchange(OPEN, gate, Ordering::AcqRel, Ordering::Relaxed)
            .is_ok();
        if was_open {
            self.close();
        }
    }

    /// Whether it takes nothing any more, and nothing is left.
    pub(super) fn is_over(&self) -> bool {
        self.places.is_closed() && !self.places.is_any()
    }

    /// Whether this process has the workers.
    pub(super) fn is_here(&self) -> bool {
        self.gate.load(Ordering::Acquire) != FORKED
    }

    /// Cancels what has not begun; how many that were.
    pub(super) fn cancel_queued(&self) -> usize {
        self.clear(crate::concurrent::futures::task::TaskRef::cancel)
    }

    pub(super) fn shutdown(self: &Arc<Self>, how: Shutdown) {
        if !self.is_here() {
            return;
        }
        self.close_for(SHUT);
        if how.cancel_futures {
            self.cancel_queued();
        }
        // A worker cannot wait for its own end (row F-19), nor for that of others who might wait for its.
        if how.wait && !self.is_current() {
            let _ = self.join(None);
        }
    }

    /// Shuts down, waits, cancels half way.
    pub(super) fn shutdown_deadline(
        self: &Arc<Self>,
        deadline: Instant,
    ) -> Result<(), StillRunning> {
        if !self.is_here() {
            return Ok(());
        }
        self.close_for(SHUT);
        if self.is_current() {
            return Err(self.still_running(0));
        }
        let now = Instant::now();
        let half = now + deadline.saturating_duration_since(now) / 2;
        if self.join(Some(half)) {
            return Ok(());
        }
        let cancelled = self.cancel_queued();
        if self.join(Some(deadline)) {
            return Ok(());
        }
        Err(self.still_running(cancelled))
    }

    fn still_running(&self, cancelled: usize) -> StillRunning {
        StillRunning {
            running: self.running(),
            cancelled,
        }
    }

    /// Waits until all threads are gone and nothing is left; false if the time is up before.
    fn join(self: &Arc<Self>, deadline: Option<Instant>) -> bool {
        loop {
            let (live, is_over, threads) = {
                let mut roster = self.roster.lock();
                (roster.live, self.is_over(), roster.threads())
            };
            for thread in &threads {
                if !joined(thread, deadline) {
                    return false;
                }
            }
            if live == 0 && is_over {
                return true;
            }
            if live == 0 {
                // Somebody has put a task and not yet started the worker for it.
                self.grow();
            }
        }
    }
}

/// Waits for the end of a thread; false if the time is up before.
fn joined(thread: &ThreadRef, deadline: Option<Instant>) -> bool {
    match deadline {
        // It is over, or the caller is that thread or inside its end: there is nothing to wait for.
        None => {
            let _ = thread.join();
            true
        }
        Some(deadline) => {
            use crate::threading::JoinTimeoutError;
            !matches!(
                thread.join_deadline(deadline),
                Err(JoinTimeoutError::TimedOut)
            )
        }
    }
}
