//! How far things are: a bar on a terminal, a line each second elsewhere.

use std::io::{self, IsTerminal, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use indicatif::{HumanBytes, HumanCount, ProgressBar, ProgressStyle};
use selvedge::threading::Event;

/// Numbers to show. They order nothing: relaxed.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    found: AtomicU64,
    files: AtomicU64,
    bytes: AtomicU64,
}

impl Progress {
    /// The walk met a file.
    pub(crate) fn found(&self) {
        self.found.fetch_add(1, Ordering::Relaxed);
    }

    /// So much was read.
    pub(crate) fn read(&self, files: u64, bytes: u64) {
        self.files.fetch_add(files, Ordering::Relaxed);
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Shows them on stderr until `done` is set.
    pub(crate) fn show(&self, done: &Event) {
        if io::stderr().is_terminal() {
            self.show_bar(done);
        } else {
            self.show_lines(done);
        }
    }

    fn show_bar(&self, done: &Event) {
        let style = ProgressStyle::with_template(
            "{bar:30} {human_pos}/{human_len} files, {msg}, {elapsed}",
        );
        let bar = ProgressBar::new(0).with_message("0 B");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        while done.wait_timeout(Duration::from_millis(100)).is_err() {
            bar.set_length(self.found.load(Ordering::Relaxed));
            bar.set_message(HumanBytes(self.bytes.load(Ordering::Relaxed)).to_string());
            bar.set_position(self.files.load(Ordering::Relaxed));
        }
        bar.finish_and_clear();
    }

    fn show_lines(&self, done: &Event) {
        while done.wait_timeout(Duration::from_secs(1)).is_err() {
            let files = HumanCount(self.files.load(Ordering::Relaxed));
            let bytes = HumanBytes(self.bytes.load(Ordering::Relaxed));
            // Nobody may be reading; that is no reason to stop.
            let _ = writeln!(io::stderr(), "wordcount: {files} files, {bytes} so far");
        }
    }
}
