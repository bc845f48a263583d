//! Linux: private futexes.
//!
//! # Safety
//!
//! Implements the `unsafe trait`s of a port, and calls `futex(FUTEX_WAKE)` by address, without a reference to a word that may be gone by then
//! (rustix asks for a reference).
#![allow(
    unsafe_code,
    reason = "implements the unsafe port traits; wakes by address"
)]

use core::num::NonZeroU32;
use core::sync::atomic::AtomicU32 as Word;
use std::time::Instant;

use rustix::thread::futex::{self, Flags, Timespec};
use rustix::time::{ClockId, clock_gettime};
use selvedge_core::atomics::{AtomicU32, Ordering};
use selvedge_core::port::{Clock, Guard, Port, TimedPort};
use selvedge_core::waiters::Bucket;

use super::HostRelax;

/// Threads of this process, asleep on private futexes. See futex(2).
///
/// Interrupted sleeps (EINTR) are spurious returns, so every wait of this crate goes on after a signal with the time that is left (row T-60).
#[derive(Debug, Clone, Copy)]
pub struct Futex;

static TABLE: [Bucket<Futex>; 256] = [const { Bucket::new() }; 256];

/// The word as the system call takes it; with the feature `portable-atomic` the types differ in name.
fn word(word: &AtomicU32) -> &Word {
    // SAFETY: the pointer of a live, aligned atomic of the same size; all accesses to it are atomic.
    unsafe { Word::from_ptr(word.as_ptr()) }
}

fn sleep(on: &AtomicU32, expected: u32, until: Option<Instant>) {
    let until = match until {
        None => None,
        Some(deadline) => match absolute(deadline) {
            // Too far for a timespec: for ever.
            None => None,
            some => some,
        },
    };
    // Every error is a reason to look again: EAGAIN (the word differs), EINTR, ETIMEDOUT.
    let _ = futex::wait_bitset(
        word(on),
        Flags::PRIVATE,
        expected,
        until.as_ref(),
        NonZeroU32::MAX,
    );
}

/// A deadline on the clock that FUTEX_WAIT_BITSET reads, CLOCK_MONOTONIC, which is also `Instant`'s on Linux; but `Instant` does not tell its number.
pub(crate) fn absolute(deadline: Instant) -> Option<Timespec> {
    let left = Futex::until(Instant::now(), deadline);
    let now = clock_gettime(ClockId::Monotonic);
    let nanos = now.tv_nsec + i64::from(left.subsec_nanos());
    let carry = nanos / 1_000_000_000;
    let tv_sec = i64::try_from(left.as_secs())
        .ok()?
        .checked_add(now.tv_sec)?
        .checked_add(carry)?;
    Some(Timespec {
        tv_sec,
        tv_nsec: nanos % 1_000_000_000,
    })
}

fn rouse(address: *const AtomicU32, count: u32) -> u32 {
    let count = i32::try_from(count).unwrap_or(i32::MAX);
    // SAFETY: FUTEX_WAKE uses the address as a key and does not read it; if the memory is gone, nobody sleeps there, or a stranger wakes
    // spuriously, which every futex user must expect.
    let woken = unsafe {
        libc::syscall(
            libc::SYS_futex,
            address,
            libc::FUTEX_WAKE | libc::FUTEX_PRIVATE_FLAG,
            count,
        )
    };
    u32::try_from(woken).unwrap_or(0)
}

// SAFETY: futex(2): the comparison and the enqueueing are atomic with respect to FUTEX_WAKE on the same address. One static table of 256.
unsafe impl Port for Futex {
    type Guard = FutexGuard;
    type Relax = HostRelax;
    #[cfg(not(feature = "deadlock-detection"))]
    type Watch = selvedge_core::port::NoWatch;
    #[cfg(feature = "deadlock-detection")]
    type Watch = crate::deadlock::Detector;
    type Task = ();

    const UNBLOCK_NEEDS_LIVE_TASK: bool = false;

    #[inline]
    fn wait(word: &AtomicU32, expected: u32) {
        sleep(word, expected, None);
    }

    #[inline]
    fn wake(word: *const AtomicU32, count: u32) -> u32 {
        rouse(word, count)
    }

    #[inline]
    fn table() -> &'static [Bucket<Self>] {
        &TABLE
    }

    #[inline]
    fn task() {}

    #[inline]
    fn block(flag: &AtomicU32, expected: u32) {
        sleep(flag, expected, None);
    }

    #[inline]
    fn unblock(flag: *const AtomicU32, (): &()) {
        rouse(flag, 1);
    }

    #[inline]
    fn light_fence() {
        super::fence::light();
    }

    fn heavy_fence() {
        super::fence::heavy();
    }
}

// SAFETY: as above; the deadline is absolute, on the monotonic clock.
unsafe impl TimedPort for Futex {
    #[inline]
    fn wait_until(word: &AtomicU32, expected: u32, deadline: Instant) {
        sleep(word, expected, Some(deadline));
    }

    #[inline]
    fn block_until(flag: &AtomicU32, expected: u32, deadline: Instant) {
        sleep(flag, expected, Some(deadline));
    }
}

/// The guard of a bucket: a three-state futex lock (0 open, 1 entered, 2 entered and somebody sleeps).
///
/// The plain shape is right here: it is held for a few instructions and seldom contended, and it cannot be the lock of `selvedge-core`, which is built on it.
#[derive(Debug)]
pub struct FutexGuard(AtomicU32);

impl FutexGuard {
    #[cold]
    fn enter_contended(&self) {
        for _ in 0..100 {
            if self.0.load(Ordering::Relaxed) == 0
                && self
                    .0
                    .compare_exchange_weak(0, 1, Ordering::Acquire, Ordering::Relaxed)
                    .is_ok()
            {
                return;
            }
            core::hint::spin_loop();
        }
        // edge: guard-left
        while self.0.swap(2, Ordering::Acquire) != 0 {
            sleep(&self.0, 2, None);
        }
    }
}

// SAFETY: the word is not 0 exactly while somebody is inside; edge `guard-left` is Acquire on entering and Release on leaving.
unsafe impl Guard for FutexGuard {
    type State = ();

    const NEW: Self = Self(AtomicU32::new(0));

    #[inline]
    fn enter(&self) {
        // edge: guard-left
        if self
            .0
            .compare_exchange(0, 1, Ordering::Acquire, Ordering::Relaxed)
            .is_err()
        {
            self.enter_contended();
        }
    }

    #[inline]
    unsafe fn leave(&self, (): ()) {
        // edge: guard-left
        if self.0.swap(0, Ordering::Release) == 2 {
            rouse(&raw const self.0, 1);
        }
    }
}
