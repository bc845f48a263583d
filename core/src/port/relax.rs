//! What to do while waiting for something that will come in a moment.

/// What one turn of waiting awake does, and when to stop and go to sleep.
///
/// It matters only for speed: who stops too early sleeps, and who goes on too long burns what it hoped to save. Turns count from 0; after the first `false` the caller sleeps.
pub trait Relax {
    /// Does a turn for a lock whose holder is expected to leave at once. False: not worth another.
    fn lock_turn(turn: u32) -> bool;

    /// Does a turn for what a task that runs *now*, on another processor, will have done in a moment: the other side of a queue that is always nearly empty, or nearly full. A pause; all turns together take no longer than
    /// it takes to change tasks. Comes before the turns of `answer_turn`, which may give the processor away. False: not worth another.
    #[inline]
    fn moment_turn(turn: u32) -> bool {
        let _ = turn;
        false
    }

    /// As [`moment_turn`](Self::moment_turn), in a future that is being polled: its executor has other things to do, so all turns together take a microsecond at most. False, which is also the
    /// default: not worth another.
    #[inline]
    fn poll_turn(turn: u32) -> bool {
        let _ = turn;
        false
    }

    /// Does a turn for another task's *answer*: a notification, an event, the last party of a barrier. False: not worth another.
    fn answer_turn(turn: u32) -> bool;
}

/// Spins with the processor's pause hint: several cores, each with its own task.
#[derive(Debug, Clone, Copy)]
pub struct SpinHint;

impl Relax for SpinHint {
    #[inline]
    fn lock_turn(turn: u32) -> bool {
        core::hint::spin_loop();
        turn < 64
    }

    #[inline]
    fn answer_turn(turn: u32) -> bool {
        core::hint::spin_loop();
        turn < 256
    }
}

/// Never waits awake: one core, or a model checker.
#[derive(Debug, Clone, Copy)]
pub struct NoSpin;

impl Relax for NoSpin {
    #[inline]
    fn lock_turn(_turn: u32) -> bool {
        false
    }

    #[inline]
    fn answer_turn(_turn: u32) -> bool {
        false
    }
}
