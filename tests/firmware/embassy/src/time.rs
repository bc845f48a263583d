//! embassy-time's driver: SysTick's interrupts are its ticks. A program may ask for interrupts at odd periods; then a tick is as long as they are.
//!
//! # Safety
//!
//! Writes the timer's reload register in its own handler.
#![allow(unsafe_code, reason = "a register of the timer")]

use core::cell::{Cell, RefCell};
use core::task::Waker;

use cortex_m::peripheral::SYST;
use critical_section::Mutex;
use embassy_time_driver::Driver;
use embassy_time_queue_utils::Queue;
use selvedge_core::atomics::{AtomicU32, Ordering};
use selvedge_core::port::Widened;

struct Ticks {
    count: AtomicU32,
    time: Widened,
    queue: Mutex<RefCell<Queue>>,
}

embassy_time_driver::time_driver_impl!(static TICKS: Ticks = Ticks {
    count: AtomicU32::new(0),
    time: Widened::new(),
    queue: Mutex::new(RefCell::new(Queue::new())),
});

impl Driver for Ticks {
    fn now(&self) -> u64 {
        self.time.read(|| self.count.load(Ordering::Relaxed))
    }

    fn schedule_wake(&self, at: u64, waker: &Waker) {
        critical_section::with(|section| {
            let mut queue = self.queue.borrow_ref_mut(section);
            if queue.schedule_wake(at, waker) {
                // There is nothing to program, but what is due is due now.
                queue.next_expiration(self.now());
            }
        });
    }
}

/// What the handler does besides.
static HOOK: Mutex<Cell<fn()>> = Mutex::new(Cell::new(|| {}));
static ODD: Mutex<Cell<bool>> = Mutex::new(Cell::new(false));

/// Calls `hook` in the timer's handler from now on.
pub fn on_tick(hook: fn()) {
    critical_section::with(|section| HOOK.borrow(section).set(hook));
}

/// Odd periods from now on, or equal ones: from 601 to 2648 cycles, and not in step with anything.
pub fn periods(odd: bool) {
    critical_section::with(|section| ODD.borrow(section).set(odd));
}

/// How many interrupts there were.
pub fn count() -> u32 {
    TICKS.count.load(Ordering::Relaxed)
}

pub(crate) fn tick() {
    let count = TICKS.count.fetch_add(1, Ordering::Relaxed);
    let (hook, odd) = critical_section::with(|section| {
        let now = TICKS.now();
        TICKS.queue.borrow_ref_mut(section).next_expiration(now);
        (HOOK.borrow(section).get(), ODD.borrow(section).get())
    });
    hook();
    if odd {
        let period = 601 + (count.wrapping_mul(0x9E37_79B9) >> 21);
        // SAFETY: only this handler uses the timer after its start.
        unsafe { (*SYST::PTR).rvr.write(period) };
    }
}
