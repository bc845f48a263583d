//! `fork`: nobody is inside the list of records at that moment, and in the child the calling thread's record is the only one.
//!
//! # Safety
//!
//! Registers three functions with `pthread_atfork`; they do not unwind.
#![allow(unsafe_code, reason = "pthread_atfork")]

use std::cell::RefCell;
use std::sync::Once;

use super::record::Quiet;
use super::registry::{self, Records};
use crate::threading;

thread_local! {
    /// The list, locked by the thread that is forking.
    static HELD: RefCell<Option<(Records, Quiet)>> = const { RefCell::new(None) };
}

/// A thread whose storage is gone does not fork; if it does, the child must not contend for locks.
extern "C" fn before() {
    let _ = HELD.try_with(|held| {
        let quiet = Quiet::begin();
        *held.borrow_mut() = Some((registry::lock(), quiet));
    });
}

extern "C" fn in_parent() {
    let _ = HELD.try_with(RefCell::take);
}

extern "C" fn in_child() {
    let _ = HELD.try_with(|held| {
        if let Some((mut records, _quiet)) = held.take() {
            let me = threading::get_ident();
            // Not freed: the records of others may be locked for ever.
            for record in records.extract_if(.., |record| record.ident != me) {
                std::mem::forget(record);
            }
        }
    });
}

pub(super) fn install() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // SAFETY: three functions without arguments that do not unwind. Without memory for them, forks are not covered.
        unsafe { libc::pthread_atfork(Some(before), Some(in_parent), Some(in_child)) };
    });
}
