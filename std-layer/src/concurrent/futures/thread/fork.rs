//! `fork` (row F-21): the child has the thread that called it, and no workers. Its copies of the pools say so ([`SubmitErrorKind::Forked`](crate::concurrent::futures::SubmitErrorKind)), and do nothing else: what is in their queues belongs to the parent.
//!
//! # Safety
//!
//! Registers three functions with `pthread_atfork`; the one for the child is run by its only thread, which holds the locks.
#![allow(unsafe_code, reason = "pthread_atfork")]

use std::sync::Once;
use std::sync::atomic::Ordering;

use super::cycle::WAITS;
use super::exit::POOLS;
use super::shared::FORKED;

extern "C" fn before() {
    POOLS.hold();
    WAITS.hold();
}

extern "C" fn in_parent() {
    WAITS.let_go();
    POOLS.let_go();
}

extern "C" fn in_child() {
    // SAFETY: the only thread of the child, which took the locks in `before`.
    unsafe {
        WAITS.renew(|waits| std::mem::forget(std::mem::take(waits)));
        POOLS.renew(|pools| {
            for pool in pools.pools.drain(..) {
                if let Some(shared) = pool.upgrade() {
                    shared.gate.store(FORKED, Ordering::SeqCst);
                    // What it owns is the parent's, in whatever state.
                    std::mem::forget(shared);
                }
                std::mem::forget(pool);
            }
        });
    }
}

/// Called before the first worker is started, after the threads have done the same: handlers are called last come, first served, and this lock is needed while those of the threads are open.
pub(super) fn install() {
    static INSTALLED: Once = Once::new();
    // Miri knows no forks.
    if !INSTALLED.is_completed() && !cfg!(miri) {
        INSTALLED.call_once(|| {
            // SAFETY: three functions without arguments that do not unwind.
            let outcome =
                unsafe { libc::pthread_atfork(Some(before), Some(in_parent), Some(in_child)) };
            assert_eq!(outcome, 0, "no memory for a fork handler");
        });
    }
}
