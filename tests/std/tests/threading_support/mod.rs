//! A watchdog, and child processes.
#![allow(dead_code, reason = "each test binary uses a part")]

use std::process::{Command, Output, Stdio};
use std::time::Duration;

use selvedge_conformance::host::Watchdog;

/// Ends the test binary if the test that holds this takes too long.
#[must_use]
pub(crate) fn watchdog() -> Watchdog {
    Watchdog::new(std::thread::current().name().unwrap_or("a test"))
}

/// What a child process did.
pub(crate) struct Told {
    pub(crate) out: String,
    pub(crate) err: String,
    pub(crate) code: Option<i32>,
}

/// Runs one scenario of `src/bin/threading_child` to its end. The child has a watchdog of its own.
pub(crate) fn child(scenario: &str) -> Told {
    let Output {
        status,
        stdout,
        stderr,
    } = Command::new(env!("CARGO_BIN_EXE_threading_child"))
        .arg(scenario)
        .env_remove("RUST_BACKTRACE")
        .stdin(Stdio::null())
        .output()
        .expect("the child can be started");
    Told {
        out: String::from_utf8(stdout).expect("text"),
        err: String::from_utf8(stderr).expect("text"),
        code: status.code(),
    }
}

impl Told {
    /// The child ended well and said nothing on standard error.
    #[track_caller]
    pub(crate) fn clean(self) -> String {
        assert_eq!(self.err, "");
        assert_eq!(self.code, Some(0));
        self.out
    }
}

/// Polls until `done`; the watchdog ends it if that never happens.
pub(crate) fn eventually(mut done: impl FnMut() -> bool) {
    while !done() {
        std::thread::sleep(Duration::from_millis(1));
    }
}
