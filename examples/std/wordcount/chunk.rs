//! What readers hand to counters.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

/// A piece of text that neither begins nor ends within a word: several small files, or a part of a large one.
#[derive(Debug)]
pub(crate) struct Chunk {
    /// The text.
    pub(crate) bytes: Vec<u8>,
    /// Bytes of files in it.
    pub(crate) size: u64,
    /// Files that end in it.
    pub(crate) files: u64,
    /// The file that it is a part of, if it is not the whole.
    pub(crate) large: Option<Arc<Large>>,
}

/// Whether a file is text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Verdict {
    /// Not read to its end yet.
    Open,
    /// Text from beginning to end.
    Text,
    /// Not text, or not readable to its end: none of it counts.
    NoText,
}

/// A file that is counted while it is being read.
#[derive(Debug, Default)]
pub(crate) struct Large(AtomicU8);

impl Large {
    /// The state of things. It guards no data, so the orderings are relaxed.
    pub(crate) fn verdict(&self) -> Verdict {
        match self.0.load(Ordering::Relaxed) {
            0 => Verdict::Open,
            1 => Verdict::Text,
            _ => Verdict::NoText,
        }
    }

    /// Decides.
    pub(crate) fn decide(&self, verdict: Verdict) {
        self.0.store(verdict as u8, Ordering::Relaxed);
    }
}
