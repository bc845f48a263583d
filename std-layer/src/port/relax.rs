//! How long to spin before sleeping on a hosted system.

use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;

use selvedge_core::port::Relax;

/// Spins on several processors, not at all on one.
#[derive(Debug, Clone, Copy)]
pub struct HostRelax;

/// 0: not asked yet. One role: a cached number, written with the same value by whoever asks first; Relaxed.
static PROCESSORS: AtomicU32 = AtomicU32::new(0);

fn several_processors() -> bool {
    match PROCESSORS.load(Ordering::Relaxed) {
        0 => ask(),
        n => n > 1,
    }
}

#[cold]
fn ask() -> bool {
    let n =
        thread::available_parallelism().map_or(1, |n| u32::try_from(n.get()).unwrap_or(u32::MAX));
    PROCESSORS.store(n, Ordering::Relaxed);
    n > 1
}

impl Relax for HostRelax {
    /// One short pause, then nine times the rest of a time slice. Looking seldom leaves the holder its cache line, and giving the processor away helps
    /// a holder that has been pre-empted, which spinning does not: a hundred looks in a row made sixteen threads on two processors four times slower.
    #[inline]
    fn lock_turn(turn: u32) -> bool {
        match turn {
            0 if several_processors() => pause(4),
            1..10 if several_processors() => thread::yield_now(),
            _ => return false,
        }
        true
    }

    /// Gives the processor away sixteen times. Whoever answers needs a processor, and with more threads than processors it needs *this* one: measured on two processors, pausing instead
    /// made a barrier of eight five times slower, and even with a processor for each of two threads it gained nothing over giving way.
    #[inline]
    fn answer_turn(turn: u32) -> bool {
        let worth_while = turn < 16 && several_processors();
        if worth_while {
            thread::yield_now();
        }
        worth_while
    }
}

#[inline]
fn pause(n: u32) {
    for _ in 0..n {
        core::hint::spin_loop();
    }
}
