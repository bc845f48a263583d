//! How the processor sleeps, and who runs: the bare-metal port's, on one core.

use core::num::NonZeroUsize;

use selvedge_core::port::{Identity, Park, Port};
use selvedge_port_bare_metal::{BareMetal, Refusal, may_wait};

pub(crate) type Task = selvedge_port_bare_metal::Task;
pub(crate) type Relax = <BareMetal as Port>::Relax;

/// An event that nobody waits for does no harm.
pub(crate) const UNBLOCK_NEEDS_LIVE_TASK: bool = BareMetal::UNBLOCK_NEEDS_LIVE_TASK;

pub(crate) fn current() -> Task {
    BareMetal::task()
}

pub(crate) fn park() {
    BareMetal::park();
}

pub(crate) fn unpark(task: &Task) {
    BareMetal::unpark(task);
}

pub(crate) fn identity() -> NonZeroUsize {
    <BareMetal as Identity>::current()
}

/// Panics where the caller must not sleep.
pub(crate) fn assert_may_block() {
    match may_wait() {
        Ok(()) => {}
        Err(Refusal::Handler(_)) => panic!(
            "a call that waits, in a task of RTIC: use the try_ or the _async form there; only idle may block"
        ),
        Err(Refusal::Masked) => panic!(
            "a call that waits, in init or inside of a lock of RTIC: nothing can end the wait"
        ),
    }
}

/// Sleeps until an event, or until `deadline`.
#[cfg(feature = "time")]
pub(crate) fn park_until(deadline: crate::Instant) {
    <BareMetal as selvedge_core::port::TimedPark>::park_until(deadline);
}
