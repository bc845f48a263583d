//! Giving way after a lost race for a cursor.
//!
//! The cursor's cache line is with the winner by now, and fetching it takes as long as dozens of operations take there. So the loser stays away for about that long: the line then stays
//! where it is for a while, and both are done sooner.

use crate::atomics::spin_loop;

/// Turns after the first lost race, as a power of two, and at most. A model has no lines to fetch.
const FIRST: u32 = if cfg!(loom) { 0 } else { 5 };
const MOST: u32 = if cfg!(loom) { 1 } else { 7 };

/// Waits a little longer each time.
pub(super) struct Backoff(u32);

impl Backoff {
    #[inline(always)]
    pub(super) fn new() -> Self {
        Self(FIRST)
    }

    #[cold]
    pub(super) fn turn(&mut self) {
        for _ in 0..1_u32 << self.0 {
            spin_loop();
        }
        self.0 = (self.0 + 1).min(MOST);
    }
}
