//! Arm's MPS2 with two Cortex-M33 (AN521).
//!
//! # Safety
//!
//! The addresses are those of the board's manual; the second core has a stack and a table of vectors of its own.
#![allow(unsafe_code, reason = "device registers, the start of the second core")]

use core::cell::UnsafeCell;

use cortex_m_rt::{ExceptionFrame, entry, exception};
use selvedge_core::port::Widened;
use selvedge_port_bare_metal::{TimeSource, core_number, time_source};

pub const NAME: &str = "Cortex-M33";
pub const CORES: usize = 2;

/// Which core reads it.
const CPU_IDENTITY: *const u32 = 0x5001_F000 as *const u32;
/// Where the second core finds its vectors.
const INITIAL_VECTORS_1: *mut *const Vectors = 0x5002_1114 as *mut *const Vectors;
/// A bit for each core that waits before its first instruction.
const CPU_WAIT: *mut u32 = 0x5002_1118 as *mut u32;
/// A timer that counts down: its value, and its control register.
const TIMER_VALUE: *const u32 = 0x5000_2004 as *const u32;
const TIMER_CONTROL: *mut u32 = 0x5000_2008 as *mut u32;

const STACK: usize = 256 * 1024;

#[repr(C, align(8))]
struct Stack(UnsafeCell<[u8; STACK]>);

// SAFETY: used by the second core only.
unsafe impl Sync for Stack {}

static STACK_1: Stack = Stack(UnsafeCell::new([0; STACK]));

/// The first stack pointer, the first instruction, and what the faults do.
#[repr(C, align(1024))]
struct Vectors {
    stack: *const Stack,
    reset: extern "C" fn() -> !,
    faults: [extern "C" fn() -> !; 14],
}

// SAFETY: never written.
unsafe impl Sync for Vectors {}

static VECTORS_1: Vectors = Vectors {
    // Its end.
    stack: (&raw const STACK_1).wrapping_add(1),
    reset: second,
    faults: [fault; 14],
};

extern "C" fn second() -> ! {
    crate::cores::serve(1)
}

extern "C" fn fault() -> ! {
    semihosting::println!("a fault of the second core");
    semihosting::process::exit(101);
}

#[entry]
fn main() -> ! {
    const ENABLED: u32 = 1 << 7;
    const BITS_32: u32 = 1 << 1;
    // SAFETY: the registers of the board. What the second core needs is there before it starts.
    unsafe {
        TIMER_CONTROL.write_volatile(ENABLED | BITS_32);
        INITIAL_VECTORS_1.write_volatile(&raw const VECTORS_1);
        cortex_m::asm::dsb();
        CPU_WAIT.write_volatile(0);
    }
    crate::test()
}

#[exception]
unsafe fn HardFault(frame: &ExceptionFrame) -> ! {
    semihosting::println!("hard fault at {:#x}", frame.pc());
    semihosting::process::exit(101);
}

fn number() -> usize {
    // SAFETY: a register of the board.
    unsafe { CPU_IDENTITY.read_volatile() as usize }
}

core_number!(number);

static TIME: Widened = Widened::new();

/// The timer that both cores see.
struct Timer;

impl TimeSource for Timer {
    const TICKS_PER_SECOND: u32 = 20_000_000;

    fn now() -> u64 {
        // SAFETY: a register of the board.
        TIME.read(|| unsafe { !TIMER_VALUE.read_volatile() })
    }
}

time_source!(Timer);
