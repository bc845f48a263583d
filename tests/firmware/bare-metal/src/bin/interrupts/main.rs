//! Everything that may be called from an interrupt handler, called from one: a timer's, at odd periods, so that it hits every window of what `main` does meanwhile. Nothing may be lost.
//!
//! For boards with one core that tells handlers or sleeps by them: Cortex-M, and RISC-V with the feature `single-hart`.
#![no_std]
#![no_main]

#[cfg_attr(target_arch = "arm", path = "board/cortex_m.rs")]
#[cfg_attr(not(target_arch = "arm"), path = "board/riscv.rs")]
mod board;
mod phases;

use selvedge_core::atomics::{AtomicU32, Ordering};
use selvedge_core::port::Widened;
use selvedge_port_bare_metal::{TimeSource, time_source};

/// How often each phase meets the handler.
const ROUNDS: u32 = 5_000;

fn test() -> ! {
    let mut passed = 0;
    for (index, phase) in phases::ALL.iter().enumerate() {
        PHASE.store(index as u32 + 1, Ordering::SeqCst);
        (phase.main)(ROUNDS);
        PHASE.store(0, Ordering::SeqCst);
        semihosting::println!("{}: {ROUNDS} rounds", phase.name);
        passed += 1;
    }
    assert!(
        COUNT.load(Ordering::Relaxed) >= ROUNDS,
        "hardly any interrupts"
    );
    semihosting::println!("interrupts: {passed} passed, 0 skipped (1 core)");
    semihosting::process::exit(0);
}

/// Which phase's handler is to run, from 1.
static PHASE: AtomicU32 = AtomicU32::new(0);
/// How many interrupts there were: the time of this program.
static COUNT: AtomicU32 = AtomicU32::new(0);
static TIME: Widened = Widened::new();

/// What the board's handler calls, each time. Returns a number of 32 bits that is not in step with anything, for the next period.
fn handler() -> u32 {
    let count = COUNT.load(Ordering::Relaxed);
    COUNT.store(count.wrapping_add(1), Ordering::Relaxed);
    if let Some(phase) = phases::ALL.get((PHASE.load(Ordering::Relaxed) as usize).wrapping_sub(1)) {
        (phase.handler)();
    }
    count.wrapping_mul(0x9E37_79B9)
}

struct Interrupts;

impl TimeSource for Interrupts {
    const TICKS_PER_SECOND: u32 = 40_000;

    fn now() -> u64 {
        TIME.read(|| COUNT.load(Ordering::Relaxed))
    }

    fn alarm(_ticks: u64) -> bool {
        true
    }
}

time_source!(Interrupts);
