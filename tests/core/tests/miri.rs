//! The conformance suite in the size that Miri can run (`ci/miri.sh`); without Miri it is a quick look.

use selvedge_conformance::host::Threads;
use selvedge_conformance::run_all;

/// Percent of the usual rounds.
const ROUNDS: u32 = 1;

#[cfg(target_os = "linux")]
#[test]
fn futex() {
    let counts = run_all(&Threads::<selvedge::port::Futex>::with_rounds(ROUNDS));
    assert!(counts.passed > 0);
}

#[test]
fn parking() {
    let counts = run_all(&Threads::<selvedge::port::Parking>::with_rounds(ROUNDS));
    assert!(counts.passed > 0);
}
