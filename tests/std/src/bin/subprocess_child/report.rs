//! A way to the test that works when the standard streams do not.

use std::fs::File;
use std::io::Write;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::sync::OnceLock;

static STREAMS: OnceLock<[File; 2]> = OnceLock::new();

/// Keeps copies of standard output and standard error, and sends panics there.
pub(crate) fn install() {
    let keep = |fd: &dyn AsFd| File::from(high(fd.as_fd().try_clone_to_owned().expect("a copy")));
    let _ = STREAMS.set([keep(&std::io::stdout()), keep(&std::io::stderr())]);
    std::panic::set_hook(Box::new(|info| say(&info.to_string())));
}

/// Not in the way of what the scenarios do with low numbers.
fn high(fd: OwnedFd) -> OwnedFd {
    let mut low = vec![fd];
    loop {
        let last = low.pop().expect("one is there");
        if last.as_raw_fd() >= 20 {
            return last;
        }
        let next = last.try_clone().expect("a copy");
        low.push(last);
        low.push(next);
    }
}

pub(crate) fn say(text: &str) {
    if let Some([_, mut error]) = STREAMS.get().map(|[out, error]| [out, error]) {
        let _ = writeln!(error, "{text}");
    }
}

/// The scenario has come to its good end.
pub(crate) fn done() {
    let [mut out, _] = STREAMS
        .get()
        .map(|[out, error]| [out, error])
        .expect("installed");
    writeln!(out, "done").expect("the test listens");
}
