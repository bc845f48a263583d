//! RISC-V, in machine mode.
//!
//! # Waiting on one core
//!
//! WFI remembers nothing, but it returns when an interrupt is pending, also while interrupts are masked. So: mask them, look at the flag, wait, unmask. A handler that sends an event
//! runs before the mask, and then the flag is up; or it is held off, and then its interrupt is pending and ends the wait. The flag's accesses need no ordering: they are of one core.
//!
//! An alarm is set while they are masked: its interrupt, if it came before the wait, would be gone, and WFI would not know of it.
//!
//! # Safety
//!
//! Instructions that mask interrupts and put back what was.
#![allow(unsafe_code, reason = "instructions of the processor")]

#[cfg(feature = "single-core")]
mod one_core {
    use core::arch::asm;

    use selvedge_core::atomics::{AtomicU32, Ordering};

    static EVENT: AtomicU32 = AtomicU32::new(0);

    const INTERRUPTS: usize = 1 << 3;

    pub(crate) fn wait_for_event() {
        wait_for_event_if(|| true);
    }

    /// Does not wait if `sets_alarm`, which is called with interrupts masked, says that nothing will end it.
    pub(crate) fn wait_for_event_if(sets_alarm: impl FnOnce() -> bool) {
        let before: usize;
        // SAFETY: masks interrupts until the write below.
        unsafe { asm!("csrrci {}, mstatus, 8", out(reg) before, options(nostack)) };
        if EVENT.load(Ordering::Relaxed) == 0 && sets_alarm() {
            // SAFETY: waits, and changes nothing.
            unsafe { asm!("wfi", options(nostack)) };
        }
        EVENT.store(0, Ordering::Relaxed);
        if before & INTERRUPTS != 0 {
            // SAFETY: interrupts were on before.
            unsafe { asm!("csrsi mstatus, 8", options(nostack)) };
        }
    }

    pub(crate) fn send_event() {
        EVENT.store(1, Ordering::Relaxed);
    }
}

#[cfg(all(feature = "single-core", feature = "time"))]
pub(crate) use one_core::wait_for_event_if;
#[cfg(feature = "single-core")]
pub(crate) use one_core::{send_event, wait_for_event};

/// Spins: another core cannot end a WFI without an interrupt between cores, which is the board's.
#[cfg(not(feature = "single-core"))]
pub(crate) fn wait_for_event() {
    core::hint::spin_loop();
}

/// Whoever waits looks by itself.
#[cfg(not(feature = "single-core"))]
pub(crate) fn send_event() {}

/// Not told by the architecture.
pub(crate) fn exception() -> usize {
    0
}

/// Not asked.
pub(crate) fn interrupts_masked() -> bool {
    false
}

/// The number of the hart.
#[cfg(not(feature = "single-core"))]
pub(crate) fn core_number() -> usize {
    let hart: usize;
    // SAFETY: reads a register.
    unsafe {
        core::arch::asm!("csrr {}, mhartid", out(reg) hart, options(nomem, nostack, preserves_flags));
    }
    hart
}
