//! QEMU's `virt` with one hart: the machine timer.

#[path = "../../../mtime.rs"]
mod mtime;

use riscv_rt::entry;

#[entry]
fn main() -> ! {
    mtime::alarm(mtime::now() + 1_000);
    mtime::enable();
    crate::test()
}

#[riscv_rt::core_interrupt(riscv::interrupt::Interrupt::MachineTimer)]
fn timer() {
    // From 30 to 285 ticks, of three instructions each.
    let period = 30 + (crate::handler() >> 24);
    mtime::alarm(mtime::now() + u64::from(period));
}
