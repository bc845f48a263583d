//! The conformance suite on every port that this machine can run.

mod support;

use selvedge_conformance::host::Threads;
use selvedge_conformance::{Counts, run, run_all};
use support::host_spin::HostSpin;
use support::live_tasks::LiveTasks;
use support::short_sections::ShortSections;

fn passed(counts: Counts) {
    println!("{counts:?}");
    assert!(counts.passed > 0);
    assert_eq!(counts.skipped, 0);
}

#[cfg(target_os = "linux")]
#[test]
fn futex() {
    passed(run_all(&Threads::<selvedge::port::Futex>::new()));
}

#[test]
fn parking() {
    passed(run_all(&Threads::<selvedge::port::Parking>::new()));
}

#[test]
fn live_tasks() {
    passed(run_all(&Threads::<LiveTasks>::with(8, 30)));
}

#[test]
fn short_sections() {
    passed(run_all(&Threads::<ShortSections>::with(8, 30)));
}

#[test]
fn host_spin() {
    passed(run_all(&Threads::<HostSpin>::with(8, 10)));
}

#[test]
fn spin() {
    passed(run(&Threads::<selvedge_core::port::Spin>::with(4, 2)));
}

/// Small systems climb what they can, and say what they skip.
#[test]
fn few_tasks() {
    for tasks in 1..=4 {
        let counts = run_all(&Threads::<selvedge::port::Parking>::with(tasks, 5));
        println!("{tasks} tasks: {counts:?}");
        assert_eq!(counts.skipped > 0, tasks < 3);
        assert!(counts.passed >= 40);
    }
}
