//! Boards with one Cortex-M: SysTick.
//!
//! # Safety
//!
//! Writes a register of the timer; the handler of a hard fault ends the program.
#![allow(unsafe_code, reason = "exception handlers, a register")]

use cortex_m::peripheral::SYST;
use cortex_m::peripheral::syst::SystClkSource;
use cortex_m_rt::{ExceptionFrame, entry, exception};

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
    crate::test()
}

#[exception]
fn SysTick() {
    // From 301 to 2348 cycles.
    let period = 301 + (crate::handler() >> 21);
    // SAFETY: only this handler uses the timer after its start.
    unsafe { (*SYST::PTR).rvr.write(period) };
}

#[exception]
unsafe fn HardFault(frame: &ExceptionFrame) -> ! {
    semihosting::println!("hard fault at {:#x}", frame.pc());
    semihosting::process::exit(101);
}
