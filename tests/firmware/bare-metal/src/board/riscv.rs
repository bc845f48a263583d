//! QEMU's `virt` in machine mode, 32 and 64 bits: four harts, or one that sleeps (the feature `single-hart`).
//!
//! # Safety
//!
//! The hook below runs before there is a stack and uses two registers; the addresses are those of the emulator's interrupt controller.
#![allow(unsafe_code, reason = "start-up code, device registers")]

#[path = "../mtime.rs"]
mod mtime;

use riscv_rt::entry;
use selvedge_port_bare_metal::{TimeSource, time_source};

pub const NAME: &str = if cfg!(target_arch = "riscv32") {
    "riscv32"
} else {
    "riscv64"
};
pub const CORES: usize = if cfg!(feature = "single-hart") { 1 } else { 4 };

// Hart 0 goes on; the others wait for a software interrupt, and go on then.
core::arch::global_asm!(
    ".section .init.mp_hook, \"ax\"",
    ".global _mp_hook",
    "_mp_hook:",
    "    beqz a0, 2f",
    "    li t0, 8",
    "    csrw mie, t0",
    "1:  wfi",
    "    csrr t1, mip",
    "    andi t1, t1, 8",
    "    beqz t1, 1b",
    "    slli t0, a0, 2",
    "    li t1, 0x02000000",
    "    add t0, t0, t1",
    "    sw zero, 0(t0)",
    "    csrw mie, zero",
    "    li a0, 0",
    "    ret",
    "2:  li a0, 1",
    "    ret",
);

#[cfg(not(feature = "single-hart"))]
const SOFTWARE_INTERRUPTS: *mut u32 = 0x0200_0000 as *mut u32;

#[entry]
fn main(hart: usize) -> ! {
    if hart != 0 {
        crate::cores::serve(hart);
    }
    #[cfg(not(feature = "single-hart"))]
    for other in 1..CORES {
        // SAFETY: a word of the controller for each hart.
        unsafe { SOFTWARE_INTERRUPTS.add(other).write_volatile(1) };
    }
    #[cfg(feature = "single-hart")]
    {
        mtime::alarm(u64::MAX);
        mtime::enable();
    }
    crate::test()
}

/// Ends a sleep.
#[cfg(feature = "single-hart")]
#[riscv_rt::core_interrupt(riscv::interrupt::Interrupt::MachineTimer)]
fn wakes() {
    mtime::alarm(u64::MAX);
}

/// The machine timer.
struct Mtime;

impl TimeSource for Mtime {
    const TICKS_PER_SECOND: u32 = mtime::RATE;

    fn now() -> u64 {
        mtime::now()
    }

    #[cfg(feature = "single-hart")]
    fn alarm(ticks: u64) -> bool {
        mtime::alarm(ticks);
        true
    }
}

time_source!(Mtime);
