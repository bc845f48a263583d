//! Who is running: idle, a hardware task, or the dispatcher of a priority.
//!
//! # Safety
//!
//! Implements the `unsafe trait` `Identity`.
#![allow(unsafe_code, reason = "implements the unsafe identity trait")]

use core::num::NonZeroUsize;

use selvedge_core::port::Identity;

use crate::port::Rtic;
use crate::sys;

// SAFETY: as the bare-metal port: thread mode (init, then idle) is one task, and each interrupt is one. The software tasks of one priority have one dispatcher, hence one identity, as
// futures on one thread have: they never run at the same time.
unsafe impl Identity for Rtic {
    fn current() -> NonZeroUsize {
        sys::identity()
    }
}
