//! The allocation of a task: what every handle to it knows.
//!
//! ```text
//! Header { how to treat what follows, state, handles, observers, owner, tag, stage }
//! body:    the closure | nothing | the value or the error
//! ```
//!
//! Handles are one pointer each and do not know the closure's type; the future knows the value's. The body is a union: what it holds follows from `stage`.
//!
//! # Rules
//!
//! 1. The body and `stage` belong to the one who won the state (`core/src/raw/future.rs`). Who claimed it writes the outcome; once it is finished or failed everybody who may look reads that, and nobody moves it while callbacks are called.
//!    Who cancelled it drops the closure, after everybody can see the state: so nobody else touches the body of a cancelled task, but the last handle.
//! 2. When it is settled, the one unique [`Future`](crate::concurrent::futures::Future) may take the outcome, or drops it. So nothing of the closure or the value is left in an allocation that a stale entry of some queue keeps.
//! 3. The last handle to go drops what is left, and frees. A handle is given up with Release and the last one looks with Acquire (edge `task-left`), so it sees what the others did to the body.
//!
//! # Safety
//!
//! Follows raw pointers to the header. A handle counts in `refs`, and a counted header is alive.
#![allow(unsafe_code, reason = "one allocation with handles of several types")]

use std::cell::Cell;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicU32, Ordering};

use selvedge_core::raw::{Completed, Phase, RawFuture};

use super::observers::Observers;
use crate::concurrent::futures::error::TaskError;
use crate::port::Native;
use crate::threading::shielded;

/// What the body holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// The closure.
    Work,
    /// Nothing: not yet, or not any more.
    Empty,
    /// The value or the error.
    Outcome,
}

/// What depends on the types of the closure and the value.
pub(super) struct VTable {
    /// Runs the closure of a claimed task and writes the outcome, if anybody may look at it; true if that is an error. Never unwinds.
    pub(super) run: unsafe fn(NonNull<Header>) -> bool,
    /// Drops the closure. May unwind.
    pub(super) drop_work: unsafe fn(NonNull<Header>),
    /// Drops the outcome. May unwind.
    pub(super) drop_outcome: unsafe fn(NonNull<Header>),
    /// Writes an error into the empty body.
    pub(super) write_error: unsafe fn(NonNull<Header>, TaskError),
    /// Frees the allocation, and drops nothing that is in the body.
    pub(super) free: unsafe fn(NonNull<Header>),
    /// Where the outcome is.
    pub(super) outcome: usize,
    /// Whether there is something to run: not with a promise.
    pub(super) can_run: bool,
}

/// The part of a task that is the same for all.
#[repr(C)]
pub(in crate::concurrent::futures) struct Header {
    pub(super) vtable: &'static VTable,
    pub(in crate::concurrent::futures) state: RawFuture<Native>,
    refs: AtomicU32,
    pub(super) observers: Observers,
    /// Who is to run it.
    pub(super) owner: u32,
    /// The executor's own. One role, a number that goes with the task: Relaxed.
    pub(super) tag: AtomicU32,
    pub(super) stage: Cell<Stage>,
}

impl Header {
    /// Of a task with this many handles.
    pub(super) fn new(vtable: &'static VTable, refs: u32, owner: u32, stage: Stage) -> Self {
        Self {
            vtable,
            state: RawFuture::new(),
            refs: AtomicU32::new(refs),
            observers: Observers::new(),
            owner,
            tag: AtomicU32::new(0),
            stage: Cell::new(stage),
        }
    }
}

/// A header that the caller has a handle to.
///
/// # Safety
///
/// `task` is counted for, for as long as `'a`.
#[inline(always)]
pub(in crate::concurrent::futures) unsafe fn header<'a>(task: NonNull<Header>) -> &'a Header {
    // SAFETY: the contract. Only the header is lent; the body is reached through the pointer.
    unsafe { task.as_ref() }
}

/// One handle more.
///
/// # Safety
///
/// The caller has one.
pub(in crate::concurrent::futures) unsafe fn retain(task: NonNull<Header>) {
    // SAFETY: the contract.
    let before = unsafe { header(task) }.refs.fetch_add(1, Ordering::Relaxed);
    if before > u32::MAX / 2 {
        // Two thousand million handles were leaked.
        std::process::abort();
    }
}

/// One handle less. With the last one goes what is left; its destructor may unwind.
///
/// # Safety
///
/// The caller has a handle, and gives it up.
#[inline]
pub(in crate::concurrent::futures) unsafe fn release(task: NonNull<Header>) {
    // SAFETY: the contract.
    if unsafe { leaves_last(task) } {
        // SAFETY: the last one.
        unsafe { destroy(task) };
    }
}

/// As [`release`], for those who must go on whatever a destructor does: its panic is reported.
///
/// # Safety
///
/// As there.
#[inline]
pub(super) unsafe fn release_shielded(task: NonNull<Header>) {
    // SAFETY: the contract.
    if unsafe { leaves_last(task) } {
        // SAFETY: the last one.
        unsafe { destroy_shielded(task) };
    }
}

/// As [`release_shielded`]. `before_foreign` is called if foreign destructors are about to run.
///
/// # Safety
///
/// As there.
#[inline]
pub(super) unsafe fn release_shielded_after(task: NonNull<Header>, before_foreign: impl FnOnce()) {
    // SAFETY: the contract.
    if unsafe { leaves_last(task) } {
        // SAFETY: the last one.
        unsafe {
            if header(task).stage.get() != Stage::Empty {
                before_foreign();
            }
            destroy_shielded(task);
        }
    }
}

/// Gives up a handle, and says whether it was the last one.
#[inline]
unsafe fn leaves_last(task: NonNull<Header>) -> bool {
    // SAFETY: the contract.
    let refs = unsafe { &header(task).refs };
    // edge: task-left. Who has the only handle is alone: nobody can make another one, and a locked instruction is saved.
    refs.load(Ordering::Acquire) == 1 || refs.fetch_sub(1, Ordering::AcqRel) == 1
}

/// # Safety
///
/// The last handle is gone.
unsafe fn destroy_shielded(task: NonNull<Header>) {
    // SAFETY: the contract.
    if unsafe { header(task) }.stage.get() == Stage::Empty {
        // SAFETY: the contract. No foreign destructor is in there.
        unsafe { destroy(task) };
    } else {
        // SAFETY: the contract.
        shielded(|| unsafe { destroy(task) });
    }
}

/// # Safety
///
/// The last handle is gone.
unsafe fn destroy(task: NonNull<Header>) {
    struct Free(NonNull<Header>);
    impl Drop for Free {
        fn drop(&mut self) {
            // SAFETY: nobody else is here, and the body has been dropped.
            unsafe { (header(self.0).vtable.free)(self.0) };
        }
    }
    let _free = Free(task);
    // SAFETY: nobody else is here.
    unsafe { drop_body(task) };
}

/// Drops what the body holds. May unwind; the body is empty then as well.
///
/// # Safety
///
/// The body is the caller's.
pub(in crate::concurrent::futures) unsafe fn drop_body(task: NonNull<Header>) {
    // SAFETY: a handle's, or the last one's.
    let header = unsafe { header(task) };
    match header.stage.replace(Stage::Empty) {
        Stage::Empty => {}
        // SAFETY: the body is the caller's, and holds this.
        Stage::Work => unsafe { (header.vtable.drop_work)(task) },
        // SAFETY: as above.
        Stage::Outcome => unsafe { (header.vtable.drop_outcome)(task) },
    }
}

/// Runs a pending task here; false if it is not pending. Never unwinds.
///
/// # Safety
///
/// The caller has a handle.
pub(super) unsafe fn run(task: NonNull<Header>) -> bool {
    // SAFETY: the contract.
    unsafe { run_then(task, || {}, || {}) }
}

/// As [`run`]. `before_done` is called when the outcome is written and nobody can have seen it, `before_calls` if callbacks are about to be called; neither unwinds.
///
/// # Safety
///
/// As there.
#[inline]
pub(super) unsafe fn run_then(
    task: NonNull<Header>,
    before_done: impl FnOnce(),
    before_calls: impl FnOnce(),
) -> bool {
    // SAFETY: the contract.
    let header = unsafe { header(task) };
    if !header.vtable.can_run || !header.state.claim() {
        return false;
    }
    // SAFETY: claimed: the body is ours, and holds the closure.
    let failed = unsafe { (header.vtable.run)(task) };
    before_done();
    let completed = header.state.complete(failed);
    if completed.must_call {
        before_calls();
    }
    // SAFETY: the outcome is written.
    unsafe { tell(task, completed) };
    true
}

/// Cancels a pending task: drops the closure, and tells everybody. `None` if it is too late, false if that was done before. Never unwinds.
///
/// # Safety
///
/// The caller has a handle.
pub(in crate::concurrent::futures) unsafe fn cancel(task: NonNull<Header>) -> Option<bool> {
    use selvedge_core::raw::Cancel;

    // SAFETY: the contract.
    let header = unsafe { header(task) };
    match header.state.cancel() {
        Cancel::Now(completed) => {
            if header.stage.get() == Stage::Work {
                // SAFETY: cancelled by us: the body is ours.
                shielded(|| unsafe { drop_body(task) });
            }
            // SAFETY: it is done.
            unsafe { tell(task, completed) };
            Some(true)
        }
        Cancel::Before => Some(false),
        Cancel::TooLate => None,
    }
}

/// Completes a pending task with an error; the error comes back if it is not pending. Never unwinds.
///
/// # Safety
///
/// The caller has a handle.
pub(super) unsafe fn fail(task: NonNull<Header>, error: TaskError) -> Result<(), TaskError> {
    // SAFETY: the contract.
    let header = unsafe { header(task) };
    if !header.state.claim() {
        return Err(error);
    }
    if header.stage.get() == Stage::Work {
        // SAFETY: claimed: the body is ours.
        shielded(|| unsafe { drop_body(task) });
    }
    // SAFETY: claimed, and empty.
    unsafe { complete_with_error(task, error) };
    Ok(())
}

/// # Safety
///
/// The caller has a handle, and has won the state; the body is empty.
pub(in crate::concurrent::futures) unsafe fn complete_with_error(
    task: NonNull<Header>,
    error: TaskError,
) {
    // SAFETY: the contract.
    let header = unsafe { header(task) };
    // SAFETY: the contract.
    unsafe { (header.vtable.write_error)(task, error) };
    header.stage.set(Stage::Outcome);
    // SAFETY: the outcome is written.
    unsafe { tell(task, header.state.complete(true)) };
}

/// Wakes those who wait, and calls those who want to be called. What is foreign in it is shielded.
///
/// # Safety
///
/// The caller has a handle, and has completed the future.
#[inline]
pub(in crate::concurrent::futures) unsafe fn tell(task: NonNull<Header>, completed: Completed) {
    if completed.must_wake || completed.must_call {
        // SAFETY: the contract.
        unsafe { tell_them(task, completed) };
    }
}

#[cold]
unsafe fn tell_them(task: NonNull<Header>, completed: Completed) {
    // SAFETY: the contract.
    let header = unsafe { header(task) };
    if completed.must_wake {
        shielded(|| header.state.wake());
    }
    if completed.must_call {
        // SAFETY: the contract.
        unsafe { super::observers::call(task) };
    }
}

/// Whether nobody uses the body any more but those who look.
#[inline]
pub(in crate::concurrent::futures) fn is_settled(header: &Header) -> bool {
    header.state.is(Phase::Settled)
}
