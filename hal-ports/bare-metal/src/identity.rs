//! Who is running: a core, or a handler on it.
//!
//! # Safety
//!
//! Implements the `unsafe trait` `Identity`.
#![allow(unsafe_code, reason = "implements the unsafe identity trait")]

use core::num::NonZeroUsize;

use selvedge_core::port::Identity;

use crate::port::BareMetal;
use crate::sys;

// SAFETY: without a scheduler a core runs one task, for ever, and each core has its own number. A handler differs from what it interrupts by the number of its
// exception (two activations of one exception on one core are never alive together). Where the architecture does not tell handlers (see `sys`), the README forbids
// an `RLock` in them.
unsafe impl Identity for BareMetal {
    fn current() -> NonZeroUsize {
        // Exceptions have 9 bits.
        NonZeroUsize::MIN.saturating_add((sys::core_number() << 9) | sys::exception())
    }
}
