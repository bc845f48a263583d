//! Time without a periodic tick: the core sleeps until a comparator, or a timer that fires once, ends it, and is interrupted no more often than that.
//!
//! For RISC-V with the feature `single-hart`, and for Arm's MPS2 with one core; there the emulator does not sleep in WFE, so only interrupts are counted.
#![no_std]
#![no_main]

#[cfg_attr(target_arch = "arm", path = "board/cortex_m.rs")]
#[cfg_attr(not(target_arch = "arm"), path = "board/riscv.rs")]
mod board;

use core::time::Duration;

use embedded_hal::delay::DelayNs;
use selvedge_core::atomics::{AtomicU32, Ordering};
use selvedge_core::port::Clock;
use selvedge_port_bare_metal::{BareMetal, Delay, Event, Mutex, TimeSource, time_source};

static SLEEPS: AtomicU32 = AtomicU32::new(0);
static INTERRUPTS: AtomicU32 = AtomicU32::new(0);

static NEVER: Event = Event::new();
/// Set by the interrupt with this number.
static RUNG: Event = Event::new();
static RINGS_AT: AtomicU32 = AtomicU32::new(0);

/// What the board's handler calls; the alarm is over.
fn wakes() {
    let count = INTERRUPTS.load(Ordering::Relaxed) + 1;
    INTERRUPTS.store(count, Ordering::Relaxed);
    if count == RINGS_AT.load(Ordering::Relaxed) {
        RUNG.set();
    }
}

/// The board's timer, which interrupts when it is told to and not else.
struct Timer;

impl TimeSource for Timer {
    const TICKS_PER_SECOND: u32 = board::RATE;

    fn now() -> u64 {
        board::now()
    }

    fn alarm(ticks: u64) -> bool {
        SLEEPS.store(SLEEPS.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
        board::alarm(ticks);
        true
    }
}

time_source!(Timer);

/// How often the core fell asleep, and how often it was interrupted, while `wait` waited for `span` and not less.
fn counted(span: Duration, wait: impl FnOnce()) -> (u32, u32) {
    let counts = || {
        (
            SLEEPS.load(Ordering::Relaxed),
            INTERRUPTS.load(Ordering::Relaxed),
        )
    };
    let (before, start) = (counts(), BareMetal::now());
    wait();
    assert!(
        BareMetal::until(start, BareMetal::now()) >= span,
        "too early"
    );
    let after = counts();
    (after.0 - before.0, after.1 - before.1)
}

/// Once as a rule, and twice where a comparator interrupts a tick early. A few times more where the clock goes on while the emulator does not, in the middle of the setting of an alarm; with a tick of a millisecond it would be hundreds.
const FEW: u32 = 8;

fn slept(what: &str, (sleeps, interrupts): (u32, u32)) {
    semihosting::println!("{what}: {interrupts} interrupts");
    assert!(interrupts <= FEW);
    if board::SLEEPS {
        semihosting::println!("fell asleep {sleeps} times");
        assert!((1..=FEW).contains(&sleeps) && interrupts >= 1);
    }
}

fn test() -> ! {
    let span = Duration::from_millis(5);
    slept(
        "an event, 5 ms",
        counted(span, || assert!(NEVER.wait_timeout(span).is_err())),
    );
    let span = Duration::from_millis(300);
    slept(
        "an event, 300 ms",
        counted(span, || assert!(NEVER.wait_timeout(span).is_err())),
    );
    static HELD: Mutex<()> = Mutex::new(());
    let held = HELD.lock();
    let span = Duration::from_millis(20);
    slept(
        "a mutex, 20 ms",
        counted(span, || assert!(HELD.lock_timeout(span).is_err())),
    );
    drop(held);
    slept("a delay, 20 ms", counted(span, || Delay.delay_ms(20)));

    // Without a limit nothing is programmed; the alarm is the application's own.
    let (sleeps, interrupts) = counted(span, || {
        board::alarm(board::now() + u64::from(board::RATE) / 50);
        RINGS_AT.store(INTERRUPTS.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
        RUNG.wait();
    });
    assert_eq!((sleeps, interrupts), (0, 1));
    semihosting::println!("an event without a limit: 1 interrupt");

    // From the next instruction on, so that the interrupt comes before the sleep, in it, and after it.
    let mut most = 0;
    for ticks in 0..3_000_u32 {
        let span = Duration::from_nanos(u64::from(ticks % 300) * 100);
        let (sleeps, _) = counted(span, || assert!(NEVER.wait_timeout(span).is_err()));
        most = most.max(sleeps);
    }
    semihosting::println!("3000 short limits");
    assert!(most <= FEW || !board::SLEEPS);
    semihosting::println!("tickless: 6 passed, 0 skipped (1 core)");
    semihosting::process::exit(0);
}
