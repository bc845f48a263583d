//! What the user sees: what each target has written, in one piece, and on a terminal who is at work.

use std::io::{self, IsTerminal, Write};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use selvedge::threading::Mutex;

/// See above. The bar is on stderr, and hidden unless that is a terminal; what is printed is on stdout.
#[derive(Debug)]
pub(crate) struct Progress {
    bar: ProgressBar,
    at_work: Mutex<Vec<String>>,
    /// Held while a target's output is printed.
    printing: Mutex<()>,
}

impl Progress {
    pub(crate) fn new(targets: usize) -> Self {
        let target = if io::stderr().is_terminal() {
            ProgressDrawTarget::stderr()
        } else {
            ProgressDrawTarget::hidden()
        };
        let bar = ProgressBar::with_draw_target(Some(targets as u64), target);
        let style = ProgressStyle::with_template("{bar:20} {pos}/{len}, {elapsed}: {wide_msg}");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        if !bar.is_hidden() {
            bar.enable_steady_tick(Duration::from_millis(200));
        }
        Self {
            bar,
            at_work: Mutex::default(),
            printing: Mutex::default(),
        }
    }

    pub(crate) fn begins(&self, target: &str) {
        let mut at_work = self.at_work.lock();
        at_work.push(target.to_owned());
        self.bar.set_message(at_work.join(", "));
    }

    pub(crate) fn ends(&self, target: &str) {
        let mut at_work = self.at_work.lock();
        at_work.retain(|name| name != target);
        self.bar.set_message(at_work.join(", "));
        self.bar.inc(1);
    }

    /// Nobody needs to be listening.
    pub(crate) fn print(&self, target: &str, output: &[u8]) {
        let _printing = self.printing.lock();
        self.bar.suspend(|| {
            let mut out = io::stdout().lock();
            let _ = writeln!(out, "== {target}");
            let _ = out.write_all(output);
            if !output.is_empty() && !output.ends_with(b"\n") {
                let _ = writeln!(out);
            }
            let _ = out.flush();
        });
    }

    pub(crate) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}
