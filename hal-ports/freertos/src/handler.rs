//! Handlers on systems that do not tell them.
//!
//! # Safety
//!
//! Says of a piece of code that it is a handler, which decides how lists are guarded and tasks are notified.
#![allow(unsafe_code, reason = "the caller promises to be a handler")]

use crate::sys;

/// Runs the body of an interrupt handler, on a system that does not tell handlers from tasks: the simulator, whose tick hook is one, and processors for which the kernel's configuration does not define
/// `SELVEDGE_INTERRUPT`. There, whatever a handler uses of this crate must be inside; on Cortex-M it changes nothing.
///
/// # Safety
///
/// The caller is an interrupt handler that may call the kernel, and no task runs before `body` returns.
pub unsafe fn in_handler<R>(body: impl FnOnce() -> R) -> R {
    struct Leave;
    impl Drop for Leave {
        fn drop(&mut self) {
            sys::handler(-1);
        }
    }
    sys::handler(1);
    let _leave = Leave;
    body()
}
