//! Everything that may be called from an interrupt handler, called from one: SysTick, at odd periods, while thread mode blocks, while a task of the thread executor awaits, and while a task of an
//! `InterruptExecutor` does. Nothing may be lost.
#![no_std]
#![no_main]

use cortex_m_rt::entry;
use firmware_handlers::{Objects, PHASES};
use selvedge_core::atomics::{AtomicU32, Ordering};
use selvedge_port_embassy::{Embassy, Event};

/// How often each phase meets the handler.
const ROUNDS: u32 = 3_000;

static BLOCKING: Objects<Embassy> = Objects::new();
static AWAITING: Objects<Embassy> = Objects::new();

/// Whose handler runs.
static AWAITED: AtomicU32 = AtomicU32::new(0);
static DONE: Event = Event::new();

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

#[embassy_executor::task]
async fn awaits() {
    assert_ne!(AWAITING.wait(ROUNDS, says).await, 0);
    DONE.set();
}

#[embassy_executor::task]
async fn awaits_and_ends(blocked: u32) {
    let awaited = AWAITING.wait(ROUNDS, says).await;
    let passed = blocked + 2 * awaited;
    semihosting::println!("Embassy, interrupts: {passed} passed, 0 skipped (1 core)");
    semihosting::process::exit(0);
}

#[entry]
fn main() -> ! {
    board::start();
    board::on_tick(handler);
    board::periods(true);
    semihosting::println!("by calls that block, in thread mode");
    let blocked = BLOCKING.block(ROUNDS, says);
    assert_eq!(blocked as usize, PHASES);

    AWAITED.store(1, Ordering::Relaxed);
    semihosting::println!("awaited, in an executor of higher priority than thread mode");
    board::start_low().spawn(awaits().expect("the first"));
    DONE.wait();

    semihosting::println!("awaited, in the thread executor");
    assert!(board::count() > ROUNDS, "hardly any interrupts");
    board::thread_executor(|spawner| spawner.spawn(awaits_and_ends(blocked).expect("the first")))
}
