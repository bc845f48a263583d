//! Who is running: what makes `RLock` exist. A system that cannot tell leaves this file out, and has no `RLock`.
//!
//! # Safety
//!
//! Implements the `unsafe trait` `Identity`.
#![allow(unsafe_code, reason = "implements the unsafe identity trait")]

use core::num::NonZeroUsize;

use selvedge_core::port::Identity;

use crate::port::Template;
use crate::sys;

// SAFETY: the stub's system has one task, and no handler uses an `RLock`. In a copy: the number is the same during the whole life of a task
// (an address of something that lives as long as the task and does not move is one), no two live tasks have the same, and a handler has
// another than the task that it interrupts.
unsafe impl Identity for Template {
    // The caller's identity.
    fn current() -> NonZeroUsize {
        sys::task()
    }
}
