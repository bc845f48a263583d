//! A board with one Cortex-M: two stacks, and a tick that ends waits.
//!
//! # Safety
//!
//! Thread mode runs on a stack of its own while a call is measured. The calls do not unwind and return there.
#![allow(unsafe_code, reason = "another stack, exception handlers")]

use core::arch::asm;
use core::cell::UnsafeCell;

use cortex_m::peripheral::syst::SystClkSource;
use cortex_m_rt::{ExceptionFrame, entry, exception};
use selvedge_core::atomics::{AtomicU32, Ordering};
use selvedge_core::port::Widened;
use selvedge_port_bare_metal::{Mutex, TimeSource, time_source};

/// In words.
const STACK: usize = 1_024;
const PAINT: u32 = 0x5A5A_5A5A;

#[repr(align(8))]
struct Stack(UnsafeCell<[u32; STACK]>);

// SAFETY: only `used` reaches it, which only `main` calls.
unsafe impl Sync for Stack {}

static OTHER: Stack = Stack(UnsafeCell::new([PAINT; STACK]));
static END: Mutex<Option<fn()>> = Mutex::new(None);
static TICKS: AtomicU32 = AtomicU32::new(0);
static TIME: Widened = Widened::new();

/// How many ticks there were.
pub(crate) fn ticks() -> u32 {
    TICKS.load(Ordering::Relaxed)
}

/// How many bytes of stack `call` takes, which waits until `end` is called: in the second tick from now.
pub(crate) fn used(call: extern "C" fn(), end: fn()) -> usize {
    let stack = OTHER.0.get();
    // SAFETY: nobody runs on it.
    unsafe { *stack = [PAINT; STACK] };
    *END.lock() = Some(end);
    // SAFETY: the end of the stack, which is aligned to 8. The call keeps what a function keeps, and the compiler's stack pointer is as it was when the instructions are done.
    unsafe {
        asm!(
            "msr psp, {top}",
            "movs r4, #2",
            "msr control, r4",
            "isb",
            "blx {call}",
            "movs r4, #0",
            "msr control, r4",
            "isb",
            top = in(reg) stack.add(1),
            call = in(reg) call,
            out("r4") _,
            // What a function may change; no floating-point number is alive here.
            out("r0") _, out("r1") _, out("r2") _, out("r3") _, out("r12") _, out("lr") _,
        );
    }
    *END.lock() = None;
    // SAFETY: nobody runs on it any more.
    let untouched = unsafe { (*stack).iter().take_while(|word| **word == PAINT).count() };
    (STACK - untouched) * size_of::<u32>()
}

#[entry]
fn main() -> ! {
    let Some(mut core) = cortex_m::Peripherals::take() else {
        semihosting::process::exit(2);
    };
    core.SYST.set_clock_source(SystClkSource::Core);
    core.SYST.set_reload(25_000 - 1);
    core.SYST.clear_current();
    core.SYST.enable_counter();
    core.SYST.enable_interrupt();
    crate::test()
}

#[exception]
fn SysTick() {
    let count = TICKS.load(Ordering::Relaxed) + 1;
    TICKS.store(count, Ordering::Relaxed);
    TIME.read(ticks);
    // The call has begun to wait by then.
    let end = END.try_lock().and_then(|end| *end);
    if let Some(end) = end.filter(|_| count % 2 == 0) {
        end();
    }
}

#[exception]
unsafe fn HardFault(frame: &ExceptionFrame) -> ! {
    semihosting::println!("hard fault at {:#x}", frame.pc());
    semihosting::process::exit(101);
}

struct Tick;

impl TimeSource for Tick {
    const TICKS_PER_SECOND: u32 = 1_000;

    fn now() -> u64 {
        TIME.read(ticks)
    }

    // The tick is always there to end a sleep.
    fn alarm(_ticks: u64) -> bool {
        true
    }
}

time_source!(Tick);
