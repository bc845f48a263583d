//! `fork`: in the child there is one thread, and this module knows it (row T-51).
//!
//! Python's `fork` repairs its locks in the child. Here `fork` is `libc::fork`, which is unsafe to call in a process with threads unless the child confines itself to what a signal
//! handler may do. What this module promises to a child that does more, knowing what it does:
//!
//! * the calling thread is the main thread and the only one in [`enumerate`](super::enumerate); it keeps its name, its ident and its thread-local values;
//! * all other threads are stopped: `is_alive` is false, joins return at once (with [`JoinError::Forked`](super::JoinError::Forked) instead of a value); nothing of theirs is
//!   destroyed, as it may be in any state;
//! * the locks of this module itself are free, and threads can be started;
//! * the lists of waiters are whole, and the threads that are gone are not on them: who waits in the child is never taken for one of them.
//!
//! Not promised: locks, queues and other objects that another thread held or waited for at that moment, whosever they are. `Command` and what this crate
//! offers for processes do not need any of this.
//!
//! # Safety
//!
//! Registers three functions with `pthread_atfork`; the one for the child is run by its only thread, which holds the locks.
#![allow(unsafe_code, reason = "pthread_atfork")]

use crate::port::fork;
use crate::thread::SETTER;

use super::hooks::HOOKS;
use super::local::LOCALS;
use super::registry::REGISTRY;
use super::shutdown::EXIT;
use super::{bare, current, ident};

/// The locks are never held together otherwise, so their order is free.
extern "C" fn before() {
    SETTER.hold();
    LOCALS.hold();
    HOOKS.hold();
    EXIT.hold();
    REGISTRY.hold();
    // Last, because waiting for one of the others needs it.
    // SAFETY: let go of by one of the two handlers below, and nothing waits or wakes before.
    unsafe { fork::hold_table() };
}

extern "C" fn in_parent() {
    // SAFETY: held by `before`.
    unsafe { fork::let_go_of_table() };
    REGISTRY.let_go();
    EXIT.let_go();
    HOOKS.let_go();
    LOCALS.let_go();
    SETTER.let_go();
}

extern "C" fn in_child() {
    // SAFETY: held by `before`; this is the only thread, and it waits for nothing.
    unsafe { fork::let_go_of_table_alone() };
    ident::become_main();
    bare::alone();
    let survivor = current::get();
    let ident = ident::get_ident().get();
    // SAFETY: the only thread of the child, which took the locks in `before`.
    unsafe {
        REGISTRY.renew(|registry| registry.keep_only(survivor.as_ref()));
        EXIT.renew(|_| {});
        HOOKS.renew(|_| {});
        LOCALS.renew(|locals| locals.keep_only(ident));
        SETTER.renew(|started| *started = false);
    }
}

pub(super) fn install() {
    // SAFETY: three functions without arguments that do not unwind.
    let outcome = unsafe { libc::pthread_atfork(Some(before), Some(in_parent), Some(in_child)) };
    assert_eq!(outcome, 0, "no memory for a fork handler");
}
