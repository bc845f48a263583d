//! Waiting awake, as far as it makes a difference to a model.

use selvedge_core::port::Relax;

/// A task never waits awake: that would only try once more what it tries anyway. A future tries once more before it takes a seat, when it may be on duty already.
#[derive(Debug, Clone, Copy)]
pub struct OncePolled;

impl Relax for OncePolled {
    fn lock_turn(_turn: u32) -> bool {
        false
    }

    fn answer_turn(_turn: u32) -> bool {
        false
    }

    fn poll_turn(turn: u32) -> bool {
        turn < 1
    }
}
