//! How the calling thread, or task, waits for a future; the same for all handles.

use std::ptr::NonNull;
use std::time::{Duration, Instant};

use selvedge_core::raw::Phase;

use crate::concurrent::futures::task::{Awaited, Header, host, is_called_here};
use crate::threading::TimedOut;

/// How long a wait may last.
#[derive(Debug, Clone, Copy)]
pub(in crate::concurrent::futures) enum Until {
    Ever,
    Instant(Instant),
}

impl Until {
    /// A span that the clock cannot reach is for ever.
    pub(in crate::concurrent::futures) fn after(timeout: Duration) -> Self {
        Instant::now()
            .checked_add(timeout)
            .map_or(Self::Ever, Self::Instant)
    }
}

/// Waits until the future is so far.
///
/// # Panics
///
/// If it waits for the end of the very callback that it is called by.
///
/// # Safety
///
/// The caller has a handle.
#[allow(unsafe_code, reason = "follows the pointer of a handle")]
#[inline]
pub(super) unsafe fn wait(
    task: NonNull<Header>,
    phase: Phase,
    until: impl FnOnce() -> Until,
) -> Result<(), TimedOut> {
    // SAFETY: the contract.
    let header = unsafe { task.as_ref() };
    if header.state.is(phase) {
        return Ok(());
    }
    // SAFETY: the contract.
    unsafe { wait_contended(task, phase, until()) }
}

#[allow(unsafe_code, reason = "follows the pointer of a handle")]
#[cold]
unsafe fn wait_contended(
    task: NonNull<Header>,
    phase: Phase,
    until: Until,
) -> Result<(), TimedOut> {
    assert!(
        phase != Phase::Settled || !is_called_here(task),
        "the value of a future is taken inside one of its own callbacks, which must see it first"
    );
    // SAFETY: the contract.
    let state = unsafe { &task.as_ref().state };
    let sleep = || match until {
        Until::Ever => {
            state.wait(phase);
            Ok(())
        }
        Until::Instant(deadline) => state.wait_deadline(phase, deadline),
    };
    let Some(host) = host() else {
        return sleep();
    };
    // SAFETY: the contract: the handle is there until we return.
    let awaited = unsafe { Awaited::new(task) };
    while host.help(awaited) {
        if state.is(phase) {
            return Ok(());
        }
    }
    let mut result = Ok(());
    // A wait that will end by itself is of no interest to one who looks for circles.
    let endless = matches!(until, Until::Ever).then_some(awaited);
    host.sleep(endless, &mut || result = sleep());
    result
}
