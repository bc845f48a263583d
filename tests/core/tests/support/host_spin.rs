//! A port of threads that never sleeps, with a clock and identities.
//!
//! # Safety
//!
//! Implements the `unsafe trait`s of a port: it cannot lose a wake-up, because it does not wait for any.
#![allow(unsafe_code, reason = "implements the unsafe port traits")]

use std::num::NonZeroUsize;
use std::time::{Duration, Instant};

use selvedge::port::YieldGuard;
use selvedge_core::atomics::AtomicU32;
use selvedge_core::port::{ByStrategy, Clock, Identity, NoWatch, Port, TimedPort};
use selvedge_core::waiters::Bucket;

/// Every wait returns at once, for no reason: what algorithms must put up with, taken to the extreme.
#[derive(Debug, Clone, Copy)]
pub struct HostSpin;

static TABLE: [Bucket<HostSpin>; 16] = [const { Bucket::new() }; 16];

// SAFETY: nobody sleeps, so no wake-up is missed. One static of 16.
unsafe impl Port for HostSpin {
    type Guard = YieldGuard;
    type Relax = ByStrategy<spin::relax::Spin, 2, 4>;
    type Watch = NoWatch;
    type Task = ();

    const UNBLOCK_NEEDS_LIVE_TASK: bool = false;

    fn wait(_: &AtomicU32, _: u32) {
        std::thread::yield_now();
    }

    fn wake(_: *const AtomicU32, _: u32) -> u32 {
        0
    }

    fn table() -> &'static [Bucket<Self>] {
        &TABLE
    }

    fn task() {}

    fn block(_: &AtomicU32, _: u32) {
        std::thread::yield_now();
    }

    fn unblock(_: *const AtomicU32, (): &()) {}
}

impl Clock for HostSpin {
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

// SAFETY: as above.
unsafe impl TimedPort for HostSpin {
    fn wait_until(_: &AtomicU32, _: u32, _: Instant) {
        std::thread::yield_now();
    }

    fn block_until(_: &AtomicU32, _: u32, _: Instant) {
        std::thread::yield_now();
    }
}

// SAFETY: as `selvedge::port`'s.
unsafe impl Identity for HostSpin {
    fn current() -> NonZeroUsize {
        selvedge::port::Native::current()
    }
}
