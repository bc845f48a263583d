//! The table of slots: which are occupied, which comes first, which is a deadline's.

use core::fmt;

use super::Shape;
use super::entry::NIL;

/// The slot of deadlines earlier than `base`. It is the first, as it must be.
pub(super) const OVERDUE: usize = 0;

pub(super) struct Wheel<S: Shape> {
    /// The first entry of each slot, or `NIL`. Lists are circular, so it leads to the last as well.
    heads: S::Heads,
    /// One bit a slot: not empty.
    occupied: S::Words,
}

impl<S: Shape> Wheel<S> {
    pub(super) const fn new() -> Self {
        Self {
            heads: S::HEADS,
            occupied: S::WORDS,
        }
    }

    /// The slot of a deadline. Slots are numbered in the order of their deadlines.
    #[inline]
    pub(super) fn slot_of(base: u64, deadline: u64) -> usize {
        if deadline < base {
            return OVERDUE;
        }
        let shift = Self::shift(base, deadline);
        let digits = (1 << S::DIGIT) - 1;
        1 + (shift / S::DIGIT * digits) as usize + ((deadline >> shift) as u32 & digits) as usize
    }

    /// How far the digit that decides over a deadline's slot is from the right, in bits. Zero: all deadlines of that slot are equal.
    #[inline]
    pub(super) fn shift(base: u64, deadline: u64) -> u32 {
        let highest = (u64::BITS - 1) - ((base ^ deadline) | 1).leading_zeros();
        highest / S::DIGIT * S::DIGIT
    }

    /// The first slot that is not empty.
    #[inline]
    pub(super) fn first(&self) -> Option<usize> {
        let words = self.occupied.as_ref();
        let word = words.iter().position(|&word| word != 0)?;
        Some(word * 64 + words[word].trailing_zeros() as usize)
    }

    #[inline]
    pub(super) fn head(&self, slot: usize) -> u32 {
        self.heads.as_ref()[slot]
    }

    /// Makes `head` the first entry of `slot`; `NIL` empties it.
    #[inline]
    pub(super) fn set_head(&mut self, slot: usize, head: u32) {
        self.heads.as_mut()[slot] = head;
        let word = &mut self.occupied.as_mut()[slot / 64];
        let bit = 1 << (slot % 64);
        if head == NIL {
            *word &= !bit;
        } else {
            *word |= bit;
        }
    }
}

impl<S: Shape> fmt::Debug for Wheel<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wheel")
            .field("occupied", &self.occupied)
            .finish_non_exhaustive()
    }
}
