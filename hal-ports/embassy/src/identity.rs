//! Who is running: an executor, a handler, or on a host a thread.
//!
//! # Safety
//!
//! Implements the `unsafe trait` `Identity`.
#![allow(unsafe_code, reason = "implements the unsafe identity trait")]

use core::num::NonZeroUsize;

use selvedge_core::port::Identity;

use crate::port::Embassy;
use crate::sys;

// SAFETY: as the bare-metal port: thread mode is one task, and each interrupt is one; an executor lives in one of them. On a host the number is an address in a thread's own
// memory. Two asynchronous tasks of one executor have one identity, as two futures on one thread have: they never run at the same time.
unsafe impl Identity for Embassy {
    fn current() -> NonZeroUsize {
        sys::identity()
    }
}
