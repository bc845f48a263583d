//! The typed whole of a task's allocation, and what its header's table points to.
//!
//! # Safety
//!
//! Reads and writes the union by the rules of `header.rs`.
#![allow(unsafe_code, reason = "a union whose content follows from the state")]

use std::cell::UnsafeCell;
use std::marker::PhantomData;
use std::mem::{ManuallyDrop, offset_of};
use std::ptr::NonNull;

use super::header::{Header, Stage, VTable};
use crate::concurrent::futures::error::TaskError;
use crate::threading::catch_panic;

/// What came of a task. The error is boxed, so that it does not make every task larger.
pub(in crate::concurrent::futures) type Outcome<T> = Result<T, Box<TaskError>>;

/// One allocation. The header comes first, so that a pointer to it is a pointer to the whole.
#[repr(C)]
struct Task<F, T> {
    header: Header,
    body: UnsafeCell<Body<F, T>>,
}

#[repr(C)]
union Body<F, T> {
    work: ManuallyDrop<F>,
    outcome: ManuallyDrop<Outcome<T>>,
}

struct Of<F, T>(PhantomData<(F, T)>);

impl<F: FnOnce() -> T, T> Of<F, T> {
    const TABLE: VTable = VTable {
        run: run::<F, T>,
        drop_work: drop_work::<F, T>,
        drop_outcome: drop_outcome::<F, T>,
        write_error: write_error::<F, T>,
        free: free::<F, T>,
        outcome: offset_of!(Task<F, T>, body),
        can_run: true,
    };

    /// Of a task whose work never unwinds and whose outcome nobody looks at.
    const ALONE: VTable = VTable {
        run: run_alone::<F, T>,
        ..Self::TABLE
    };

    const PROMISE: VTable = VTable {
        can_run: false,
        ..Self::TABLE
    };
}

/// A task that is to call `work`.
pub(super) fn with_work<F: FnOnce() -> T, T>(work: F, refs: u32, owner: u32) -> NonNull<Header> {
    let body: Body<F, T> = Body {
        work: ManuallyDrop::new(work),
    };
    let header = Header::new(&Of::<F, T>::TABLE, refs, owner, Stage::Work);
    allocate(header, body)
}

/// A task that is to call `work`, with one handle: there is no future that could look at its outcome.
///
/// `work` never unwinds.
#[inline]
pub(super) fn with_work_alone<F: FnOnce()>(work: F, owner: u32) -> NonNull<Header> {
    let body: Body<F, ()> = Body {
        work: ManuallyDrop::new(work),
    };
    let header = Header::new(&Of::<F, ()>::ALONE, 1, owner, Stage::Work);
    allocate(header, body)
}

/// One that somebody will complete by hand.
pub(in crate::concurrent::futures) fn without_work<T>(refs: u32) -> NonNull<Header> {
    let body = Body {
        work: ManuallyDrop::new(|| -> T { unreachable!("a promise is not run") }),
    };
    promise(refs, body)
}

fn promise<F: FnOnce() -> T, T>(refs: u32, body: Body<F, T>) -> NonNull<Header> {
    let header = Header::new(&Of::<F, T>::PROMISE, refs, 0, Stage::Empty);
    allocate(header, body)
}

fn allocate<F, T>(header: Header, body: Body<F, T>) -> NonNull<Header> {
    let task = Box::new(Task {
        header,
        body: UnsafeCell::new(body),
    });
    NonNull::from(Box::leak(task)).cast()
}

/// # Safety
///
/// `task` is a `Task<F, T>`, and alive.
unsafe fn body<F, T>(task: NonNull<Header>) -> *mut Body<F, T> {
    let whole = task.cast::<Task<F, T>>().as_ptr();
    // SAFETY: the contract; no reference to the body is made.
    UnsafeCell::raw_get(unsafe { &raw const (*whole).body })
}

/// # Safety
///
/// As `body`; and it is claimed by the caller, and holds the closure.
unsafe fn run<F: FnOnce() -> T, T>(task: NonNull<Header>) -> bool {
    // SAFETY: the contract.
    let body = unsafe { body::<F, T>(task) };
    // SAFETY: the contract; from here on the closure is not in the body.
    let work = unsafe {
        task.as_ref().stage.set(Stage::Empty);
        ManuallyDrop::take(&mut (*body).work)
    };
    let outcome = catch_panic(work).map_err(|panic| Box::new(TaskError::Panicked(panic)));
    let failed = outcome.is_err();
    // SAFETY: still claimed, and the body is empty.
    unsafe { write(task, outcome, body) };
    failed
}

/// # Safety
///
/// As `run`.
unsafe fn run_alone<F: FnOnce() -> T, T>(task: NonNull<Header>) -> bool {
    // SAFETY: the contract; from here on the closure is not in the body, and nothing is.
    let work = unsafe {
        task.as_ref().stage.set(Stage::Empty);
        ManuallyDrop::take(&mut (*body::<F, T>(task)).work)
    };
    work();
    false
}

/// # Safety
///
/// As `body`; and the body is empty and the caller's.
unsafe fn write<F, T>(task: NonNull<Header>, outcome: Outcome<T>, body: *mut Body<F, T>) {
    let outcome = ManuallyDrop::new(outcome);
    // SAFETY: the contract.
    unsafe {
        (&raw mut (*body).outcome).write(outcome);
        task.as_ref().stage.set(Stage::Outcome);
    }
}

/// # Safety
///
/// As `body`; and the body is the caller's and holds the closure.
unsafe fn drop_work<F, T>(task: NonNull<Header>) {
    // SAFETY: the contract.
    unsafe { ManuallyDrop::drop(&mut (*body::<F, T>(task)).work) };
}

/// # Safety
///
/// As `body`; and the body is the caller's and holds the outcome.
unsafe fn drop_outcome<F, T>(task: NonNull<Header>) {
    // SAFETY: the contract.
    unsafe { ManuallyDrop::drop(&mut (*body::<F, T>(task)).outcome) };
}

/// # Safety
///
/// As `body`; and the body is empty and the caller's.
unsafe fn write_error<F, T>(task: NonNull<Header>, error: TaskError) {
    // SAFETY: the contract.
    unsafe { write(task, Err(Box::new(error)), body::<F, T>(task)) };
}

/// # Safety
///
/// As `body`; it is nobody's any more.
unsafe fn free<F, T>(task: NonNull<Header>) {
    // SAFETY: it came from `allocate`; a union drops nothing.
    drop(unsafe { Box::from_raw(task.cast::<Task<F, T>>().as_ptr()) });
}

/// Where the outcome of a task is.
///
/// # Safety
///
/// The value of the task is a `T`, and the caller has a handle.
#[inline]
unsafe fn outcome<T>(task: NonNull<Header>) -> *mut Outcome<T> {
    // SAFETY: the contract; inside the allocation, by `offset_of`, and a union of C's layout begins with each of its fields.
    unsafe { task.byte_add(task.as_ref().vtable.outcome).cast().as_ptr() }
}

/// Lends the outcome.
///
/// # Safety
///
/// The value of the task is a `T`. It is finished or failed, nobody has taken the outcome, and nobody does for as long as `'a`.
pub(in crate::concurrent::futures) unsafe fn lend<'a, T>(
    task: NonNull<Header>,
) -> Result<&'a T, &'a TaskError> {
    // SAFETY: the contract; written before it was done (edge `future-done`).
    unsafe { (*outcome::<T>(task)).as_ref().map_err(|error| &**error) }
}

/// Moves the outcome out.
///
/// # Safety
///
/// The value of the task is a `T`. It is finished or failed, settled, nobody has taken the outcome, and the caller has the one unique handle.
pub(in crate::concurrent::futures) unsafe fn take<T>(
    task: NonNull<Header>,
) -> Result<T, TaskError> {
    // SAFETY: the contract: nobody else reads or writes the body any more.
    let outcome = unsafe {
        task.as_ref().stage.set(Stage::Empty);
        outcome::<T>(task).read()
    };
    outcome.map_err(|error| *error)
}

/// Writes a value into the empty body.
///
/// # Safety
///
/// The value of the task is a `T`. The caller has won the state, and the body is empty.
pub(in crate::concurrent::futures) unsafe fn write_value<T>(task: NonNull<Header>, value: T) {
    // SAFETY: the contract.
    unsafe {
        outcome::<T>(task).write(Ok(value));
        task.as_ref().stage.set(Stage::Outcome);
    }
}
