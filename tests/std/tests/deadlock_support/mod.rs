//! What the tests of the detector share.
#![allow(dead_code, reason = "each test file uses a part of it")]

use std::sync::{Mutex, Once};
use std::thread;
use std::time::Duration;

use selvedge::deadlock::{self, Action, Report, ThreadState};
use selvedge::threading::{Builder, Thread};

/// All that was reported in this process. The tests run side by side, and tell their reports by the names of their threads.
static REPORTS: Mutex<Vec<Report>> = Mutex::new(Vec::new());

/// Collects reports from now on, and ends each deadlock by a panic in one of its threads.
pub(crate) fn listen() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        deadlock::on_deadlock(|report| {
            REPORTS.lock().unwrap().push(report.clone());
            Action::Panic
        });
    });
}

fn is_about(report: &Report, prefix: &str) -> bool {
    report
        .links
        .iter()
        .any(|link| link.thread.name.starts_with(prefix))
}

/// What was reported of threads whose names begin like this.
pub(crate) fn reports_of(prefix: &str) -> Vec<Report> {
    let reports = REPORTS.lock().unwrap();
    reports
        .iter()
        .filter(|report| is_about(report, prefix))
        .cloned()
        .collect()
}

/// What there is of deadlocks now.
pub(crate) fn found_now(prefix: &str) -> Vec<Report> {
    let mut found = deadlock::check_now();
    found.retain(|report| is_about(report, prefix));
    found
}

pub(crate) fn start<T: Send + 'static>(
    name: &str,
    target: impl FnOnce() -> T + Send + 'static,
) -> Thread<T> {
    Builder::new().name(name).spawn(target).unwrap()
}

/// Waits until the picture of a thread is as wanted; the watchdog of the test limits it.
pub(crate) fn until(name: &str, wanted: impl Fn(&ThreadState) -> bool) -> ThreadState {
    loop {
        let threads = deadlock::snapshot().threads;
        let found = threads
            .into_iter()
            .find(|state| state.thread.name == name && wanted(state));
        if let Some(state) = found {
            return state;
        }
        thread::sleep(Duration::from_millis(1));
    }
}

pub(crate) fn until_it_waits(name: &str) -> ThreadState {
    until(name, |state| state.waiting.is_some())
}
