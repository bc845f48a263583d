//! Contexts through a `fork`: the child's thread goes on in the contexts it is in. `state.rs` says why something has to be done.
//!
//! # Safety
//!
//! Registers a function with `pthread_atfork` that is run by the only thread of the child.
#![allow(unsafe_code, reason = "pthread_atfork")]

use std::sync::Once;

use super::here::for_each_entered;

extern "C" fn in_child() {
    // SAFETY: the only thread, in contexts of its own, and in `fork`.
    for_each_entered(|state| unsafe { state.renew() });
}

/// Called before the first context is entered that others may look at. Cheap after the first time.
#[inline]
pub(super) fn install() {
    static INSTALLED: Once = Once::new();
    // Miri knows no forks.
    if !INSTALLED.is_completed() && !cfg!(miri) {
        INSTALLED.call_once(|| {
            // SAFETY: a function without arguments that does not unwind.
            let outcome = unsafe { libc::pthread_atfork(None, None, Some(in_child)) };
            assert_eq!(outcome, 0, "no memory for a fork handler");
        });
    }
}
