//! Files that were not counted, and why.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{fmt, io};

/// Why a file was skipped.
#[derive(Debug)]
pub(crate) enum Reason {
    /// It cannot be opened or read.
    Unreadable(io::Error),
    /// There is a NUL byte in its first 8 KiB.
    Binary,
    /// It is not UTF-8 from beginning to end.
    NotUtf8,
    /// It has a "word" too long to keep in memory.
    LongWord,
    /// A pipe, a socket, a device.
    Special,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(error) => error.fmt(f),
            Self::Binary => f.write_str("binary"),
            Self::NotUtf8 => f.write_str("not UTF-8"),
            Self::LongWord => f.write_str("a word longer than 1 MiB"),
            Self::Special => f.write_str("not a file or folder"),
        }
    }
}

/// All of them counted; the first few by name, however many there are.
#[derive(Debug, Default)]
pub(crate) struct Skipped {
    count: u64,
    named: BTreeMap<PathBuf, Reason>,
}

impl Skipped {
    const NAMES: usize = 10;

    /// Adds one.
    pub(crate) fn push(&mut self, path: &Path, reason: Reason) {
        self.count += 1;
        self.named.insert(path.to_owned(), reason);
        if self.named.len() > Self::NAMES {
            self.named.pop_last();
        }
    }

    /// How many there are.
    pub(crate) fn count(&self) -> u64 {
        self.count
    }

    /// The first of them, in the order of their names.
    pub(crate) fn named(&self) -> impl Iterator<Item = (&Path, &Reason)> {
        self.named
            .iter()
            .map(|(path, reason)| (path.as_path(), reason))
    }

    /// How many are not named.
    pub(crate) fn unnamed(&self) -> u64 {
        self.count - self.named.len() as u64
    }
}
