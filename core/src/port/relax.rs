//! What to do while waiting for something that will come in a moment.

/// One turn of spinning, and how many turns are worth more than going to sleep.
///
/// All numbers are turns of the strategy, not time. They matter only for speed: a spin that ends too early sleeps, a spin that is too
/// long burns what it hoped to save.
pub trait Relax {
    /// Turns to wait for a lock whose holder is expected to leave at once.
    fn lock_turns() -> u32;

    /// Turns to wait for another task to *answer*: a notification, an event, the last party of a barrier.
    fn answer_turns() -> u32;

    /// Does turn number `turn` (from 0).
    fn relax(turn: u32);
}

/// Spins with the processor's pause hint: several cores, pre-emptive scheduler.
#[derive(Debug, Clone, Copy)]
pub struct SpinHint;

impl Relax for SpinHint {
    #[inline]
    fn lock_turns() -> u32 {
        64
    }

    #[inline]
    fn answer_turns() -> u32 {
        256
    }

    #[inline]
    fn relax(_turn: u32) {
        core::hint::spin_loop();
    }
}

/// Never spins: one core, or a model checker.
#[derive(Debug, Clone, Copy)]
pub struct NoSpin;

impl Relax for NoSpin {
    #[inline]
    fn lock_turns() -> u32 {
        0
    }

    #[inline]
    fn answer_turns() -> u32 {
        0
    }

    #[inline]
    fn relax(_turn: u32) {}
}
