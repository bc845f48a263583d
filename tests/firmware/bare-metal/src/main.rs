//! The conformance suite on bare metal: one task a core.
#![no_std]
#![no_main]

#[cfg_attr(target_arch = "aarch64", path = "board/aarch64.rs")]
#[cfg_attr(all(target_arch = "arm", not(two_cores)), path = "board/cortex_m.rs")]
#[cfg_attr(two_cores, path = "board/cortex_m33.rs")]
#[cfg_attr(
    any(target_arch = "riscv32", target_arch = "riscv64"),
    path = "board/riscv.rs"
)]
mod board;
mod cores;

use cores::Cores;
use selvedge_conformance::*;

/// What core 0 does once the others run.
fn test() -> ! {
    let mut counts = Counts::default();
    let mut add = |part| counts = [counts, part].into_iter().sum();
    #[cfg(feature = "primitives")]
    {
        add(climb(&Cores, &primitive_ladders()));
        add(climb(&Cores, &identity_ladders()));
    }
    #[cfg(feature = "queues")]
    add(climb(&Cores, &queue_ladders()));
    #[cfg(feature = "special")]
    add(climb(&Cores, &special_queue_ladders()));
    #[cfg(feature = "timed")]
    {
        add(climb(&Cores, &timed_ladders()));
        add(climb(&Cores, &timed_identity_ladders()));
    }
    let Counts { passed, skipped } = counts;
    semihosting::println!(
        "{}: {passed} passed, {skipped} skipped ({} cores)",
        board::NAME,
        board::CORES
    );
    semihosting::process::exit(i32::from(passed == 0));
}
