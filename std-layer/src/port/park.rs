//! Systems without futexes that we know: `std::thread::park` and the table of waiters.
//!
//! # Safety
//!
//! Implements the `unsafe trait`s of a port.
#![allow(unsafe_code, reason = "implements the unsafe port traits")]

use std::thread::{self, Thread};
use std::time::Instant;

use selvedge_core::atomics::{AtomicU32, Ordering};
use selvedge_core::port::{Clock, Guard, Park, Port, TimedPark, TimedPort};
use selvedge_core::waiters::{Bucket, by_parking};

use super::HostRelax;

/// Threads of this process, parked one by one; who waits where is listed by address in `selvedge-core`.
///
/// It is the port of macOS, the BSDs and Windows, and a second opinion on Linux.
#[derive(Debug, Clone, Copy)]
pub struct Parking;

static TABLE: [Bucket<Parking>; 256] = [const { Bucket::new() }; 256];

// SAFETY: std documents the token of `park`, and that `unpark` synchronises with the return of the `park` that takes it.
unsafe impl Park for Parking {
    type Task = Thread;

    fn current() -> Thread {
        thread::current()
    }

    fn park() {
        thread::park();
    }

    fn unpark(task: &Thread) {
        task.unpark();
    }
}

// SAFETY: as above.
unsafe impl TimedPark for Parking {
    fn park_until(deadline: Instant) {
        thread::park_timeout(Self::until(Instant::now(), deadline));
    }
}

// SAFETY: `by_parking` builds these from `Park`, by its documentation; one static table of 256. A `Thread` outlives its thread.
unsafe impl Port for Parking {
    type Guard = YieldGuard;
    type Relax = HostRelax;
    #[cfg(not(feature = "deadlock-detection"))]
    type Watch = selvedge_core::port::NoWatch;
    #[cfg(feature = "deadlock-detection")]
    type Watch = crate::deadlock::Detector;
    type Task = Thread;

    const UNBLOCK_NEEDS_LIVE_TASK: bool = false;

    fn wait(word: &AtomicU32, expected: u32) {
        by_parking::wait::<Self>(word, expected);
    }

    fn wake(word: *const AtomicU32, count: u32) -> u32 {
        by_parking::wake(word, count)
    }

    fn table() -> &'static [Bucket<Self>] {
        &TABLE
    }

    fn task() -> Thread {
        Self::current()
    }

    fn block(flag: &AtomicU32, expected: u32) {
        by_parking::block::<Self>(flag, expected);
    }

    fn unblock(_flag: *const AtomicU32, task: &Thread) {
        by_parking::unblock::<Self>(task);
    }

    #[cfg(target_os = "linux")]
    #[inline]
    fn light_fence() {
        super::fence::light();
    }

    #[cfg(target_os = "linux")]
    fn heavy_fence() {
        super::fence::heavy();
    }
}

// SAFETY: as above.
unsafe impl TimedPort for Parking {
    fn wait_until(word: &AtomicU32, expected: u32, deadline: Instant) {
        by_parking::wait_until::<Self>(word, expected, deadline);
    }

    fn block_until(flag: &AtomicU32, expected: u32, deadline: Instant) {
        by_parking::block_until::<Self>(flag, expected, deadline);
    }
}

/// The guard of a bucket: spins a little, then gives its processor away turn by turn. It is held for a few instructions.
#[derive(Debug)]
pub struct YieldGuard(AtomicU32);

// SAFETY: the word is 1 exactly while somebody is inside; edge `guard-left` is Acquire on entering and Release on leaving.
unsafe impl Guard for YieldGuard {
    type State = ();

    const NEW: Self = Self(AtomicU32::new(0));

    fn enter(&self) {
        let mut turn = 0_u32;
        // edge: guard-left
        while self
            .0
            .compare_exchange_weak(0, 1, Ordering::Acquire, Ordering::Relaxed)
            .is_err()
        {
            if turn < 50 {
                turn += 1;
                core::hint::spin_loop();
            } else {
                thread::yield_now();
            }
        }
    }

    unsafe fn leave(&self, (): ()) {
        // edge: guard-left
        self.0.store(0, Ordering::Release);
    }
}
