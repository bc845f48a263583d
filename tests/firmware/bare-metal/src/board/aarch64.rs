//! QEMU's `virt` with four Cortex-A57.
//!
//! # Safety
//!
//! The page table maps what the emulator's manual says; each core has a stack of its own.
#![allow(unsafe_code, reason = "page table, system registers, stacks of cores")]

use core::arch::asm;

use aarch64_rt::{
    ExceptionHandlers, InitialPagetable, Stack, entry, exception_handlers, initial_pagetable,
    start_core,
};
use selvedge_port_bare_metal::{TimeSource, time_source};
use smccc::Hvc;

pub const NAME: &str = "AArch64";
pub const CORES: usize = 4;

// Blocks of 1 GiB, valid and accessed: devices, never executed; then normal memory, shared between the cores, write-back.
initial_pagetable!({
    const VALID: usize = 1;
    const ACCESSED: usize = 1 << 10;
    const NEVER_EXECUTE: usize = 1 << 54;
    const NORMAL: usize = 1 << 2;
    const INNER_SHAREABLE: usize = 3 << 8;
    let mut map = [0_usize; 512];
    map[0] = VALID | ACCESSED | NEVER_EXECUTE;
    map[1] = VALID | ACCESSED | NORMAL | INNER_SHAREABLE | 0x4000_0000;
    InitialPagetable(map)
});

struct Exceptions;
impl ExceptionHandlers for Exceptions {}
exception_handlers!(Exceptions);

entry!(main);
fn main(_: u64, _: u64, _: u64, _: u64) -> ! {
    static mut STACKS: [Stack<16>; CORES] = [const { Stack::new() }; CORES];
    for core in 1..CORES {
        // SAFETY: each core is started once, with its own element.
        unsafe {
            start_core::<Hvc, _, 16>(core as u64, &raw mut STACKS[core], move || {
                crate::cores::serve(core)
            })
        }
        .expect("the core starts");
    }
    crate::test()
}

/// The virtual count of the generic timer.
struct GenericTimer;

impl TimeSource for GenericTimer {
    const TICKS_PER_SECOND: u32 = 62_500_000;

    fn now() -> u64 {
        let count: u64;
        // SAFETY: reads a register, after everything before.
        unsafe { asm!("isb", "mrs {}, CNTVCT_EL0", out(reg) count, options(nomem, nostack)) };
        count
    }
}

time_source!(GenericTimer);
