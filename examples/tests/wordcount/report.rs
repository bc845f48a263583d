//! Reads what wordcount prints, and counts in the most naive way.

use std::collections::HashMap;
use std::process::{Command, Output};

use crate::common;

/// A word count of one text, for comparison: no chunks, no threads, no tables of numbers.
pub(crate) fn naive(text: &str, counts: &mut HashMap<String, u64>) {
    let mut word = String::new();
    for c in text.chars().chain([' ']) {
        if c.is_alphanumeric() {
            word.push(c);
        } else if !word.is_empty() {
            *counts.entry(word.to_lowercase()).or_default() += 1;
            word.clear();
        }
    }
}

/// The command.
pub(crate) fn wordcount() -> Command {
    Command::new(common::example("wordcount"))
}

/// What was printed, taken apart.
#[derive(Debug)]
pub(crate) struct Report {
    /// The words, in the order of printing.
    pub(crate) top: Vec<(String, u64)>,
    pub(crate) files: u64,
    pub(crate) bytes: u64,
    pub(crate) words: u64,
    pub(crate) distinct: u64,
    pub(crate) skipped: u64,
    pub(crate) text: String,
}

fn number(text: &str) -> u64 {
    text.replace(',', "").parse().expect("a number")
}

impl Report {
    /// Of a child that succeeded.
    pub(crate) fn of(output: &Output) -> Self {
        let errors = common::text(&output.stderr);
        assert!(output.status.success(), "{}: {errors}", output.status);
        Self::parse(&common::text(&output.stdout))
    }

    pub(crate) fn parse(text: &str) -> Self {
        let (top, totals) = text
            .split_once("\nfiles ")
            .expect("words, an empty line, totals");
        let top = top.lines().filter_map(|line| {
            let (count, word) = line.trim_start().split_once("  ")?;
            Some((word.to_owned(), number(count)))
        });
        let totals = format!("files {totals}");
        let total = |name: &str| {
            let line = totals
                .lines()
                .find(|line| line.starts_with(name))
                .expect("every total");
            number(line[name.len()..].trim())
        };
        Self {
            top: top.collect(),
            files: total("files"),
            bytes: total("bytes"),
            words: total("words"),
            distinct: total("distinct"),
            skipped: total("skipped"),
            text: text.to_owned(),
        }
    }

    /// Compares all words with a naive count; the command was given a huge `--top`.
    pub(crate) fn assert_equals(&self, naive: &HashMap<String, u64>) {
        let mut expected: Vec<_> = naive.iter().map(|(word, n)| (word.clone(), *n)).collect();
        expected.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        let first_difference = self.top.iter().zip(&expected).find(|(a, b)| a != b);
        assert_eq!(first_difference, None);
        assert_eq!(self.top.len(), expected.len());
        assert_eq!(self.distinct, expected.len() as u64);
        assert_eq!(self.words, expected.iter().map(|(_, n)| n).sum::<u64>());
    }
}
