//! Arm's MPS2 board with one Cortex-M3, as Embassy sees it: a time driver on SysTick, and two interrupts for executors of higher priority than thread mode.
//!
//! Priorities, from the lowest: thread mode; [`LOW`]; [`HIGH`]; SysTick.
//!
//! # Safety
//!
//! Interrupt handlers, their table, and the registers of the interrupt controller. What a hard fault or an unknown interrupt does is to end the program.
#![no_std]
#![allow(unsafe_code, reason = "interrupt handlers and registers")]

mod time;

use cortex_m::interrupt::InterruptNumber;
use cortex_m::peripheral::syst::SystClkSource;
use cortex_m::peripheral::{NVIC, SYST};
use cortex_m_rt::{ExceptionFrame, exception};
use embassy_executor::{Executor, InterruptExecutor, SendSpawner, Spawner};

pub use time::{count, on_tick, periods};

/// Cycles of the emulator's board in a millisecond.
const MILLISECOND: u32 = 25_000;

/// Which of several things a program is to do: what `emulate.sh` has written, by `WAY`, to the last word of the memory, that is nobody's.
pub fn way() -> u32 {
    // SAFETY: memory that the linker does not give away.
    unsafe { (0x203F_FFFC as *const u32).read_volatile() }
}

/// Interrupts a thousand times a second from now on, and counts time by that.
pub fn start() {
    let Some(mut core) = cortex_m::Peripherals::take() else {
        return;
    };
    run(&mut core.SYST, MILLISECOND);
    // SAFETY: no critical section of this program works by priorities.
    unsafe {
        core.NVIC.set_priority(Irq::Swi0, 0xC0);
        core.NVIC.set_priority(Irq::Swi1, 0x80);
    }
}

fn run(timer: &mut SYST, period: u32) {
    timer.set_clock_source(SystClkSource::Core);
    timer.set_reload(period - 1);
    timer.clear_current();
    timer.enable_counter();
    timer.enable_interrupt();
}

/// Two interrupts that no device uses.
#[derive(Clone, Copy)]
pub enum Irq {
    /// Of the executor of lower priority.
    Swi0 = 0,
    /// Of the executor of higher priority.
    Swi1 = 1,
}

// SAFETY: both are in the table below.
unsafe impl InterruptNumber for Irq {
    fn number(self) -> u16 {
        self as u16
    }
}

/// Runs the executor of thread mode, once.
pub fn thread_executor(init: impl FnOnce(Spawner)) -> ! {
    static mut EXECUTOR: Option<Executor> = None;
    // SAFETY: thread mode comes here once, as this never returns.
    let executor = unsafe { &mut *(&raw mut EXECUTOR) };
    executor.get_or_insert_with(Executor::new).run(init)
}

static LOW: InterruptExecutor = InterruptExecutor::new();
static HIGH: InterruptExecutor = InterruptExecutor::new();

/// Starts the executor above thread mode.
pub fn start_low() -> SendSpawner {
    LOW.start(Irq::Swi0)
}

/// Starts the executor above that.
pub fn start_high() -> SendSpawner {
    HIGH.start(Irq::Swi1)
}

/// Makes the handler of an interrupt run, which must be one that no executor was started on.
pub fn pend(irq: Irq) {
    // SAFETY: the program uses no masks by number.
    unsafe { NVIC::unmask(irq) };
    NVIC::pend(irq);
}

#[unsafe(no_mangle)]
unsafe extern "C" fn SWI0() {
    // SAFETY: this is the executor's handler, which comes only after it was started.
    unsafe { LOW.on_interrupt() }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn SWI1() {
    // SAFETY: as above.
    unsafe { HIGH.on_interrupt() }
}

#[unsafe(link_section = ".vector_table.interrupts")]
#[unsafe(no_mangle)]
static __INTERRUPTS: [unsafe extern "C" fn(); 2] = [SWI0, SWI1];

#[exception]
fn SysTick() {
    time::tick();
}

#[exception]
unsafe fn HardFault(frame: &ExceptionFrame) -> ! {
    semihosting::println!("hard fault at {:#x}", frame.pc());
    semihosting::process::exit(101);
}

#[exception]
unsafe fn DefaultHandler(number: i16) {
    semihosting::println!("unexpected interrupt {number}");
    semihosting::process::exit(102);
}
