//! Merging the tables of several threads, and reading the result.

use std::cmp::Reverse;

use crate::count::Counts;
use crate::words;

impl Counts {
    /// Adds what another thread counted.
    pub(crate) fn merge(&mut self, mut other: Self) {
        if self.distinct() < other.distinct() {
            std::mem::swap(self, &mut other);
        }
        self.files += other.files;
        self.bytes += other.bytes;
        self.words += other.words;
        for (word, count) in other.short.iter() {
            self.short.add(word, count);
        }
        for (word, count) in other.long {
            *self.long.entry(word).or_insert(0) += count;
        }
    }

    /// How many different words there are.
    pub(crate) fn distinct(&self) -> usize {
        self.short.len() + self.long.len()
    }

    /// Every word with its count, in no order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (String, u64)> {
        let short = self.short.iter().map(|(key, n)| (words::unpack(key), n));
        short.chain(self.long.iter().map(|(word, n)| (word.to_string(), *n)))
    }

    /// The `n` most frequent words; equally frequent ones in alphabetical order.
    pub(crate) fn top(&self, n: usize) -> Vec<(String, u64)> {
        let short = self.short.iter().map(|(_, count)| count);
        let mut counts: Vec<u64> = short.chain(self.long.values().copied()).collect();
        // Only words as frequent as the n-th are worth a string.
        let least = match n.checked_sub(1) {
            None => return Vec::new(),
            Some(last) if last < counts.len() => {
                *counts
                    .select_nth_unstable_by_key(last, |&count| Reverse(count))
                    .1
            }
            Some(_) => 0,
        };
        let mut top: Vec<_> = self.iter().filter(|&(_, count)| count >= least).collect();
        top.sort_unstable_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        top.truncate(n);
        top
    }
}
