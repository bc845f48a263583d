//! Everything that may be called from an interrupt handler, called from a hardware task: a timer's, at odd periods, while idle blocks, and while software tasks of two priorities await. Nothing may be lost.
#![no_std]
#![no_main]

use firmware_handlers::{Objects, PHASES};
use selvedge_core::atomics::{AtomicU32, Ordering};
use selvedge_port_rtic::{Event, Rtic};

/// How often each phase meets the handler.
const ROUNDS: u32 = 3_000;

static BLOCKING: Objects<Rtic> = Objects::new();
static AWAITING: Objects<Rtic> = Objects::new();

/// Whose handler runs.
static AWAITED: AtomicU32 = AtomicU32::new(0);
static LOW_DONE: Event = Event::new();
static HIGH_DONE: Event = Event::new();

fn handler() {
    if AWAITED.load(Ordering::Relaxed) == 0 {
        BLOCKING.handler();
    } else {
        AWAITING.handler();
    }
}

fn says(name: &'static str) {
    semihosting::println!("{name}: {ROUNDS} rounds");
}

#[rtic::app(device = rtic_board, dispatchers = [SWI0, SWI1], peripherals = false)]
mod app {
    use super::*;
    use rtic_monotonics::systick::prelude::*;

    systick_monotonic!(Mono, 1_000);
    selvedge_port_rtic::monotonic!(Mono, periodic);

    #[shared]
    struct Shared {}

    #[local]
    struct Local {
        passed: u32,
    }

    #[init]
    fn init(cx: init::Context) -> (Shared, Local) {
        Mono::start(cx.core.SYST, rtic_board::CLOCK);
        rtic_board::start_timer();
        (Shared {}, Local { passed: 0 })
    }

    #[idle(local = [passed])]
    fn idle(cx: idle::Context) -> ! {
        let passed = cx.local.passed;
        semihosting::println!("by calls that block, in idle");
        *passed += BLOCKING.block(ROUNDS, says);
        assert_eq!(*passed as usize, PHASES);

        AWAITED.store(1, Ordering::Relaxed);
        semihosting::println!("awaited, by a task of priority 1");
        low::spawn().expect("the first");
        LOW_DONE.wait();
        semihosting::println!("awaited, by a task of priority 2");
        high::spawn().expect("the first");
        HIGH_DONE.wait();
        *passed += 2 * AWAITED.load(Ordering::Relaxed);
        semihosting::println!("RTIC, interrupts: {passed} passed, 0 skipped (1 core)");
        semihosting::process::exit(0);
    }

    #[task(priority = 1)]
    async fn low(_: low::Context) {
        AWAITED.store(AWAITING.wait(ROUNDS, says).await, Ordering::Relaxed);
        LOW_DONE.set();
    }

    #[task(priority = 2)]
    async fn high(_: high::Context) {
        AWAITED.store(AWAITING.wait(ROUNDS, says).await, Ordering::Relaxed);
        HIGH_DONE.set();
    }

    #[task(binds = TIMER0, priority = 4)]
    fn timer(_: timer::Context) {
        rtic_board::next_period();
        handler();
    }
}
