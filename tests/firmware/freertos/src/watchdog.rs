//! Ends a program that hangs: the tick counts down, each step of a program winds it up.

use selvedge_core::atomics::{AtomicU32, Ordering};

use crate::board;

/// Seconds for a step.
const PATIENCE: u32 = 60;

static LEFT: AtomicU32 = AtomicU32::new(PATIENCE * board::TICKS_PER_SECOND);

/// Another step begins.
pub fn wind() {
    LEFT.store(PATIENCE * board::TICKS_PER_SECOND, Ordering::Relaxed);
}

/// In the tick.
pub(crate) fn tick() {
    let left = LEFT.load(Ordering::Relaxed);
    if left == 0 {
        board::say(format_args!("watchdog: it hangs"));
        board::exit(124);
    }
    LEFT.store(left - 1, Ordering::Relaxed);
}
