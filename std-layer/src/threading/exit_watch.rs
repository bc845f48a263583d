//! Knowing when a thread is over: after all its `thread_local!`s are destroyed.
//!
//! A join must not return before the destructors of the thread's values have run (row T-28), and a `thread_local!` of our own would be destroyed
//! somewhere among the others. A POSIX key's destructor runs after them (on glibc, macOS), and, by asking for a second round, also after those of other keys.
//!
//! # Safety
//!
//! Calls the key functions of libc with a key that was created and is never deleted; the values are small numbers, not addresses.
#![allow(unsafe_code, reason = "POSIX thread-specific keys")]

use std::ffi::c_void;
use std::sync::OnceLock;

static KEY: OnceLock<libc::pthread_key_t> = OnceLock::new();

const FIRST_ROUND: *mut c_void = std::ptr::without_provenance_mut(1);
const SECOND_ROUND: *mut c_void = std::ptr::without_provenance_mut(2);

fn key() -> libc::pthread_key_t {
    *KEY.get_or_init(|| {
        let mut key = 0;
        // SAFETY: a place for the key, and a destructor of the right type.
        let outcome = unsafe { libc::pthread_key_create(&raw mut key, Some(round)) };
        assert_eq!(outcome, 0, "out of thread-specific keys");
        key
    })
}

fn set(value: *mut c_void) {
    // SAFETY: the key exists. A failure (no memory for the slot) would lose the thread's end, so it is not ignored.
    let outcome = unsafe { libc::pthread_setspecific(key(), value) };
    assert_eq!(outcome, 0, "no memory for a thread-specific value");
}

extern "C" fn round(value: *mut c_void) {
    if value == FIRST_ROUND {
        set(SECOND_ROUND);
        super::ends::thread_ends();
    } else {
        super::ends::thread_ends();
        super::finish::thread_is_over();
    }
}

/// From now on the end of the calling thread is noticed.
pub(super) fn arm() {
    set(FIRST_ROUND);
}
