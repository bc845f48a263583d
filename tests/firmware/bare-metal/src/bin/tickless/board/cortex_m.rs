//! Arm's MPS2 with one core: a timer of the board counts, and SysTick fires once.
//!
//! # Safety
//!
//! The addresses are those of the board's manual. The handler of a hard fault ends the program.
#![allow(unsafe_code, reason = "device registers, exception handlers")]

use cortex_m::peripheral::{SCB, SYST};
use cortex_m_rt::{ExceptionFrame, entry, exception};
use selvedge_core::port::Widened;

/// How fast both count, in a second.
pub const RATE: u32 = 25_000_000;

/// Not in WFE.
pub const SLEEPS: bool = false;

/// The board's timer counts down: its value, and its control register.
const TIMER_VALUE: *const u32 = 0x4000_2004 as *const u32;
const TIMER_CONTROL: *mut u32 = 0x4000_2008 as *mut u32;

/// SysTick by the clock of the core, with its interrupt.
const FIRES: u32 = 0b111;
/// As far as it counts: two thirds of a second. Who has to sleep longer wakes so often.
const FARTHEST: u64 = 0x00FF_FFFF;

static TIME: Widened = Widened::new();

/// The count.
pub fn now() -> u64 {
    // SAFETY: a register of the board.
    TIME.read(|| unsafe { !TIMER_VALUE.read_volatile() })
}

/// SysTick's interrupt comes at `ticks`, or earlier, if that is far.
pub fn alarm(ticks: u64) {
    let ahead = ticks.saturating_sub(now()).clamp(1, FARTHEST);
    // SAFETY: what a handler does in between ends in a sleep that is too short, or is done again here.
    unsafe {
        let timer = &*SYST::PTR;
        timer.csr.write(0);
        // Of the alarm before, which may have come too late for who wanted it.
        SCB::clear_pendst();
        timer.rvr.write(ahead as u32);
        timer.cvr.write(0);
        timer.csr.write(FIRES);
    }
}

#[entry]
fn main() -> ! {
    const ENABLED: u32 = 1 << 7;
    const BITS_32: u32 = 1 << 1;
    // SAFETY: a register of the board.
    unsafe { TIMER_CONTROL.write_volatile(ENABLED | BITS_32) };
    crate::test()
}

#[exception]
fn SysTick() {
    // SAFETY: whoever programs the timer starts it after that.
    unsafe { (*SYST::PTR).csr.write(0) };
    crate::wakes();
}

#[exception]
unsafe fn HardFault(frame: &ExceptionFrame) -> ! {
    semihosting::println!("hard fault at {:#x}", frame.pc());
    semihosting::process::exit(101);
}
