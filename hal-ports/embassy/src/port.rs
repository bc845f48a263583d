//! How tasks sleep and wake.
//!
//! Asynchronous tasks do it by their wakers, which is the executors' business. This is about calls that *block*: in thread mode (a task of the thread executor, or `main` without one) while executors and handlers of
//! higher priority go on, in an `InterruptExecutor` that was declared to (`may_block_in`), or in a thread of a host.
//!
//! # Why no wake-up is lost
//!
//! On boards this is the bare-metal port's sleep, and its argument (`hal-ports/bare-metal/src/port.rs`): no event that is meant for a call that blocks can get lost.
//!
//! Nor may that call take an event for good that is meant for Embassy's thread executor. That takes all tasks that are to be polled off its queue, polls them, and waits for an event: for those that were woken meanwhile. A task that blocks does so in the middle, and its WFE takes
//! events of that kind as well. So when its wait is over, it sends one itself, and the executor looks once more. (An interrupt's task needs no such thing: the return from its handler sets the event register. Nor does RISC-V, where the executor has a flag of its own.)
//!
//! # Safety
//!
//! Implements the `unsafe trait`s of a port.
#![allow(unsafe_code, reason = "implements the unsafe port traits")]

use selvedge_core::atomics::{AtomicU32, Ordering};
use selvedge_core::port::{Park, Port};
#[cfg(feature = "time")]
use selvedge_core::port::{TimedPark, TimedPort};
use selvedge_core::waiters::{Bucket, by_parking};

use crate::critical::BucketGuard;
use crate::sys;

/// The port: tasks of all executors of a program, its interrupt handlers, and threads on a host.
#[derive(Debug, Clone, Copy)]
pub struct Embassy;

/// Names who blocks: a core (events go to all of them), or a thread.
#[derive(Debug, Clone)]
pub struct Task(sys::Task);

/// One critical section guards them all, so more of them only shorten the walks.
const BUCKETS: usize = if cfg!(feature = "std") { 16 } else { 4 };

/// Who waits where.
static TABLE: [Bucket<Embassy>; BUCKETS] = [const { Bucket::new() }; BUCKETS];

// SAFETY: the bare-metal port promises the same for what this calls; on a host std documents the token of `park`, and that `unpark` synchronises with the return of the `park` that takes it.
unsafe impl Park for Embassy {
    type Task = Task;

    fn current() -> Task {
        Task(sys::current())
    }

    fn park() {
        sys::park();
    }

    fn unpark(task: &Task) {
        sys::unpark(&task.0);
    }
}

// SAFETY: as `Park`.
#[cfg(feature = "time")]
unsafe impl TimedPark for Embassy {
    fn park_until(deadline: embassy_time::Instant) {
        sys::park_until(deadline);
    }
}

// SAFETY: `by_parking` keeps these promises where `Park` keeps its own. `table` returns one static of 4 or 16, powers of two.
unsafe impl Port for Embassy {
    type Guard = BucketGuard;
    type Relax = sys::Relax;
    #[cfg(not(feature = "hang-detection"))]
    type Watch = selvedge_core::port::NoWatch;
    #[cfg(feature = "hang-detection")]
    type Watch = crate::watch::Hangs;
    type Task = Task;

    const UNBLOCK_NEEDS_LIVE_TASK: bool = sys::UNBLOCK_NEEDS_LIVE_TASK;

    const LISTS_SLEEPERS: bool = true;

    // Boards have interrupts to attend to.
    const SHORT_SECTIONS: bool = !cfg!(feature = "std");

    fn wait(word: &AtomicU32, expected: u32) {
        by_parking::wait::<Self>(word, expected);
    }

    fn wake(word: *const AtomicU32, count: u32) -> u32 {
        by_parking::wake(word, count)
    }

    fn table() -> &'static [Bucket<Self>] {
        &TABLE
    }

    fn task() -> Task {
        <Self as Park>::current()
    }

    fn block(flag: &AtomicU32, expected: u32) {
        by_parking::block::<Self>(flag, expected);
        if flag.load(Ordering::Relaxed) != expected {
            sys::end_wait();
        }
    }

    fn unblock(_flag: *const AtomicU32, task: &Task) {
        by_parking::unblock::<Self>(task);
    }

    fn assert_may_block() {
        sys::assert_may_block();
    }
}

// SAFETY: as `Port`, by `TimedPark`.
#[cfg(feature = "time")]
unsafe impl TimedPort for Embassy {
    fn wait_until(word: &AtomicU32, expected: u32, deadline: embassy_time::Instant) {
        by_parking::wait_until::<Self>(word, expected, deadline);
    }

    fn block_until(flag: &AtomicU32, expected: u32, deadline: embassy_time::Instant) {
        by_parking::block_until::<Self>(flag, expected, deadline);
        if flag.load(Ordering::Relaxed) != expected || embassy_time::Instant::now() >= deadline {
            sys::end_wait();
        }
    }
}
