//! The reference port: it always compiles, needs nothing and never sleeps.
//!
//! # Safety
//!
//! Implements the `unsafe trait` [`Port`]: spinning cannot lose a wake-up.
#![allow(unsafe_code, reason = "implements the unsafe port trait")]

use super::{NoWatch, Port, SpinGuard, SpinHint};
use crate::atomics::AtomicU32;
use crate::waiters::Bucket;

/// Waits by spinning. Docs and the first test of every algorithm run on it, and a new target starts from it.
///
/// It has no clock and no identity, so timed forms and `RLock` do not exist on it. Its lists of waiters are guarded by a spin lock: do not use it
/// from interrupts. On one core with priorities, a spinning waiter starves the holder: take a real port there.
#[derive(Debug, Clone, Copy)]
pub struct Spin;

static TABLE: [Bucket<Spin>; 8] = [const { Bucket::new() }; 8];

// SAFETY: `wait` and `block` return after one turn without sleeping, so no wake-up can be missed; `table` returns one static of 8.
unsafe impl Port for Spin {
    type Guard = SpinGuard;
    type Relax = SpinHint;
    type Watch = NoWatch;
    type Task = ();

    const UNBLOCK_NEEDS_LIVE_TASK: bool = false;

    fn wait(_word: &AtomicU32, _expected: u32) {
        core::hint::spin_loop();
    }

    fn wake(_word: *const AtomicU32, _count: u32) -> u32 {
        0
    }

    fn table() -> &'static [Bucket<Self>] {
        &TABLE
    }

    fn task() {}

    fn block(_flag: &AtomicU32, _expected: u32) {
        core::hint::spin_loop();
    }

    fn unblock(_flag: *const AtomicU32, (): &()) {}
}
