//! Arm's MPS2 board with one Cortex-M3, as RTIC sees it: what a device crate has, as far as it is needed, and a timer whose interrupt comes at odd periods.
//!
//! # Safety
//!
//! The table of interrupts, and registers of the timer.
#![no_std]
#![allow(unsafe_code, reason = "the table of interrupts and registers")]

use cortex_m::interrupt::InterruptNumber;
use cortex_m_rt::{ExceptionFrame, exception};
use selvedge_core::atomics::{AtomicU32, Ordering};

/// Cycles of the emulator's board in a second.
pub const CLOCK: u32 = 25_000_000;

/// Which of several things a program is to do: what `emulate.sh` has written, by `WAY`, to the last word of the memory, that is nobody's.
pub fn way() -> u32 {
    // SAFETY: memory that the linker does not give away.
    unsafe { (0x203F_FFFC as *const u32).read_volatile() }
}

/// How many bits a priority has.
pub const NVIC_PRIO_BITS: u8 = 3;

/// The interrupts that have a handler.
#[derive(Debug, Clone, Copy)]
pub enum Interrupt {
    /// No device's.
    SWI0 = 0,
    /// No device's.
    SWI1 = 1,
    /// No device's.
    SWI2 = 2,
    /// The first timer's.
    TIMER0 = 8,
}

/// RTIC's name for it.
pub use Interrupt as interrupt;

// SAFETY: they are in the table below.
unsafe impl InterruptNumber for Interrupt {
    fn number(self) -> u16 {
        self as u16
    }
}

unsafe extern "C" {
    #[link_name = "DefaultHandler"]
    fn default_handler();
    fn SWI0();
    fn SWI1();
    fn SWI2();
    fn TIMER0();
}

#[unsafe(link_section = ".vector_table.interrupts")]
#[unsafe(no_mangle)]
static __INTERRUPTS: [unsafe extern "C" fn(); 9] = [
    SWI0,
    SWI1,
    SWI2,
    default_handler,
    default_handler,
    default_handler,
    default_handler,
    default_handler,
    TIMER0,
];

const TIMER: *mut u32 = 0x4000_0000 as *mut u32;
const CONTROL: usize = 0;
const VALUE: usize = 1;
const RELOAD: usize = 2;
const CLEAR: usize = 3;

/// Turns of the timer so far.
static TURNS: AtomicU32 = AtomicU32::new(0);

/// Starts the timer.
pub fn start_timer() {
    next_period();
    // SAFETY: the timer's registers; counts, and interrupts.
    unsafe {
        TIMER.add(VALUE).write_volatile(1_000);
        TIMER.add(CONTROL).write_volatile(1 | 1 << 3);
    }
}

/// What its handler calls first: acknowledges, and picks the next period, from 601 to 2648 cycles, and not in step with anything. Returns how many there were before.
pub fn next_period() -> u32 {
    let count = TURNS.fetch_add(1, Ordering::Relaxed);
    let period = 601 + (count.wrapping_mul(0x9E37_79B9) >> 21);
    // SAFETY: the timer's registers.
    unsafe {
        TIMER.add(CLEAR).write_volatile(1);
        TIMER.add(RELOAD).write_volatile(period);
    }
    count
}

#[exception]
unsafe fn HardFault(frame: &ExceptionFrame) -> ! {
    semihosting::println!("hard fault at {:#x}", frame.pc());
    semihosting::process::exit(101);
}

#[exception]
unsafe fn DefaultHandler(number: i16) {
    semihosting::println!("unexpected interrupt {number}");
    semihosting::process::exit(102);
}
