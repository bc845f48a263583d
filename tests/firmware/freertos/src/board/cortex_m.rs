//! Arm's MPS2 boards: a Cortex-M3, or M4F.

use core::fmt;

use cortex_m::peripheral::NVIC;
use cortex_m_rt::{ExceptionFrame, exception};
use selvedge_core::atomics::{AtomicPtr, AtomicU32, Ordering};

pub const NAME: &str = "FreeRTOS on Cortex-M";
pub const TICKS_PER_SECOND: u32 = 1_000;

pub fn say(line: fmt::Arguments<'_>) {
    semihosting::println!("{line}");
}

pub fn exit(status: i32) -> ! {
    semihosting::process::exit(status)
}

/// Which of several things a program is to do: what `emulate.sh` has written, by `WAY`, to the last word of the memory, that is nobody's.
pub fn way() -> u32 {
    // SAFETY: memory that the linker does not give away.
    unsafe { (0x203F_FFFC as *const u32).read_volatile() }
}

#[exception]
unsafe fn HardFault(frame: &ExceptionFrame) -> ! {
    semihosting::println!("hard fault at {:#x}", frame.pc());
    semihosting::process::exit(101);
}

/// How often each phase meets the handler.
pub const INTERRUPTS: u32 = 3_000;

/// A timer of Arm's CMSDK.
#[repr(C)]
struct Timer {
    control: u32,
    value: u32,
    reload: u32,
    interrupt: u32,
}

const TIMERS: [*mut Timer; 2] = [0x4000_0000 as *mut Timer, 0x4000_1000 as *mut Timer];
/// The interrupt of the first; the second's is the next.
const FIRST: usize = 8;
/// The kernel may be called below the priority 0x50, which is above in numbers.
const PRIORITIES: [u8; 2] = [0xA0, 0x60];

static HANDLERS: [AtomicPtr<()>; 2] = [const { AtomicPtr::new(core::ptr::null_mut()) }; 2];
static COUNT: AtomicU32 = AtomicU32::new(0);

/// Calls the two from two interrupts, of which the second is more urgent, at odd periods.
pub fn interrupts(first: fn(), second: fn()) {
    for (number, handler) in [first, second].into_iter().enumerate() {
        HANDLERS[number].store(handler as *mut (), Ordering::Release);
        let interrupt = FIRST + number;
        // SAFETY: registers of the interrupt controller and of a timer that nobody else uses.
        unsafe {
            (*NVIC::PTR).ipr[interrupt].write(PRIORITIES[number]);
            (*NVIC::PTR).iser[0].write(1 << interrupt);
            (&raw mut (*TIMERS[number]).reload).write_volatile(5_000);
            // Enabled, with its interrupt.
            (&raw mut (*TIMERS[number]).control).write_volatile(0b1001);
        }
    }
}

/// No more of them.
pub fn no_interrupts() {
    for timer in TIMERS {
        // SAFETY: as above.
        unsafe { (&raw mut (*timer).control).write_volatile(0) };
    }
}

#[exception]
unsafe fn DefaultHandler(interrupt: i16) {
    let number = (interrupt as usize).wrapping_sub(FIRST);
    let (Some(timer), Some(handler)) = (TIMERS.get(number), HANDLERS.get(number)) else {
        say(format_args!("interrupt {interrupt}"));
        exit(102);
    };
    // From 1201 to 5296 cycles, and not in step with anything.
    let period = 1_201
        + (COUNT
            .fetch_add(1, Ordering::Relaxed)
            .wrapping_mul(0x9E37_79B9)
            >> 20);
    // SAFETY: the timer of this handler.
    unsafe {
        (&raw mut (**timer).interrupt).write_volatile(1);
        (&raw mut (**timer).reload).write_volatile(period);
    }
    let handler = handler.load(Ordering::Acquire);
    if !handler.is_null() {
        // SAFETY: what `interrupts` made of the function.
        unsafe { core::mem::transmute::<*mut (), fn()>(handler)() };
    }
}
