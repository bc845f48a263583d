//! How tasks sleep and wake.
//!
//! Software tasks do it by their wakers, which is RTIC's business: a waker pends the dispatcher. This is about calls that *block*, which idle alone may do: it is what runs when nobody else wants to, so it holds up nobody.
//!
//! # Why no wake-up is lost
//!
//! This is the bare-metal port's sleep, and its argument (`hal-ports/bare-metal/src/port.rs`).
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
use crate::clock::Instant;
use crate::critical::BucketGuard;
use crate::sys;

/// The port: RTIC's software and hardware tasks of all priorities, and idle.
#[derive(Debug, Clone, Copy)]
pub struct Rtic;

/// Names who blocks: the core.
#[derive(Debug, Clone, Copy)]
pub struct Task(sys::Task);

/// Who waits where. More of them would only shorten the walks: there is one core.
static TABLE: [Bucket<Rtic>; 4] = [const { Bucket::new() }; 4];

// SAFETY: the bare-metal port promises the same for what this calls.
unsafe impl Park for Rtic {
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
unsafe impl TimedPark for Rtic {
    fn park_until(deadline: Instant) {
        sys::park_until(deadline);
    }
}

// SAFETY: `by_parking` keeps these promises where `Park` keeps its own. `table` returns one static of 4, a power of two.
unsafe impl Port for Rtic {
    type Guard = BucketGuard;
    type Relax = sys::Relax;
    type Watch = NoWatch;
    type Task = Task;

    const UNBLOCK_NEEDS_LIVE_TASK: bool = sys::UNBLOCK_NEEDS_LIVE_TASK;

    const LISTS_SLEEPERS: bool = true;

    const SHORT_SECTIONS: bool = true;

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
        sys::assert_may_block();
    }
}

// SAFETY: as `Port`, by `TimedPark`.
#[cfg(feature = "time")]
unsafe impl TimedPort for Rtic {
    fn wait_until(word: &AtomicU32, expected: u32, deadline: Instant) {
        by_parking::wait_until::<Self>(word, expected, deadline);
    }

    fn block_until(flag: &AtomicU32, expected: u32, deadline: Instant) {
        by_parking::block_until::<Self>(flag, expected, deadline);
    }
}
