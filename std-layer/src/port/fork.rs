//! The table of waiters through a `fork`.
//!
//! # Safety
//!
//! Holds the guards of all buckets from before a fork until after it.
#![allow(unsafe_code, reason = "holds guards across functions")]

use selvedge_core::port::Port;

use super::Native;

/// Enters all buckets.
///
/// # Safety
///
/// One of the two functions below follows, and until then nothing of this port waits or wakes.
pub(crate) unsafe fn hold_table() {
    for bucket in Native::table() {
        // SAFETY: the contract. Both hosted guards have no state to keep.
        let () = unsafe { bucket.hold() };
    }
}

/// Leaves all buckets, in the parent.
///
/// # Safety
///
/// After [`hold_table`], once.
pub(crate) unsafe fn let_go_of_table() {
    for bucket in Native::table() {
        // SAFETY: held by `hold_table`.
        unsafe { bucket.let_go(()) };
    }
}

/// Leaves all buckets, in a child whose only thread waits for nothing.
///
/// # Safety
///
/// After [`hold_table`], once, in the child.
pub(crate) unsafe fn let_go_of_table_alone() {
    for bucket in Native::table() {
        // SAFETY: held by `hold_table`; the listed tasks are threads that are gone.
        unsafe { bucket.let_go_alone(()) };
    }
}
