//! A port in the shape of a microcontroller's: one list of waiters, and a guard that is left as soon as can be. Threads stand for its tasks and handlers.
//!
//! # Safety
//!
//! Implements the `unsafe trait`s of a port, by another port's parking.
#![allow(unsafe_code, reason = "implements the unsafe port traits")]

use std::num::NonZeroUsize;
use std::time::{Duration, Instant};

use selvedge::port::{Parking, YieldGuard};
use selvedge_core::atomics::AtomicU32;
use selvedge_core::port::{Clock, Identity, NoSpin, NoWatch, Park, Port, TimedPark, TimedPort};
use selvedge_core::waiters::{Bucket, by_parking};

/// One waiter in each section.
#[derive(Debug, Clone, Copy)]
pub struct ShortSections;

static TABLE: [Bucket<ShortSections>; 1] = [const { Bucket::new() }; 1];

// SAFETY: the other port's.
unsafe impl Park for ShortSections {
    type Task = <Parking as Park>::Task;

    fn current() -> Self::Task {
        <Parking as Park>::current()
    }

    fn park() {
        Parking::park();
    }

    fn unpark(task: &Self::Task) {
        Parking::unpark(task);
    }
}

// SAFETY: as above.
unsafe impl TimedPark for ShortSections {
    fn park_until(deadline: Instant) {
        Parking::park_until(deadline);
    }
}

// SAFETY: by `by_parking`. One static of 1.
unsafe impl Port for ShortSections {
    type Guard = YieldGuard;
    type Relax = NoSpin;
    type Watch = NoWatch;
    type Task = <Parking as Park>::Task;

    const UNBLOCK_NEEDS_LIVE_TASK: bool = false;

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

    fn task() -> Self::Task {
        <Self as Park>::current()
    }

    fn block(flag: &AtomicU32, expected: u32) {
        by_parking::block::<Self>(flag, expected);
    }

    fn unblock(_: *const AtomicU32, task: &Self::Task) {
        by_parking::unblock::<Self>(task);
    }
}

impl Clock for ShortSections {
    type Instant = Instant;

    fn now() -> Instant {
        Instant::now()
    }

    fn after(from: Instant, span: Duration) -> Option<Instant> {
        from.checked_add(span)
    }

    fn until(from: Instant, to: Instant) -> Duration {
        to.saturating_duration_since(from)
    }
}

// SAFETY: by `by_parking`.
unsafe impl TimedPort for ShortSections {
    fn wait_until(word: &AtomicU32, expected: u32, deadline: Instant) {
        by_parking::wait_until::<Self>(word, expected, deadline);
    }

    fn block_until(flag: &AtomicU32, expected: u32, deadline: Instant) {
        by_parking::block_until::<Self>(flag, expected, deadline);
    }
}

// SAFETY: as `selvedge::port`'s.
unsafe impl Identity for ShortSections {
    fn current() -> NonZeroUsize {
        selvedge::port::Native::current()
    }
}
