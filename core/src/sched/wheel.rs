//! Keys of the future, roughly sorted: the later, the more roughly.
//!
//! A key lies in the pile that is named by the highest digit in which its time differs from `base`: the place of that digit is the level, its value the pile. So the first pile that is not empty has the first keys of
//! all, and `base` may be advanced into that pile without concerning any other: its keys are filed anew, on lower levels. Each key moves at most once a level, as a rule two or three times in all, and always
//! together with its neighbours.

use alloc::vec::Vec;

use super::key::Key;
use super::piles::{Chunks, Pile};

const DIGIT: u32 = 6;
const DIGITS: usize = 1 << DIGIT;
const LEVELS: usize = u64::BITS.div_ceil(DIGIT) as usize;

/// Keys later than `base`.
#[derive(Debug)]
pub(super) struct Wheel {
    base: u64,
    /// Which piles of a level have keys.
    levels: [u64; LEVELS],
    /// None before the first key.
    piles: Vec<Pile>,
    chunks: Chunks,
}

/// Names a pile.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    level: usize,
    digit: usize,
}

impl Place {
    fn index(self) -> usize {
        self.level * DIGITS + self.digit
    }
}

impl Wheel {
    pub(super) const fn new() -> Self {
        Self {
            base: 0,
            levels: [0; LEVELS],
            piles: Vec::new(),
            chunks: Chunks::new(),
        }
    }

    /// All its keys are later than this.
    #[inline]
    pub(super) fn base(&self) -> u64 {
        self.base
    }

    /// Files a key that is later than `base`.
    #[inline]
    pub(super) fn file(&mut self, key: Key) {
        if self.piles.is_empty() {
            self.piles.resize(LEVELS * DIGITS, Pile::EMPTY);
        }
        let highest = (key.ticks ^ self.base).checked_ilog2().unwrap_or(0);
        let level = (highest / DIGIT) as usize;
        let digit = (key.ticks >> (DIGIT * level as u32)) as usize % DIGITS;
        self.levels[level] |= 1 << digit;
        let pile = &mut self.piles[Place { level, digit }.index()];
        self.chunks.put(pile, key);
    }

    /// The pile with the first keys of all.
    #[inline]
    pub(super) fn first(&self) -> Option<Place> {
        let level = self.levels.iter().position(|digits| *digits != 0)?;
        let digit = self.levels[level].trailing_zeros() as usize;
        Some(Place { level, digit })
    }

    #[inline]
    pub(super) fn pile(&self, place: Place) -> &Pile {
        &self.piles[place.index()]
    }

    /// The last time whose keys would lie there.
    pub(super) fn last_of(&self, place: Place) -> u64 {
        let shift = DIGIT * place.level as u32;
        // Above the digit as `base`, then the digit, then ones.
        let above = self.base >> shift & !(DIGITS as u64 - 1);
        let start = (above | place.digit as u64) << shift;
        start | !(u64::MAX << shift)
    }

    /// Takes a pile off, for [`empty`](Self::empty).
    pub(super) fn remove(&mut self, place: Place) -> Pile {
        self.levels[place.level] &= !(1 << place.digit);
        core::mem::replace(&mut self.piles[place.index()], Pile::EMPTY)
    }

    /// Empties a pile that was removed: shows each key to `keep`, and files those anew for which it says so.
    #[inline]
    pub(super) fn empty(&mut self, mut pile: Pile, mut keep: impl FnMut(&Key) -> bool) {
        while let Some(taken) = self.chunks.take(&mut pile) {
            for place in 0..taken.len {
                let key = self.chunks.key(&taken, place);
                if keep(&key) {
                    self.file(key);
                }
            }
            self.chunks.give_back(taken);
        }
    }

    /// Advances `base` to a time of a pile that was the first one and has been removed, or before it.
    pub(super) fn advance(&mut self, base: u64) {
        self.base = base;
    }

    /// Begins anew, if there is nothing in it.
    pub(super) fn restart(&mut self) {
        if self.first().is_none() {
            self.base = 0;
        }
    }

    /// All piles with keys.
    pub(super) fn places(&self) -> impl Iterator<Item = Place> + use<> {
        let levels = self.levels;
        (0..LEVELS * DIGITS).filter_map(move |index| {
            let place = Place {
                level: index / DIGITS,
                digit: index % DIGITS,
            };
            (levels[place.level] >> place.digit & 1 == 1).then_some(place)
        })
    }

    /// All keys, in no order.
    pub(super) fn keys(&self) -> impl Iterator<Item = &Key> {
        self.places()
            .flat_map(|place| self.chunks.keys(self.pile(place)))
    }
}
