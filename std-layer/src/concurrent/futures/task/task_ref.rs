//! The executor's handle to a task.
//!
//! # Safety
//!
//! It counts as one handle, and so its header is alive.
#![allow(unsafe_code, reason = "a counted raw pointer")]

use std::mem::ManuallyDrop;
use std::ptr::NonNull;
use std::sync::atomic::Ordering;

use selvedge_core::raw::FutureState;

use super::cell;
use super::header::{self, Header};
use crate::concurrent::futures::Future;
use crate::concurrent::futures::error::{BrokenExecutor, TaskError};

/// A task in the hands of its executor: one pointer. Dropped as it is, it fails the task as abandoned.
///
/// Nothing here panics, whatever closures, callbacks, wakers and destructors do; what they panic with is reported to the excepthook.
pub(crate) struct TaskRef(NonNull<Header>);

// SAFETY: the closure and the value of a task are `Send`, by `new`.
unsafe impl Send for TaskRef {}
// SAFETY: by reference there are only atomics.
unsafe impl Sync for TaskRef {}

/// Makes a task; one allocation. `owner` is the number of the executor that will run it, 0 if that is of no interest.
pub(crate) fn new<F, T>(work: F, owner: u32) -> (TaskRef, Future<T>)
where
    F: FnOnce() -> T + Send + 'static,
    T: Send + 'static,
{
    // SAFETY: nothing is borrowed.
    unsafe { new_scoped(work, owner) }
}

/// As [`new`], for a closure that borrows.
///
/// # Safety
///
/// What `F` and `T` borrow outlives the return of [`run`](TaskRef::run) (or whatever else consumes the `TaskRef`), and the future: whoever hands that out gives it the lifetime, also where `T` itself has none.
pub(crate) unsafe fn new_scoped<F, T>(work: F, owner: u32) -> (TaskRef, Future<T>)
where
    F: FnOnce() -> T + Send,
    T: Send,
{
    let task = cell::with_work(work, 2, owner);
    // SAFETY: two handles.
    (TaskRef(task), unsafe { Future::from_task(task) })
}

/// As [`new_scoped`], for a closure whose end is all that anybody wants to know: no future. The closure never unwinds.
///
/// # Safety
///
/// As there.
#[inline]
pub(crate) unsafe fn new_alone<F>(work: F, owner: u32) -> TaskRef
where
    F: FnOnce() + Send,
{
    TaskRef(cell::with_work_alone(work, owner))
}

impl TaskRef {
    #[inline]
    fn header(&self) -> &Header {
        // SAFETY: ours.
        unsafe { header::header(self.0) }
    }

    /// The handle, without its destructor.
    #[inline]
    fn into_handle(self) -> NonNull<Header> {
        ManuallyDrop::new(self).0
    }

    /// Runs it, unless it is stale: it was cancelled, or run elsewhere. Then this is false, and nothing has happened.
    #[inline]
    pub(crate) fn run(self) -> bool {
        let task = self.into_handle();
        // SAFETY: our handle, given up at the end.
        unsafe {
            let ran = header::run(task);
            header::release_shielded(task);
            ran
        }
    }

    /// As [`run`](Self::run), for executors that keep count of who is free: `before_done` is called when the outcome is there and nobody can have seen it, `before_foreign` if callbacks or destructors of others are about to be called after that, perhaps twice. Neither unwinds.
    #[inline]
    pub(crate) fn run_then(self, before_done: impl FnOnce(), before_foreign: impl Fn()) -> bool {
        let task = self.into_handle();
        // SAFETY: our handle, given up at the end.
        unsafe {
            let ran = header::run_then(task, before_done, &before_foreign);
            header::release_shielded_after(task, before_foreign);
            ran
        }
    }

    /// Cancels it, unless it is stale.
    pub(crate) fn cancel(self) -> bool {
        let task = self.into_handle();
        // SAFETY: our handle, given up at the end.
        unsafe {
            let cancelled = header::cancel(task) == Some(true);
            header::release_shielded(task);
            cancelled
        }
    }

    /// Completes it with an error, unless it is stale.
    pub(crate) fn fail(self, error: TaskError) -> bool {
        let task = self.into_handle();
        // SAFETY: our handle, given up at the end.
        unsafe {
            let unwanted = header::fail(task, error);
            header::release_shielded(task);
            match unwanted {
                Ok(()) => true,
                Err(error) => {
                    crate::threading::shielded(|| drop(error));
                    false
                }
            }
        }
    }

    /// Whether nobody needs to run it any more. What is stale remains so.
    #[inline]
    pub(crate) fn is_stale(&self) -> bool {
        self.header().state.state() != FutureState::Pending
    }

    /// What tells it from all others that there are.
    #[inline]
    pub(crate) fn id(&self) -> usize {
        self.0.addr().get()
    }

    /// The executor's own number.
    #[inline]
    pub(crate) fn tag(&self) -> u32 {
        self.header().tag.load(Ordering::Relaxed)
    }

    /// Sets the executor's own number.
    #[inline]
    pub(crate) fn set_tag(&self, tag: u32) {
        self.header().tag.store(tag, Ordering::Relaxed);
    }
}

impl Drop for TaskRef {
    fn drop(&mut self) {
        // SAFETY: our handle, given up at the end.
        unsafe {
            if !self.is_stale() {
                // Somebody may have been faster: then the error is none that has a destructor of others.
                let _ = header::fail(self.0, TaskError::Broken(BrokenExecutor::abandoned()));
            }
            header::release_shielded(self.0);
        }
    }
}
