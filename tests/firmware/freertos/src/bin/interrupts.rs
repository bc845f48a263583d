//! Everything that may be called from an interrupt handler, called from one, at odd periods, while a task waits or is in the middle of it. Nothing may be lost.
//!
//! Two interrupts: the first goes through all phases with the task; the second, more urgent, comes in the middle of it and of the kernel, and releases to a task that is more urgent than all.
#![cfg_attr(target_os = "none", no_std, no_main)]

use firmware_freertos::{board, kernel, program, say, wind};
use firmware_handlers::{Objects, PHASES};
use selvedge_core::atomics::{AtomicU32, Ordering};
use selvedge_port_freertos::{FreeRtos, Semaphore};

program!(test);

static OBJECTS: Objects<FreeRtos> = Objects::new();

fn first() {
    OBJECTS.handler();
}

static PERMITS: Semaphore = Semaphore::new(0);
static RELEASED: AtomicU32 = AtomicU32::new(0);
static ACQUIRED: AtomicU32 = AtomicU32::new(0);

fn second() {
    RELEASED.fetch_add(1, Ordering::SeqCst);
    PERMITS.release(1);
}

/// More urgent than all.
fn acquire() {
    loop {
        PERMITS.acquire().keep();
        ACQUIRED.fetch_add(1, Ordering::SeqCst);
    }
}

fn test() {
    const ROUNDS: u32 = board::INTERRUPTS;
    kernel::create(1, acquire, 4);
    board::interrupts(first, second);
    let blocked = OBJECTS.block(ROUNDS, |name| {
        say!("{name}: {ROUNDS} rounds");
        wind();
    });
    assert_eq!(blocked as usize, PHASES);

    assert!(
        RELEASED.load(Ordering::SeqCst) >= ROUNDS,
        "hardly any interrupts"
    );
    board::no_interrupts();
    // The other task is more urgent: it has had what there was.
    let released = RELEASED.load(Ordering::SeqCst);
    assert_eq!(
        ACQUIRED.load(Ordering::SeqCst),
        released,
        "a permit was lost"
    );
    say!("a more urgent task, from a more urgent interrupt: {released} permits");
    let passed = blocked + 1;
    say!(
        "{}, interrupts: {passed} passed, 0 skipped (1 core)",
        board::NAME
    );
    board::exit(0);
}
