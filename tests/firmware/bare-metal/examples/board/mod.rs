//! What the examples need of a board with one Cortex-M: a millisecond's tick, which may call a handler of the example's, and something that polls.
//!
//! # Safety
//!
//! The handler of a hard fault ends the program.
#![allow(unsafe_code, reason = "exception handlers")]
#![allow(dead_code, reason = "each example needs another part")]

use core::future::{Future, poll_fn};
use core::pin::Pin;
use core::task::Poll;

use cortex_m::peripheral::syst::SystClkSource;
use cortex_m_rt::{ExceptionFrame, exception};
use selvedge_core::atomics::{AtomicU32, Ordering};
use selvedge_core::port::Widened;
use selvedge_port_bare_metal::{Event, Mutex, TimeSource, time_source};

/// Cycles of the emulator's board in a millisecond.
const MILLISECOND: u32 = 25_000;

static TICKS: AtomicU32 = AtomicU32::new(0);
static TIME: Widened = Widened::new();
static HANDLER: Mutex<Option<fn()>> = Mutex::new(None);

/// Time begins, and `handler` is called in each tick.
pub fn start(handler: Option<fn()>) {
    *HANDLER.lock() = handler;
    if let Some(mut core) = cortex_m::Peripherals::take() {
        core.SYST.set_clock_source(SystClkSource::Core);
        core.SYST.set_reload(MILLISECOND - 1);
        core.SYST.clear_current();
        core.SYST.enable_counter();
        core.SYST.enable_interrupt();
    }
}

#[exception]
fn SysTick() {
    TICKS.fetch_add(1, Ordering::Relaxed);
    TIME.read(|| TICKS.load(Ordering::Relaxed));
    let handler = HANDLER.try_lock().and_then(|handler| *handler);
    if let Some(handler) = handler {
        handler();
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
        TIME.read(|| TICKS.load(Ordering::Relaxed))
    }

    // The tick is always there to end a sleep.
    fn alarm(_ticks: u64) -> bool {
        true
    }
}

time_source!(Tick);

/// Runs asynchronous tasks to their ends, all in `main`. Whoever wakes one rings, and the core sleeps until then.
pub fn run_all<const N: usize>(mut tasks: [Pin<&mut dyn Future<Output = ()>>; N]) {
    static BELL: Event = Event::new();
    let mut ended = [false; N];
    same_code::block_on(
        &BELL,
        poll_fn(|context| {
            for (task, ended) in tasks.iter_mut().zip(&mut ended) {
                *ended = *ended || task.as_mut().poll(context).is_ready();
            }
            if ended.iter().all(|ended| *ended) {
                Poll::Ready(())
            } else {
                Poll::Pending
            }
        }),
    );
}
