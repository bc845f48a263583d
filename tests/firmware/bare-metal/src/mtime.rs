//! The machine timer of QEMU's `virt`: a counter, and a comparator that interrupts hart 0. In halves, as 32-bit harts can do no more.
//!
//! # Safety
//!
//! The addresses are those of the emulator's interrupt controller.
#![allow(unsafe_code, reason = "device registers")]

/// How fast it counts, in a second.
#[allow(dead_code, reason = "who counts interrupts needs none")]
pub const RATE: u32 = 10_000_000;

const COMPARE: *mut u32 = 0x0200_4000 as *mut u32;
const COUNT: *const u32 = 0x0200_BFF8 as *const u32;

/// The count.
pub fn now() -> u64 {
    loop {
        // SAFETY: the counter's halves.
        let (before, low, high) = unsafe {
            (
                COUNT.add(1).read_volatile(),
                COUNT.read_volatile(),
                COUNT.add(1).read_volatile(),
            )
        };
        if before == high {
            return u64::from(high) << 32 | u64::from(low);
        }
    }
}

/// The interrupt is pending from `ticks` on, until the next call.
#[allow(dead_code, reason = "not for several harts")]
pub fn alarm(ticks: u64) {
    // SAFETY: the comparator's halves. In between it is in the far future.
    unsafe {
        COMPARE.add(1).write_volatile(u32::MAX);
        COMPARE.write_volatile(ticks as u32);
        COMPARE.add(1).write_volatile((ticks >> 32) as u32);
    }
}

/// The interrupt may come from now on; `alarm` first, as it may be pending.
#[allow(dead_code, reason = "not for several harts")]
pub fn enable() {
    const TIMER: usize = 1 << 7;
    const ALL: usize = 1 << 3;
    // SAFETY: the program has a handler.
    unsafe {
        core::arch::asm!("csrs mie, {}", in(reg) TIMER);
        core::arch::asm!("csrs mstatus, {}", in(reg) ALL);
    }
}
