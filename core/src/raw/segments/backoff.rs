//! Giving way after a lost race for a cursor.

use crate::atomics::spin_loop;

/// Waits a little longer each time.
pub(super) struct Backoff(u32);

const MOST: u32 = if cfg!(loom) { 0 } else { 6 };

impl Backoff {
    #[inline(always)]
    pub(super) fn new() -> Self {
        Self(0)
    }

    #[cold]
    pub(super) fn turn(&mut self) {
        for _ in 0..1_u32 << self.0 {
            spin_loop();
        }
        if self.0 < MOST {
            self.0 += 1;
        }
    }
}
