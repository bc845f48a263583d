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

    /// As [`answer_turn`](Self::answer_turn), for a caller that can tell how often others got what it waits for: `served` is a count that grows with each of them. A port that looks at what waiting awake costs
    /// can then tell a task that was away while its own kind was at work from one that was kept from its answer.
    #[inline]
    fn answer_turn_among(turn: u32, served: impl Fn() -> usize) -> bool {
        let _ = served;
        Self::answer_turn(turn)
    }

    /// Does a turn for somebody else who uses the same word at this moment, over and over: two that take it in turns have it once in a hundred nanoseconds or so, and one alone as fast as it can. So whoever comes second stays away for some
    /// microseconds, or lets tasks run that do something else. `served` as above. False, which is also the default: not worth another.
    #[inline]
    fn aside_turn(turn: u32, served: impl Fn() -> usize) -> bool {
        let _ = (turn, served);
        false
    }
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

    #[inline]
    fn aside_turn(turn: u32, _served: impl Fn() -> usize) -> bool {
        core::hint::spin_loop();
        turn < 128
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
