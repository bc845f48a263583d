//! AArch64.
//!
//! # Safety
//!
//! Instructions that read a system register or wait.
#![allow(unsafe_code, reason = "instructions of the processor")]

use core::arch::asm;

/// Waits for an event, an interrupt, or the event that has been since the last wait.
pub(crate) fn wait_for_event() {
    // SAFETY: changes nothing. Memory may be changed by others meanwhile, which the missing `nomem` says.
    unsafe { asm!("wfe", options(nostack, preserves_flags)) };
}

/// Sends an event to all cores, after all writes before.
pub(crate) fn send_event() {
    // SAFETY: a barrier and a hint.
    unsafe { asm!("dsb ish", "sev", options(nostack, preserves_flags)) };
}

/// Not told by the architecture.
pub(crate) fn exception() -> usize {
    0
}

/// Not asked.
pub(crate) fn interrupts_masked() -> bool {
    false
}

/// The core's affinity, levels 0 to 3.
#[cfg(not(feature = "single-core"))]
pub(crate) fn core_number() -> usize {
    let mpidr: usize;
    // SAFETY: reads a register, at EL1 or above.
    unsafe { asm!("mrs {}, MPIDR_EL1", out(reg) mpidr, options(nomem, nostack, preserves_flags)) };
    (mpidr & 0x00FF_FFFF) | ((mpidr >> 8) & 0xFF00_0000)
}
