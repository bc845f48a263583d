//! The conformance suite on Embassy: calls that block in thread mode, futures by the thread executor's own means. One core, so one task that blocks; rungs that need more are skipped.
//!
//! Executors of higher priority are no more tasks for the suite: its tasks wait for each other both ways, and a task that blocks in an executor of higher priority holds up those below for ever. What they can do
//! is in `executors.rs`.
//!
//! # Safety
//!
//! A future is lent to an executor that runs it until it is done.
#![no_std]
#![no_main]
#![allow(unsafe_code, reason = "lends futures to an executor")]

use board as _;
use core::cell::RefCell;
use core::pin::{Pin, pin};

use cortex_m_rt::entry;
use embassy_executor::raw::{AvailableTask, Executor, TaskStorage};
use selvedge_conformance::{Counts, World, run_all};
use selvedge_port_embassy::Embassy;

struct ThreadMode;

/// A future that the caller's frame keeps, and that is awaited before the frame ends.
type Lent = Pin<&'static mut dyn Future<Output = ()>>;

/// How the executor's wakers name thread mode: they send an event.
const THREAD_MODE: *mut () = usize::MAX as *mut ();

impl World for ThreadMode {
    type Port = Embassy;

    fn run(&self, tasks: &[&(dyn Fn() + Sync)]) {
        for task in tasks {
            task();
        }
    }

    fn tasks(&self) -> usize {
        1
    }

    fn nap(&self) {
        cortex_m::asm::wfe();
    }

    fn yield_now(&self) {
        core::hint::spin_loop();
    }

    fn rounds(&self, rounds: u32) -> u32 {
        (rounds / 10).max(1)
    }

    fn block_on<F: Future>(&self, future: F) -> F::Output {
        static mut EXECUTOR: Option<Executor> = None;
        static TASKS: [TaskStorage<Lent>; 4] = [const { TaskStorage::new() }; 4];

        let output = RefCell::new(None);
        let lent = pin!(async { *output.borrow_mut() = Some(future.await) });
        let lent: Pin<&mut dyn Future<Output = ()>> = lent;
        // SAFETY: only the lifetime changes. The loop below runs until the future is done; a panic of it ends the program.
        let lent = unsafe { core::mem::transmute::<Pin<&mut dyn Future<Output = ()>>, Lent>(lent) };
        // SAFETY: only thread mode comes here, and never while it is here.
        let executor = unsafe { &mut *(&raw mut EXECUTOR) };
        let executor = &*executor.get_or_insert_with(|| Executor::new(THREAD_MODE));
        let available = TASKS
            .iter()
            .find_map(AvailableTask::claim)
            .expect("one is free");
        executor.spawner().spawn(available.initialize(|| lent));
        loop {
            // SAFETY: not from within a task, and the executor is never moved.
            unsafe { executor.poll() };
            if let Some(output) = output.take() {
                return output;
            }
            cortex_m::asm::wfe();
        }
    }

    fn begins(&self, ladder: &'static str, rung: &'static str) {
        semihosting::println!("{ladder}: {rung}");
    }

    fn skips(&self, ladder: &'static str, rung: &'static str) {
        semihosting::println!("{ladder}: {rung}: skipped, it needs more tasks that block");
    }
}

#[entry]
fn main() -> ! {
    board::start();
    let Counts { passed, skipped } = run_all(&ThreadMode);
    semihosting::println!("Embassy: {passed} passed, {skipped} skipped (1 core)");
    semihosting::process::exit(i32::from(passed == 0));
}
