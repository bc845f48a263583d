//! How cores sleep and wake.
//!
//! # Why no wake-up is lost
//!
//! A sleeper looks at its word and then waits for an event; a waker changes the word and then sends one. An event that is sent in between is remembered until the next wait
//! takes it: by the event register on Arm (Arm v7-M manual, B1.5.18; Arm v8-A manual, D1.16), by a flag with interrupts masked on a single RISC-V core (`sys/riscv.rs`). A
//! handler on the sleeper's own core that runs in between and waits for events itself cannot swallow it: returning from an exception sets the register again.
//!
//! # Safety
//!
//! Implements the `unsafe trait`s of a port.
#![allow(unsafe_code, reason = "implements the unsafe port traits")]

use selvedge_core::atomics::AtomicU32;
use selvedge_core::port::{NoWatch, Park, Port};
#[cfg(feature = "time")]
use selvedge_core::port::{TimedPark, TimedPort};
use selvedge_core::waiters::{Bucket, by_parking};

#[cfg(feature = "time")]
use crate::clock::{self, Instant};
use crate::critical::BucketGuard;
use crate::{sys, waiting};

/// The port: cores without an operating system, and their interrupt handlers.
#[derive(Debug, Clone, Copy)]
pub struct BareMetal;

/// Names a core. Events go to all of them, so nothing needs to be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Task(());

/// Several cores rarely meet in one of many. To one core they only shorten the walks, and few wait there.
const BUCKETS: usize = if cfg!(feature = "single-core") { 1 } else { 16 };

/// Who waits where.
static TABLE: [Bucket<BareMetal>; BUCKETS] = [const { Bucket::new() }; BUCKETS];

// SAFETY: an event that comes before the wait makes it return at once (the essay above). Events order memory by the barrier in `send_event`, and the word that the sleeper
// looks at next carries the ordering.
unsafe impl Park for BareMetal {
    type Task = Task;

    fn current() -> Task {
        Task(())
    }

    fn park() {
        sys::wait_for_event();
    }

    fn unpark(_task: &Task) {
        sys::send_event();
    }
}

// SAFETY: as `Park`.
#[cfg(feature = "time")]
unsafe impl TimedPark for BareMetal {
    fn park_until(deadline: Instant) {
        if clock::has_come(deadline) {
            return;
        }
        sys::wait_for_alarm(|| clock::alarm(deadline));
    }
}

// SAFETY: `by_parking` keeps these promises where `Park` keeps its own. `table` returns one static of 4 or 16, powers of two.
unsafe impl Port for BareMetal {
    type Guard = BucketGuard;
    #[cfg(feature = "single-core")]
    type Relax = selvedge_core::port::NoSpin;
    #[cfg(not(feature = "single-core"))]
    type Relax = selvedge_core::port::SpinHint;
    type Watch = NoWatch;
    type Task = Task;

    // An event that nobody waits for does no harm.
    const UNBLOCK_NEEDS_LIVE_TASK: bool = false;

    const LISTS_SLEEPERS: bool = true;

    const SHORT_SECTIONS: bool = cfg!(feature = "critical-section");

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
        if let Err(refusal) = waiting::may_wait() {
            refusal.refuse();
        }
    }
}

// SAFETY: as `Port`, by `TimedPark`.
#[cfg(feature = "time")]
unsafe impl TimedPort for BareMetal {
    fn wait_until(word: &AtomicU32, expected: u32, deadline: Instant) {
        by_parking::wait_until::<Self>(word, expected, deadline);
    }

    fn block_until(flag: &AtomicU32, expected: u32, deadline: Instant) {
        by_parking::block_until::<Self>(flag, expected, deadline);
    }
}
