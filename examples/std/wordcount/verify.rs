//! `--verify`: the same count again, in one thread, in the plainest way.
//!
//! It shares the walk and the rule of what is text with the fast way, and nothing of the counting.

use std::collections::HashMap;
use std::fmt;
use std::path::Path;

use crate::chunk::{Chunk, Verdict};
use crate::count::Counts;
use crate::pipeline::Shared;
use crate::read::{Reader, Sink, Stopped};
use crate::skipped::Reason;
use crate::walk::{self, Found};

/// A plain count.
#[derive(Debug, Default)]
struct Plain {
    files: u64,
    bytes: u64,
    words: HashMap<String, u64>,
}

impl Plain {
    fn add(&mut self, chunk: &Chunk) {
        self.files += chunk.files;
        self.bytes += chunk.size;
        let text = String::from_utf8_lossy(&chunk.bytes);
        let words = text.split(|c: char| !c.is_alphanumeric());
        for word in words.filter(|word| !word.is_empty()) {
            *self.words.entry(word.to_lowercase()).or_default() += 1;
        }
    }

    fn merge(&mut self, other: Self) {
        self.files += other.files;
        self.bytes += other.bytes;
        for (word, count) in other.words {
            *self.words.entry(word).or_default() += count;
        }
    }
}

/// The sink of one file.
struct OneFile<'a> {
    shared: &'a Shared,
    plain: Plain,
    text: bool,
}

impl Sink for OneFile<'_> {
    fn chunk(&mut self, chunk: Chunk) -> Result<(), Stopped> {
        if self.shared.interrupted.is_set() {
            return Err(Stopped);
        }
        self.plain.add(&chunk);
        let verdict = chunk.large.map(|large| large.verdict());
        self.text = matches!(verdict, None | Some(Verdict::Text));
        Ok(())
    }

    fn buffer(&mut self) -> Vec<u8> {
        Vec::new()
    }

    fn skip(&mut self, _: &Path, _: Reason) {
        self.text = false;
    }
}

/// How the two counts differ: a line for each difference, at most ten of them for words.
#[derive(Debug)]
pub(crate) struct Differences(Vec<String>);

impl fmt::Display for Differences {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("\n"))
    }
}

/// Counts again and compares; `Err` if a Ctrl-C came first.
pub(crate) fn verify(
    shared: &Shared,
    root: &Path,
    all: bool,
    counts: &Counts,
) -> Result<Option<Differences>, Stopped> {
    let mut total = Plain::default();
    walk::walk(root, all, |found| {
        let Found::File(path) = found else {
            return Ok(());
        };
        let mut reader = Reader::new(OneFile {
            shared,
            plain: Plain::default(),
            text: false,
        });
        reader.file(&path)?;
        let file = reader.finish()?;
        if file.text {
            total.merge(file.plain);
        }
        Ok(())
    })?;
    Ok(compare(&total, counts))
}

fn compare(plain: &Plain, fast: &Counts) -> Option<Differences> {
    let mut lines = Vec::new();
    let mut same = |what: &str, fast: u64, plain: u64| {
        if fast != plain {
            lines.push(format!("  {what}: {fast} with threads, {plain} without"));
        }
    };
    same("files", fast.files, plain.files);
    same("bytes", fast.bytes, plain.bytes);
    same("words", fast.words, plain.words.values().sum());
    same(
        "distinct words",
        fast.distinct() as u64,
        plain.words.len() as u64,
    );
    let mut missing: HashMap<&str, u64> = plain
        .words
        .iter()
        .map(|(word, n)| (word.as_str(), *n))
        .collect();
    let mut words = Vec::new();
    for (word, n) in fast.iter() {
        let other = missing.remove(word.as_str()).unwrap_or(0);
        if n != other {
            words.push((word, n, other));
        }
    }
    words.extend(missing.into_iter().map(|(word, n)| (word.to_owned(), 0, n)));
    words.sort_unstable();
    for (word, n, other) in words.into_iter().take(10) {
        same(&format!("{word:?}"), n, other);
    }
    (!lines.is_empty()).then_some(Differences(lines))
}
