//! Staying away from a cursor that somebody else is using.
//!
//! A claim takes a nanosecond or two where the cursor's cache line is, and fetching the line from another processor takes as long as dozens of claims. So two callers at the same end are both done sooner if one of them stays away for some
//! microseconds, and soonest if it lets the other end run: then putters do not run ahead of getters, and the queue stays short and in the caches.
//!
//! # Who comes second
//!
//! Lost races do not tell. Each of two callers that fetch the line in turn has it for long enough to claim, and loses nothing but time: measured, two getters on two processors took 40 ns an item that way, and one alone 4.5. So beside each
//! cursor stands a *trace*: whose stack the last call was made on. Who finds another one's trace takes the slow path and leaves its own; and one in some looks whether the cursor moves as fast as only a caller can that does nothing else. If so it
//! stands aside, once, before it claims. When it is back, the other one meets it, and stands aside in its turn; so each works alone for as long as the other is away. Where callers do something with the items, or have to find them first, the cursor is slower than that, and nobody stands aside: it would cost more than it saves.
//!
//! The trace is a hint: it is written without order, and tasks whose stacks are close to each other have the same. Nothing but time depends on it.

use super::cursor::{Cursor, ONE};
use crate::atomics::{Ordering, spin_loop};
use crate::port::Relax;

/// Turns after the first lost race, as a power of two, and at most. A model has no lines to fetch.
const FIRST: u32 = if cfg!(loom) { 0 } else { 5 };
const MOST: u32 = if cfg!(loom) { 1 } else { 7 };

/// One in so many meetings is looked into, as that takes longer than fetching the line, and each after one where the cursor was in use. A power of two.
const SELDOM: usize = 16;
/// Pauses between two looks at a cursor: 100 ns on the machine that this was measured on. Fetching the line back, which the look took away, takes half of that there, and five times as long on some days.
const MOMENT: u32 = 4;
/// It has moved by so much if somebody does nothing but claim, after so many looks at the latest. Half of them are enough to see that it does not move.
const BUSY: usize = 4;
const LOOKS: u32 = 8;

/// Whose stack it is, roughly: 64 KiB of addresses are one. The lowest bits are free, for the count of meetings.
#[inline(always)]
fn here() -> usize {
    let local = 0_u8;
    (&raw const local).addr() / (0x1_0000 / SELDOM)
}

impl<T> Cursor<T> {
    /// Whether the last call was made by this caller. Neither models nor Miri have caches.
    #[inline(always)]
    pub(super) fn is_mine(&self) -> bool {
        cfg!(any(loom, miri)) || (self.trace.load(Ordering::Relaxed) ^ here()) < SELDOM
    }

    /// For one that found another one's trace: leaves its own, and may stay away for a while before.
    #[cold]
    pub(super) fn meet<R: Relax>(&self) {
        let mut nth = self.trace.load(Ordering::Relaxed).wrapping_add(1) % SELDOM;
        if nth == 0 && self.stand_aside::<R>() {
            // The next meeting is looked into as well.
            nth = SELDOM - 1;
        }
        let trace = here() / SELDOM * SELDOM + nth;
        self.trace.store(trace, Ordering::Relaxed);
    }

    /// Stays away for a while if the cursor is in use, and says whether it was.
    fn stand_aside<R: Relax>(&self) -> bool {
        let position = || self.index.load(Ordering::Relaxed) / ONE;
        let before = position();
        let mut looks = 0;
        loop {
            pause(MOMENT);
            looks += 1;
            match position().wrapping_sub(before) {
                BUSY.. => break,
                0 if looks >= LOOKS / 2 => return false,
                _ if looks >= LOOKS => return false,
                _ => {}
            }
        }
        let mut turn = 0;
        while R::aside_turn(turn, position) {
            turn += 1;
        }
        true
    }
}

/// Waits a little longer after each lost race.
pub(super) struct Backoff(u32);

impl Backoff {
    #[inline(always)]
    pub(super) fn new() -> Self {
        Self(FIRST)
    }

    #[cold]
    pub(super) fn turn(&mut self) {
        pause(1 << self.0);
        self.0 = (self.0 + 1).min(MOST);
    }
}

fn pause(n: u32) {
    for _ in 0..n {
        spin_loop();
    }
}
