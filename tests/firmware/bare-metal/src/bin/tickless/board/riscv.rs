//! QEMU's `virt` with one hart: the machine timer's comparator.

#[path = "../../../mtime.rs"]
mod mtime;

use riscv_rt::entry;

pub use mtime::{RATE, alarm, now};

/// In WFI.
pub const SLEEPS: bool = true;

#[entry]
fn main() -> ! {
    mtime::alarm(u64::MAX);
    mtime::enable();
    crate::test()
}

#[riscv_rt::core_interrupt(riscv::interrupt::Interrupt::MachineTimer)]
fn timer() {
    mtime::alarm(u64::MAX);
    crate::wakes();
}
