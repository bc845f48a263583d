//! What the timers' tests share.
#![allow(dead_code, reason = "each test file uses a part of it")]

use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(120);

/// As good as never.
pub(crate) const AN_HOUR: Duration = Duration::from_secs(3600);

pub(crate) const fn ms(n: u64) -> Duration {
    Duration::from_millis(n)
}

/// Runs a test, and fails loudly if it hangs.
pub(crate) fn watched<R: Send + 'static>(test: impl FnOnce() -> R + Send + 'static) -> R {
    let (send, receive) = mpsc::channel();
    let runner = thread::spawn(move || {
        let result = test();
        let _ = send.send(());
        result
    });
    match receive.recv_timeout(PATIENCE) {
        Err(RecvTimeoutError::Timeout) => panic!("the test hangs"),
        // Disconnected: it panicked, and so does the join.
        Ok(()) | Err(RecvTimeoutError::Disconnected) => match runner.join() {
            Ok(result) => result,
            Err(panic) => std::panic::resume_unwind(panic),
        },
    }
}

/// Set in a process that was made by [`alone`].
const ALONE: &str = "SELVEDGE_TEST_ALONE";

/// Runs one test of this file in a process of its own, where `body` is called, and returns what it wrote and how it ended.
///
/// `None` in that process, when `body` has returned.
pub(crate) fn alone(test: &str, body: impl FnOnce() + Send + 'static) -> Option<Output> {
    if std::env::var_os(ALONE).is_some() {
        body();
        return None;
    }
    let child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture", "--test-threads=1"])
        .env(ALONE, "1")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    Some(wait(child))
}

fn wait(child: Child) -> Output {
    let id = child.id();
    let (send, receive) = mpsc::channel();
    let waiter = thread::spawn(move || {
        let output = child.wait_with_output().unwrap();
        let _ = send.send(());
        output
    });
    if receive.recv_timeout(PATIENCE) == Err(RecvTimeoutError::Timeout) {
        let _ = Command::new("kill").args(["-9", &id.to_string()]).status();
        panic!("the process hangs");
    }
    waiter.join().unwrap()
}
