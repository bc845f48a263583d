//! The service and `fork`: in the child there are no timers.
//!
//! # Safety
//!
//! Registers three functions with `pthread_atfork`; the one for the child is run by its only thread, which holds the lock that it makes new.
#![allow(
    unsafe_code,
    reason = "pthread_atfork, and a lock made new in the child"
)]

use std::sync::Once;

use super::{SERVICE, Service};

/// Nobody changes anything until the fork is over.
extern "C" fn before() {
    SERVICE.hold();
}

extern "C" fn in_parent() {
    SERVICE.let_go();
}

/// The service has no threads and no timers in the child. Nothing is freed: what belonged to others may be in any state.
extern "C" fn in_child() {
    // SAFETY: the only thread of the child, which took the lock in `before`.
    unsafe {
        SERVICE.renew(|service| std::mem::forget(std::mem::replace(service, Service::new())));
    }
}

pub(super) fn install() {
    static INSTALLED: Once = Once::new();
    if !INSTALLED.is_completed() {
        INSTALLED.call_once(|| {
            // SAFETY: three functions without arguments that do not unwind.
            let outcome =
                unsafe { libc::pthread_atfork(Some(before), Some(in_parent), Some(in_child)) };
            assert_eq!(outcome, 0, "no memory for a fork handler");
        });
    }
}
