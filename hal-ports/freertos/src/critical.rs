//! What guards the lists of waiters: the kernel's critical section, which nests, and which handlers enter by its form for them. So everything that never blocks may be called from
//! tasks and from the handlers of interrupts that may call the kernel.
//!
//! Tasks are notified inside. A switch to one of them comes after: where the processor defers it (Cortex-M) by itself, elsewhere because the scheduler is suspended as well.
//!
//! # Safety
//!
//! Implements the `unsafe trait` `Guard`.
#![allow(unsafe_code, reason = "implements the unsafe guard trait")]

use selvedge_core::port::Guard;

use crate::sys;

/// The kernel's critical section.
#[derive(Debug)]
pub struct BucketGuard(());

// SAFETY: one core. In the section no handler runs that may call the kernel, and no other task: a switch takes an interrupt, or a call to the kernel, and the only such call made
// inside is a notification, whose switch is deferred (header). The calls are compiler barriers, and one core sees its own writes. Sections of tasks are counted by the kernel, those of handlers restore
// what they found, so both nest. Who enters as a handler leaves as one.
unsafe impl Guard for BucketGuard {
    type State = u32;

    const NEW: Self = Self(());

    fn enter(&self) -> u32 {
        sys::enter()
    }

    unsafe fn leave(&self, state: u32) {
        sys::leave(state);
    }
}
