//! Boards with one Cortex-M, whose SysTick interrupts a thousand times a second: Arm's MPS2 (M3, M4F) and the micro:bit (M0).
//!
//! # Safety
//!
//! The handler of a hard fault ends the program.
#![allow(unsafe_code, reason = "exception handlers")]

use cortex_m::peripheral::syst::SystClkSource;
use cortex_m_rt::{ExceptionFrame, entry, exception};
use selvedge_core::atomics::{AtomicU32, Ordering};
use selvedge_core::port::Widened;
use selvedge_port_bare_metal::{TimeSource, time_source};

pub const NAME: &str = "Cortex-M";
pub const CORES: usize = 1;

/// Cycles of the emulator's boards in a millisecond.
const RELOAD: u32 = 25_000;

#[entry]
fn main() -> ! {
    if let Some(mut core) = cortex_m::Peripherals::take() {
        core.SYST.set_clock_source(SystClkSource::Core);
        core.SYST.set_reload(RELOAD - 1);
        core.SYST.clear_current();
        core.SYST.enable_counter();
        core.SYST.enable_interrupt();
    }
    crate::test()
}

static TICKS: AtomicU32 = AtomicU32::new(0);
static TIME: Widened = Widened::new();

#[exception]
fn SysTick() {
    TICKS.fetch_add(1, Ordering::Relaxed);
    TIME.read(|| TICKS.load(Ordering::Relaxed));
}

#[exception]
unsafe fn HardFault(frame: &ExceptionFrame) -> ! {
    semihosting::println!("hard fault at {:#x}", frame.pc());
    semihosting::process::exit(101);
}

/// The tick: coarse, and always there to end a sleep.
struct Tick;

impl TimeSource for Tick {
    const TICKS_PER_SECOND: u32 = 1_000;

    fn now() -> u64 {
        TIME.read(|| TICKS.load(Ordering::Relaxed))
    }

    fn alarm(_ticks: u64) -> bool {
        true
    }
}

time_source!(Tick);
