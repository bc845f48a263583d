//! What is printed at the end.

use std::io::{self, Write};
use std::path::Path;
use std::time::Duration;

use indicatif::HumanCount;

use crate::count::Counts;
use crate::skipped::Skipped;

/// Everything that is known.
#[derive(Debug)]
pub(crate) struct Report<'a> {
    /// What was counted.
    pub(crate) counts: &'a Counts,
    /// What was not.
    pub(crate) skipped: &'a Skipped,
    /// Where.
    pub(crate) root: &'a Path,
    /// How long it took.
    pub(crate) elapsed: Duration,
    /// In how many threads.
    pub(crate) workers: usize,
    /// How many words to print.
    pub(crate) top: usize,
    /// Whether it ended early.
    pub(crate) interrupted: bool,
}

impl Report<'_> {
    /// Prints it.
    pub(crate) fn print(&self, out: &mut impl Write) -> io::Result<()> {
        if self.interrupted {
            writeln!(out, "interrupted: this is what was counted until then\n")?;
        }
        for (word, count) in self.counts.top(self.top) {
            writeln!(out, "{:>15}  {word}", HumanCount(count).to_string())?;
        }
        self.print_totals(out)?;
        self.print_skipped(out)
    }

    fn print_totals(&self, out: &mut impl Write) -> io::Result<()> {
        let Counts {
            files,
            bytes,
            words,
            ..
        } = *self.counts;
        let seconds = self.elapsed.as_secs_f64();
        let per_second = |n: u64| n as f64 / 1e6 / seconds.max(1e-9);
        writeln!(out)?;
        writeln!(out, "files     {}", HumanCount(files))?;
        writeln!(out, "bytes     {}", HumanCount(bytes))?;
        writeln!(out, "words     {}", HumanCount(words))?;
        writeln!(
            out,
            "distinct  {}",
            HumanCount(self.counts.distinct() as u64)
        )?;
        writeln!(
            out,
            "time      {seconds:.3} s with {} workers",
            self.workers
        )?;
        writeln!(
            out,
            "speed     {:.1} MB/s, {:.1} million words/s",
            per_second(bytes),
            per_second(words)
        )
    }

    fn print_skipped(&self, out: &mut impl Write) -> io::Result<()> {
        let skipped = self.skipped;
        writeln!(out, "skipped   {}", HumanCount(skipped.count()))?;
        for (path, reason) in skipped.named() {
            let path = path.strip_prefix(self.root).unwrap_or(path);
            let name = if path.as_os_str().is_empty() {
                self.root
            } else {
                path
            };
            // A name may contain anything, control characters of terminals as well.
            let name = name.to_string_lossy();
            writeln!(out, "          {}: {reason}", name.escape_debug())?;
        }
        match skipped.unnamed() {
            0 => Ok(()),
            more => writeln!(out, "          and {} more", HumanCount(more)),
        }
    }
}
