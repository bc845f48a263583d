//! The conformance suite in the size that Miri can run (`ci/miri.sh`); without Miri it is a quick look.

use selvedge_conformance::host::Threads;
use selvedge_conformance::{climb, primitive_ladders, run_all, timed_ladders};

/// Percent of the usual rounds.
const ROUNDS: u32 = 1;

#[cfg(target_os = "linux")]
#[test]
fn futex() {
    let counts = run_all(&Threads::<selvedge::port::Futex>::with_rounds(ROUNDS));
    assert!(counts.passed > 0);
}

// Queues do not know how their port sleeps; one port is enough for them here.
#[test]
fn parking() {
    let world = Threads::<selvedge::port::Parking>::with_rounds(ROUNDS);
    let counts = [
        climb(&world, &primitive_ladders()),
        climb(&world, &timed_ladders()[..4]),
    ];
    assert!(counts.iter().all(|counts| counts.passed > 0));
}
