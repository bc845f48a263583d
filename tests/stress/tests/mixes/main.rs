//! Random mixes of everything that one can do to a primitive, from several threads: in the end the counts are exact, nobody waits, and nobody hangs.
//!
//! Plans are generated, schedules are the machine's. A failure prints its plan and the seed. Settings:
//!
//! | variable | default | |
//! |---|---|---|
//! | `SELVEDGE_STRESS_SECONDS` | 20 | for all tests of this file, one after the other; two processors halve it |
//! | `SELVEDGE_STRESS_SEED` | from the clock | of the plans |

mod condition;
mod exclusive;
mod meeting;
mod plan;
mod shared;
mod tell;

use plan::run;
use selvedge::port::{Native, Parking};

#[test]
fn mutex() {
    run(
        "mutex",
        exclusive::plans(),
        exclusive::mutex::<Native>,
        exclusive::mutex::<Parking>,
    );
}

#[test]
fn semaphore() {
    run(
        "semaphore",
        exclusive::plans(),
        exclusive::semaphore::<Native>,
        exclusive::semaphore::<Parking>,
    );
}

#[test]
fn rwlock() {
    run(
        "rwlock",
        shared::plans(),
        shared::rwlock::<Native>,
        shared::rwlock::<Parking>,
    );
}

#[test]
fn condition() {
    run(
        "condition",
        condition::plans(),
        condition::buffer::<Native>,
        condition::buffer::<Parking>,
    );
}

#[test]
fn event() {
    run(
        "event",
        tell::plans(),
        tell::event::<Native>,
        tell::event::<Parking>,
    );
}

#[test]
fn barrier() {
    run(
        "barrier",
        meeting::plans(),
        meeting::barrier::<Native>,
        meeting::barrier::<Parking>,
    );
}
