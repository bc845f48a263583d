//! A system with futexes.
//!
//! # Safety
//!
//! Implements the `unsafe trait`s of a port.
#![allow(unsafe_code, reason = "implements the unsafe port traits")]

use std::num::NonZeroUsize;

use selvedge_core::atomics::AtomicU32;
use selvedge_core::port::{Identity, NoWatch, Port, TimedPort};
use selvedge_core::waiters::Bucket;

use super::clock::clock_of;
use super::guard::MutexAsGuard;
use super::lines::Lines;
use super::relax::OncePolled;

/// Sleepers sleep on words; only futures and the queues of conditions and barriers are listed.
#[derive(Debug, Clone, Copy)]
pub struct Futex;

loom::lazy_static! {
    static ref TABLE: [Bucket<Futex>; 1] = [Bucket::new()];
    static ref LINES: Lines = Lines::default();
    static ref COUNT: std::sync::Mutex<usize> = std::sync::Mutex::new(0);
}

loom::thread_local! {
    static ME: NonZeroUsize = {
        let mut count = COUNT.lock().unwrap();
        *count += 1;
        NonZeroUsize::new(*count).unwrap()
    };
}

/// A number for each thread of a run.
pub(super) fn number_of_this_thread() -> NonZeroUsize {
    ME.with(|me| *me)
}

clock_of!(Futex);

// SAFETY: `Lines` compares and enters a line in one step with respect to its `wake`; the table has one bucket.
unsafe impl Port for Futex {
    type Guard = MutexAsGuard;
    type Relax = OncePolled;
    type Watch = NoWatch;
    type Task = ();

    const UNBLOCK_NEEDS_LIVE_TASK: bool = false;

    fn wait(word: &AtomicU32, expected: u32) {
        LINES.sleep(word, expected);
    }

    fn wake(word: *const AtomicU32, count: u32) -> u32 {
        LINES.wake(word.addr(), count)
    }

    fn table() -> &'static [Bucket<Self>] {
        &*TABLE
    }

    fn task() {}

    fn block(flag: &AtomicU32, expected: u32) {
        LINES.sleep(flag, expected);
    }

    fn unblock(flag: *const AtomicU32, (): &()) {
        LINES.wake(flag.addr(), 1);
    }
}

// SAFETY: as above; what the clock does to a sleep is in `clock.rs`.
unsafe impl TimedPort for Futex {
    fn wait_until(word: &AtomicU32, expected: u32, _deadline: u64) {
        LINES.sleep_a_tick(word, expected);
    }

    fn block_until(flag: &AtomicU32, expected: u32, _deadline: u64) {
        LINES.sleep_a_tick(flag, expected);
    }
}

// SAFETY: a number for each thread, never used twice in a run.
unsafe impl Identity for Futex {
    fn current() -> NonZeroUsize {
        number_of_this_thread()
    }
}
