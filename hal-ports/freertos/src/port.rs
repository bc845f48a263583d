//! How tasks sleep and wake: by one of the notifications that the kernel keeps for each task.
//!
//! # Why no wake-up is lost
//!
//! A notification is a count. Giving it adds one, whether the task sleeps or not; taking it waits while it is zero, and clears it. So one that is given between the sleeper's look at its word and
//! its sleep makes the sleep return at once. The kernel does both in critical sections, and from handlers by the forms for them. Nobody else may use this notification (its index is
//! `SELVEDGE_NOTIFICATION_INDEX` in the kernel's configuration): a foreign give would be a wake-up for no reason, which does no harm, a foreign take could swallow one of ours.
//!
//! # Safety
//!
//! Implements the `unsafe trait`s of a port.
#![allow(unsafe_code, reason = "implements the unsafe port traits")]

use selvedge_core::atomics::AtomicU32;
use selvedge_core::port::{NoSpin, NoWatch, Park, Port, TimedPark, TimedPort};
use selvedge_core::waiters::{Bucket, by_parking};

use crate::clock::{self, Instant};
use crate::critical::BucketGuard;
use crate::sys;

/// The port: tasks of a FreeRTOS kernel on one core, and its interrupt handlers.
#[derive(Debug, Clone, Copy)]
pub struct FreeRtos;

/// Names a task that waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Task {
    handle: sys::Handle,
    /// Its priority when it began to wait.
    priority: u32,
}

impl Task {
    pub(crate) fn handle(&self) -> sys::Handle {
        self.handle
    }
}

// SAFETY: a handle is used to notify its task, by whoever wants, while the task is alive (`UNBLOCK_NEEDS_LIVE_TASK`).
unsafe impl Send for Task {}

/// Who waits where.
static TABLE: [Bucket<FreeRtos>; 16] = [const { Bucket::new() }; 16];

// SAFETY: a notification is remembered (the essay above), and both ends are critical sections of one core.
unsafe impl Park for FreeRtos {
    type Task = Task;

    fn current() -> Task {
        Task {
            handle: sys::current(),
            priority: sys::priority(),
        }
    }

    fn park() {
        sys::take(sys::FOR_EVER);
    }

    fn unpark(task: &Task) {
        // SAFETY: the task is inside a wait, so it is alive, and so is its control block.
        unsafe { sys::give(task.handle) };
    }
}

// SAFETY: as `Park`.
unsafe impl TimedPark for FreeRtos {
    fn park_until(deadline: Instant) {
        let ticks = clock::ticks_until(deadline);
        if ticks > 0 {
            sys::take(ticks);
        }
    }
}

// SAFETY: `by_parking` keeps these promises where `Park` keeps its own. `table` returns one static of 16, a power of two.
unsafe impl Port for FreeRtos {
    type Guard = BucketGuard;
    type Relax = NoSpin;
    type Watch = NoWatch;
    type Task = Task;

    // The control block of a task that has ended may be anything.
    const UNBLOCK_NEEDS_LIVE_TASK: bool = true;

    const LISTS_SLEEPERS: bool = true;

    const SHORT_SECTIONS: bool = true;

    const PRIORITIES: bool = true;

    fn priority(task: &Task) -> u32 {
        task.priority
    }

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
    }

    fn unblock(_flag: *const AtomicU32, task: &Task) {
        by_parking::unblock::<Self>(task);
    }

    fn assert_may_block() {
        match sys::may_block() {
            0 => {}
            1 => panic!("a call that waits, in an interrupt handler: use the try_ form there"),
            2 => panic!("a call that waits, while the scheduler does not run or is suspended"),
            _ => panic!("a call that waits, in a critical section"),
        }
    }
}

// SAFETY: as `Port`, by `TimedPark`.
unsafe impl TimedPort for FreeRtos {
    fn wait_until(word: &AtomicU32, expected: u32, deadline: Instant) {
        by_parking::wait_until::<Self>(word, expected, deadline);
    }

    fn block_until(flag: &AtomicU32, expected: u32, deadline: Instant) {
        by_parking::block_until::<Self>(flag, expected, deadline);
    }
}
