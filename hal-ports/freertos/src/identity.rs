//! Who is running: a task, or a handler.
//!
//! # Safety
//!
//! Implements the `unsafe trait` `Identity`.
#![allow(unsafe_code, reason = "implements the unsafe identity trait")]

use core::num::NonZeroUsize;

use selvedge_core::port::Identity;

use crate::port::FreeRtos;
use crate::sys;

// SAFETY: a task is the address of its control block, which is even, and no other task's as long as it lives. A handler is an odd number made of its interrupt's, and two activations of one interrupt
// are never alive together; where handlers have no numbers of their own they all are one, and the README forbids an `RLock` in them if they nest. What runs before the scheduler is alone.
unsafe impl Identity for FreeRtos {
    fn current() -> NonZeroUsize {
        // Never zero: before there is a task, the scheduler has not been started.
        NonZeroUsize::new(sys::identity()).unwrap_or(NonZeroUsize::MIN)
    }
}
