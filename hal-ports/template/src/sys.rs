//! The system's own functions: the only file with FFI, registers and `unsafe` blocks, so that it alone needs the system's manual.
//!
//! The bodies are those of the stub's system (see the README): one core, one task, and time that passes by being looked at. A copy opens
//! `unsafe` here, in the form of the other files: a paragraph `# Safety` and an `allow` with a reason.

use core::num::NonZeroUsize;

use selvedge_core::atomics::{AtomicU32, Ordering};
use selvedge_core::port::Clock;

use crate::clock::Instant;
use crate::port::Template;

/// How fast [`ticks`] counts. A fast counter makes timeouts exact; a half turn of it must last longer than any pause between two looks at the clock.
pub(crate) const TICKS_PER_SECOND: u32 = 1_000_000;

/// The counter: goes up at [`TICKS_PER_SECOND`] and wraps. All cores see one counter. Callable from everywhere.
pub(crate) fn ticks() -> u32 {
    static LOOKS: AtomicU32 = AtomicU32::new(0);
    LOOKS.fetch_add(1, Ordering::Relaxed)
}

/// Sleeps until [`resume`] of the calling task, also one before this call; or not at all.
pub(crate) fn sleep() {
    core::hint::spin_loop();
}

/// As [`sleep`], and not much beyond `deadline`.
pub(crate) fn sleep_until(deadline: Instant) {
    if Template::now() < deadline {
        sleep();
    }
}

/// Ends the present or the next [`sleep`] of `task`. Callable from wherever waking is.
pub(crate) fn resume(_task: NonZeroUsize) {
    // Nobody sleeps here.
}

/// The calling task: a number that no other live task has.
pub(crate) fn task() -> NonZeroUsize {
    NonZeroUsize::MIN
}

/// False in an interrupt handler, with interrupts masked, and before the scheduler runs.
pub(crate) fn may_sleep() -> bool {
    // The stub's system has no way to ask, and spinning stops nobody but itself.
    true
}
