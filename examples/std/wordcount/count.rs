//! Counting: one table for each thread, so that nothing is shared while it counts.

use std::sync::Arc;

use hashbrown::HashMap;

use crate::chunk::{Chunk, Large, Verdict};
use crate::table::Table;
use crate::words::{self, Key, Words};

/// What was counted.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    /// Files read to their end.
    pub(crate) files: u64,
    /// Bytes of text.
    pub(crate) bytes: u64,
    /// Words, each occurrence.
    pub(crate) words: u64,
    pub(crate) short: Table,
    pub(crate) long: HashMap<Box<str>, u64>,
}

impl Counts {
    fn add(&mut self, chunk: &mut Chunk) {
        self.files += chunk.files;
        self.bytes += chunk.size;
        chunk.bytes.extend_from_slice(&words::PADDING);
        words::split(&chunk.bytes, self);
    }
}

impl Words for Counts {
    #[inline]
    fn short(&mut self, word: Key) {
        self.words += 1;
        self.short.add(word, 1);
    }

    fn long(&mut self, word: &str) {
        self.words += 1;
        match self.long.get_mut(word) {
            Some(count) => *count += 1,
            None => drop(self.long.insert(word.into(), 1)),
        }
    }
}

/// The work of one counting thread.
#[derive(Debug, Default)]
pub(crate) struct Counter {
    sure: Counts,
    /// Parts of large files that may still turn out not to be text. Never more than there are readers.
    open: Vec<(Arc<Large>, Counts)>,
}

impl Counter {
    /// Counts a chunk.
    pub(crate) fn add(&mut self, chunk: &mut Chunk) {
        self.settle();
        let Some(large) = chunk.large.take() else {
            return self.sure.add(chunk);
        };
        match large.verdict() {
            Verdict::Text => self.sure.add(chunk),
            Verdict::NoText => {}
            Verdict::Open => {
                let known = self.open.iter().position(|(l, _)| Arc::ptr_eq(l, &large));
                let place = known.unwrap_or_else(|| {
                    self.open.push((large, Counts::default()));
                    self.open.len() - 1
                });
                self.open[place].1.add(chunk);
            }
        }
    }

    /// Adds what another one has counted.
    pub(crate) fn merge(&mut self, other: Self) {
        self.sure.merge(other.sure);
        for (large, counts) in other.open {
            let known = self.open.iter().position(|(l, _)| Arc::ptr_eq(l, &large));
            match known {
                Some(place) => self.open[place].1.merge(counts),
                None => self.open.push((large, counts)),
            }
        }
        self.settle();
    }

    /// Keeps or drops what belongs to files that are decided by now.
    fn settle(&mut self) {
        let decided = |(large, _): &mut (Arc<Large>, Counts)| large.verdict() != Verdict::Open;
        for (large, counts) in self.open.extract_if(.., decided) {
            if large.verdict() == Verdict::Text {
                self.sure.merge(counts);
            }
        }
    }

    /// All counts. Files that are still open were interrupted: what was read of them counts.
    pub(crate) fn finish(mut self) -> Counts {
        self.settle();
        for (_, counts) in self.open {
            self.sure.merge(counts);
        }
        self.sure
    }
}
