//! Cortex-M.
//!
//! # Safety
//!
//! Instructions that read a special register or wait.
#![allow(unsafe_code, reason = "instructions of the processor")]

use core::arch::asm;

#[cfg(not(feature = "single-core"))]
pub(crate) use crate::numbered::core_number;

/// Waits for an event, an interrupt, or the event that has been since the last wait.
pub(crate) fn wait_for_event() {
    // SAFETY: changes nothing. Memory may be changed by others meanwhile, which the missing `nomem` says.
    unsafe { asm!("wfe", options(nostack, preserves_flags)) };
}

/// Sends an event to all cores, after all writes before.
pub(crate) fn send_event() {
    // SAFETY: a barrier and a hint.
    unsafe { asm!("dsb", "sev", options(nostack, preserves_flags)) };
}

/// The exception that this core handles, 0 for none.
pub(crate) fn exception() -> usize {
    let ipsr: usize;
    // SAFETY: reads a register.
    unsafe { asm!("mrs {}, IPSR", out(reg) ipsr, options(nomem, nostack, preserves_flags)) };
    ipsr & 0x1FF
}

/// Whether interrupts cannot come now, all or those of low priority.
pub(crate) fn interrupts_masked() -> bool {
    let primask: u32;
    // SAFETY: reads a register.
    unsafe { asm!("mrs {}, PRIMASK", out(reg) primask, options(nomem, nostack, preserves_flags)) };
    primask & 1 != 0 || base_priority() != 0
}

#[cfg(base_priority)]
fn base_priority() -> u32 {
    let priority: u32;
    // SAFETY: reads a register.
    unsafe { asm!("mrs {}, BASEPRI", out(reg) priority, options(nomem, nostack, preserves_flags)) };
    priority
}

#[cfg(not(base_priority))]
fn base_priority() -> u32 {
    0
}
