//! QEMU's `virt` with four harts in machine mode.
//!
//! # Safety
//!
//! The hook below runs before there is a stack and uses two registers; the addresses are those of the emulator's interrupt controller.
#![allow(unsafe_code, reason = "start-up code, device registers")]

use riscv_rt::entry;
use selvedge_port_bare_metal::{TimeSource, time_source};

pub const NAME: &str = "riscv64";
pub const CORES: usize = 4;

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

const SOFTWARE_INTERRUPTS: *mut u32 = 0x0200_0000 as *mut u32;
const MTIME: *const u64 = 0x0200_BFF8 as *const u64;

#[entry]
fn main(hart: usize) -> ! {
    if hart != 0 {
        crate::cores::serve(hart);
    }
    for other in 1..CORES {
        // SAFETY: a word of the controller for each hart.
        unsafe { SOFTWARE_INTERRUPTS.add(other).write_volatile(1) };
    }
    crate::test()
}

/// The machine timer.
struct Mtime;

impl TimeSource for Mtime {
    const TICKS_PER_SECOND: u32 = 10_000_000;

    fn now() -> u64 {
        // SAFETY: the controller's counter.
        unsafe { MTIME.read_volatile() }
    }
}

time_source!(Mtime);
