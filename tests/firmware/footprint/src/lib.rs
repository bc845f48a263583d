//! What one small program costs, written with this library and with others: bytes, and instructions on a Cortex-M4F in an emulator that lets one instruction pass in a nanosecond.
//!
//! Each program has a lock, an event, a queue of four words and a semaphore. Each says by [`Rows`] what its objects take and how many instructions its operations do; [`nothing`] is the same with no object, whose
//! size is to be subtracted.
#![no_std]

use core::future::Future;
use core::hint::black_box;
use core::pin::{Pin, pin};
use core::task::{Context, Poll, Waker};

use cortex_m::peripheral::SYST;
use cortex_m::peripheral::syst::SystClkSource;

const ROUNDS: u32 = 10_000;
/// The end of the memory. Another number here than zero is how many rounds to do: the emulator writes it for a run that is traced instruction by instruction.
const FEWER_ROUNDS: *const u32 = 0x203F_FFFC as *const u32;
/// The timer counts at 25 MHz.
const INSTRUCTIONS_PER_TICK: u32 = 40;

/// Measures, and prints a line for each: `row NAME OBJECT WAIT INSTRUCTIONS`, where WAIT is the size of the future, and 0 is none.
pub struct Rows {
    timer: SYST,
    rounds: u32,
    empty: u32,
}

impl Rows {
    /// The timer runs freely, without interrupts. In a trace it is by this function's name that the beginning is found.
    #[inline(never)]
    pub fn start() -> Self {
        let mut timer = cortex_m::Peripherals::take()
            .expect("for the first time")
            .SYST;
        timer.set_clock_source(SystClkSource::Core);
        timer.set_reload(0x00FF_FFFF);
        timer.clear_current();
        timer.enable_counter();
        // SAFETY: memory that no program uses: the stack begins below.
        let rounds = match unsafe { FEWER_ROUNDS.read_volatile() } {
            0 => ROUNDS,
            fewer => fewer,
        };
        let mut rows = Self {
            timer,
            rounds,
            empty: 0,
        };
        rows.empty = rows.ticks(|| ());
        rows
    }

    /// How many rounds, or whatever a program takes the number for.
    pub fn rounds(&self) -> u32 {
        self.rounds
    }

    fn ticks(&mut self, mut operation: impl FnMut()) -> u32 {
        self.timer.clear_current();
        let before = SYST::get_current();
        for n in 0..self.rounds {
            black_box(n);
            operation();
        }
        // It counts down.
        before.wrapping_sub(SYST::get_current()) & 0x00FF_FFFF
    }

    /// A row: the object's bytes, those of a future that waits for it, and what one `operation` is.
    pub fn row(&mut self, name: &str, object: usize, wait: usize, operation: impl FnMut()) {
        let ticks = self.ticks(operation);
        self.print(name, object, wait, ticks);
    }

    /// Once in each program, and so no part of what an object costs.
    #[inline(never)]
    fn print(&self, name: &str, object: usize, wait: usize, ticks: u32) {
        let tenths = ticks.saturating_sub(self.empty) * (INSTRUCTIONS_PER_TICK * 10) / self.rounds;
        semihosting::println!("row {name} {object} {wait} {}.{}", tenths / 10, tenths % 10);
    }

    /// Ends the program.
    pub fn finish(self) -> ! {
        semihosting::process::exit(0);
    }
}

/// A future that is polled in vain, and once more after `then`.
pub fn one_waiter<F: Future>(future: F, then: impl FnOnce()) -> F::Output {
    let mut context = Context::from_waker(Waker::noop());
    let mut future = pin!(future);
    let poll = |future: Pin<&mut F>, context: &mut Context<'_>| future.poll(context);
    assert!(poll(future.as_mut(), &mut context).is_pending());
    then();
    match poll(future.as_mut(), &mut context) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("it was not woken"),
    }
}

/// The size of what waits.
pub fn size_of_future<F: Future>(future: F) -> usize {
    size_of_val(&future)
}
