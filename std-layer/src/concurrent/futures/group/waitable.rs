//! [`Waitable`].
//!
//! # Safety
//!
//! Says which task a handle leads to.
#![allow(unsafe_code, reason = "a promise about a pointer")]

use std::ptr::NonNull;

use selvedge_core::raw::FutureState;

use crate::concurrent::futures::task::{Awaited, Header, header};
use crate::concurrent::futures::{CancelOnDrop, Future, SharedFuture};

/// A handle to a task.
///
/// # Safety
///
/// `task` is always the same, and alive as long as the handle, wherever that is moved to.
pub(super) unsafe trait Handle {
    fn task(&self) -> NonNull<Header>;

    /// Whether no other handle of the kind leads to the same task.
    fn is_unique(&self) -> bool;
}

/// What [`wait`](super::wait()) and [`as_completed`](super::as_completed()) wait for: futures, references to futures, and, for futures of several types, `&dyn Waitable`. It is implemented for nothing else.
#[expect(
    private_bounds,
    reason = "sealed: the pointer is this module's own business"
)]
pub trait Waitable: Handle {}

impl<H: Handle + ?Sized> Waitable for H {}

// SAFETY: a future has the one allocation until it is dropped.
unsafe impl<T> Handle for Future<T> {
    fn task(&self) -> NonNull<Header> {
        Self::task(self)
    }

    fn is_unique(&self) -> bool {
        true
    }
}

// SAFETY: as above.
unsafe impl<T> Handle for CancelOnDrop<T> {
    fn task(&self) -> NonNull<Header> {
        (**self).task()
    }

    fn is_unique(&self) -> bool {
        true
    }
}

// SAFETY: as above.
unsafe impl<T> Handle for SharedFuture<T> {
    fn task(&self) -> NonNull<Header> {
        Self::task(self)
    }

    fn is_unique(&self) -> bool {
        false
    }
}

// SAFETY: what is borrowed is there, and cannot be changed for another.
unsafe impl<H: Handle + ?Sized> Handle for &H {
    fn task(&self) -> NonNull<Header> {
        (**self).task()
    }

    fn is_unique(&self) -> bool {
        false
    }
}

// SAFETY: as what is in it.
unsafe impl<H: Handle + ?Sized> Handle for Box<H> {
    fn task(&self) -> NonNull<Header> {
        (**self).task()
    }

    fn is_unique(&self) -> bool {
        (**self).is_unique()
    }
}

/// The state of the task of a handle.
pub(super) fn state_of<H: Handle + ?Sized>(handle: &H) -> FutureState {
    // SAFETY: alive, by the contract of `Handle`.
    unsafe { header(handle.task()) }.state.state()
}

/// The task, for an executor.
pub(super) fn awaited<H: Handle + ?Sized>(handle: &H) -> Awaited<'_> {
    // SAFETY: alive as long as the handle, by the contract of `Handle`.
    unsafe { Awaited::new(handle.task()) }
}

/// The indices of the handles in this slice that lead to a task to which no earlier one leads, in order; `None` if these are all.
pub(super) fn first_ones<H: Handle>(handles: &[H]) -> Option<Vec<usize>> {
    if handles.len() < 2 || handles.iter().all(Handle::is_unique) {
        return None;
    }
    let mut places: Vec<_> = handles
        .iter()
        .enumerate()
        .map(|(index, handle)| (handle.task(), index))
        .collect();
    places.sort_unstable();
    places.dedup_by_key(|&mut (task, _)| task);
    if places.len() == handles.len() {
        return None;
    }
    let mut firsts: Vec<_> = places.into_iter().map(|(_, index)| index).collect();
    firsts.sort_unstable();
    Some(firsts)
}
