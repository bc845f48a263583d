//! Counters: what a pool is doing and has done.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use selvedge_core::queue::Store;

use super::shared::Shared;

/// What one worker counts. Only the worker itself writes, so it is no more than a load and a store each; anybody may read.
#[derive(Default)]
pub(super) struct Counters {
    begun: AtomicU64,
    done: AtomicU64,
    stolen: AtomicU64,
    helped: AtomicU64,
    slept: AtomicU64,
    idle_nanos: AtomicU64,
}

#[inline]
fn add(counter: &AtomicU64, n: u64) {
    counter.store(
        counter.load(Ordering::Relaxed).wrapping_add(n),
        Ordering::Relaxed,
    );
}

impl Counters {
    #[inline]
    pub(super) fn begin(&self) {
        add(&self.begun, 1);
    }

    /// `ran`: it was not stale.
    #[inline]
    pub(super) fn end(&self, ran: bool) {
        if ran {
            // In this order nobody reads more ends than beginnings, as the beginning was written before.
            self.done.store(
                self.done.load(Ordering::Relaxed).wrapping_add(1),
                Ordering::Release,
            );
        } else {
            self.begun.store(
                self.begun.load(Ordering::Relaxed).wrapping_sub(1),
                Ordering::Relaxed,
            );
        }
    }

    #[inline]
    pub(super) fn steal(&self) {
        add(&self.stolen, 1);
    }

    #[inline]
    pub(super) fn help(&self) {
        add(&self.helped, 1);
    }

    pub(super) fn sleep(&self, time: Duration) {
        add(&self.slept, 1);
        add(
            &self.idle_nanos,
            u64::try_from(time.as_nanos()).unwrap_or(u64::MAX),
        );
    }
}

/// What a pool is doing and has done: [`ThreadPoolExecutor::stats`](super::ThreadPoolExecutor::stats).
///
/// Each number is right by itself, for some moment during the call; together they are of no one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct PoolStats {
    /// Tasks that wait, those included that were cancelled and have not been cleared away.
    pub queued: usize,
    /// Tasks that are being run; a task that waits for another one included.
    pub running: usize,
    /// Tasks that were run, whatever came of them.
    pub done: u64,
    /// How often a worker took tasks from another one.
    pub stolen: u64,
    /// Tasks that were run in the place of one that waited for them.
    pub helped: u64,
    /// Threads that there are.
    pub workers: usize,
    /// Of these, asleep for want of tasks.
    pub idle: usize,
    /// How often a worker fell asleep for want of tasks.
    pub sleeps: u64,
    /// The time that all workers together have been asleep so; what goes on now does not count yet.
    pub idle_time: Duration,
}

impl Shared {
    pub(super) fn stats(&self) -> PoolStats {
        if !self.is_here() {
            return PoolStats::default();
        }
        let mut stats = PoolStats {
            queued: self.places.len(),
            workers: self.roster.lock().live,
            idle: self.idle.asleep() as usize,
            ..PoolStats::default()
        };
        let mut begun = 0_u64;
        let mut nanos = 0_u64;
        for slot in self.places.slots.iter() {
            let counters = &slot.counters;
            let done = counters.done.load(Ordering::Acquire);
            stats.done += done;
            begun += counters.begun.load(Ordering::Relaxed).saturating_sub(done);
            stats.stolen += counters.stolen.load(Ordering::Relaxed);
            stats.helped += counters.helped.load(Ordering::Relaxed);
            stats.sleeps += counters.slept.load(Ordering::Relaxed);
            nanos += counters.idle_nanos.load(Ordering::Relaxed);
        }
        stats.running = usize::try_from(begun).unwrap_or(usize::MAX);
        stats.idle_time = Duration::from_nanos(nanos);
        stats
    }

    /// How many tasks are being run.
    pub(super) fn running(&self) -> usize {
        self.stats().running
    }

    /// Whether nothing waits in the global places, or is on its way there.
    pub(super) fn is_drained(&self) -> bool {
        self.places.queue.is_empty() && self.places.heap.is_empty()
    }
}
