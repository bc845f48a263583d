//! Everything that may be called from an interrupt handler, called from one: SysTick, at odd periods, so that it hits every window of what `main` does meanwhile. Nothing may be lost.
//!
//! For boards with one Cortex-M.
//!
//! # Safety
//!
//! The handler of a hard fault ends the program.
#![no_std]
#![no_main]
#![allow(unsafe_code, reason = "exception handlers")]

mod phases;

use cortex_m::peripheral::SYST;
use cortex_m::peripheral::syst::SystClkSource;
use cortex_m_rt::{ExceptionFrame, entry, exception};
use selvedge_core::atomics::{AtomicU32, Ordering};
use selvedge_core::port::Widened;
use selvedge_port_bare_metal::{TimeSource, time_source};

/// How often each phase meets the handler.
const ROUNDS: u32 = 5_000;

#[entry]
fn main() -> ! {
    let Some(mut core) = cortex_m::Peripherals::take() else {
        semihosting::process::exit(2);
    };
    core.SYST.set_clock_source(SystClkSource::Core);
    core.SYST.set_reload(1_000);
    core.SYST.clear_current();
    core.SYST.enable_counter();
    core.SYST.enable_interrupt();

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

#[exception]
fn SysTick() {
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    if let Some(phase) = phases::ALL.get((PHASE.load(Ordering::Relaxed) as usize).wrapping_sub(1)) {
        (phase.handler)();
    }
    // From 301 to 2348 cycles, and not in step with anything.
    let period = 301 + (count.wrapping_mul(0x9E37_79B9) >> 21);
    // SAFETY: only this handler uses the timer after its start.
    unsafe { (*SYST::PTR).rvr.write(period) };
}

#[exception]
unsafe fn HardFault(frame: &ExceptionFrame) -> ! {
    semihosting::println!("hard fault at {:#x}", frame.pc());
    semihosting::process::exit(101);
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
