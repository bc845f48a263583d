//! Hosts: threads, each of which may run an executor.

use core::num::NonZeroUsize;
use std::thread::{self, Thread};

pub(crate) type Task = Thread;
pub(crate) type Relax = selvedge_core::port::NoSpin;

/// A `Thread` outlives its thread.
pub(crate) const UNBLOCK_NEEDS_LIVE_TASK: bool = false;

pub(crate) fn current() -> Task {
    thread::current()
}

pub(crate) fn park() {
    thread::park();
}

pub(crate) fn unpark(task: &Task) {
    task.unpark();
}

/// Executors of a host do not sleep by parking.
pub(crate) fn end_wait() {}

/// The address of something that each thread has of its own.
pub(crate) fn identity() -> NonZeroUsize {
    thread_local!(static OWN: u8 = const { 0 });
    OWN.with(|own| NonZeroUsize::MIN.saturating_add(core::ptr::from_ref(own).addr()))
}

/// Whether `holder` cannot go on before a call of `me` returns.
#[cfg(feature = "hang-detection")]
pub(crate) fn holds_up(me: NonZeroUsize, holder: NonZeroUsize) -> bool {
    me == holder
}

pub(crate) fn assert_may_block() {}

#[cfg(feature = "time")]
pub(crate) fn park_until(deadline: embassy_time::Instant) {
    use selvedge_core::port::Clock;

    use crate::port::Embassy;

    thread::park_timeout(Embassy::until(Embassy::now(), deadline));
}
