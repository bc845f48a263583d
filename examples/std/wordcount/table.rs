//! The table of short words: open addressing, words and counts side by side, so that most words cost one access to memory.
//!
//! A general hash map keeps its control bytes apart from its entries, which is two accesses. Here that is all the work there is, and it is worth a
//! table of its own.

use std::hash::{BuildHasher, RandomState};
use std::mem;

use crate::words::Key;

/// Words with their counts; a count of 0 marks a free place.
#[derive(Debug)]
pub(crate) struct Table {
    places: Vec<(Key, u64)>,
    used: usize,
    /// Differs from table to table, so that nobody can choose words that collide, and that the order of one table is no order for another.
    seed: u64,
}

const FEWEST: usize = 1 << 10;

impl Default for Table {
    fn default() -> Self {
        Self {
            places: vec![(0, 0); FEWEST],
            used: 0,
            seed: RandomState::new().hash_one(0),
        }
    }
}

impl Table {
    /// Counts a word `n` times; `n` is not 0.
    #[inline]
    pub(crate) fn add(&mut self, word: Key, n: u64) {
        let mask = self.places.len() - 1;
        let mut at = self.hash(word) & mask;
        loop {
            let place = &mut self.places[at];
            if place.0 == word {
                place.1 += n;
                return;
            }
            if place.1 == 0 {
                *place = (word, n);
                self.used += 1;
                return self.grow_if_crowded();
            }
            at = (at + 1) & mask;
        }
    }

    /// The words.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (Key, u64)> {
        self.places.iter().copied().filter(|(_, n)| *n != 0)
    }

    /// How many words there are.
    pub(crate) fn len(&self) -> usize {
        self.used
    }

    fn grow_if_crowded(&mut self) {
        let places = self.places.len();
        if self.used > places / 2 {
            let old = mem::replace(&mut self.places, vec![(0, 0); 2 * places]);
            self.used = 0;
            let words = old.into_iter().filter(|(_, n)| *n != 0);
            words.for_each(|(word, n)| self.add(word, n));
        }
    }

    /// Both halves of a long product depend on every bit of the word.
    #[inline]
    fn hash(&self, word: Key) -> usize {
        let (low, high) = (word as u64, (word >> 64) as u64);
        let product = u128::from(low ^ self.seed) * u128::from(high ^ 0xC2B2_AE3D_27D4_EB4F);
        let folded = product as u64 ^ (product >> 64) as u64;
        (folded.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32) as usize
    }
}
