//! A world of cores: each runs one task at a time. The first is the caller, the others wait for work.
//!
//! # Safety
//!
//! A task is lent to another core for as long as `run` waits for it.
#![allow(unsafe_code, reason = "lends tasks to other cores")]

use core::cell::UnsafeCell;
use core::hint::spin_loop;
use core::time::Duration;

use selvedge_conformance::World;
use selvedge_core::atomics::{AtomicU32, Ordering};
use selvedge_core::port::Clock;
use selvedge_port_bare_metal::BareMetal;

use crate::board;

pub struct Cores;

type Task = &'static (dyn Fn() + Sync);

const IDLE: u32 = 0;
const GIVEN: u32 = 1;

/// What one core is to do.
struct Job {
    state: AtomicU32,
    task: UnsafeCell<Option<Task>>,
}

// SAFETY: `task` is written by the first core while the state is IDLE, and read by the job's core while it is GIVEN.
unsafe impl Sync for Job {}

static JOBS: [Job; board::CORES] = [const {
    Job {
        state: AtomicU32::new(IDLE),
        task: UnsafeCell::new(None),
    }
}; board::CORES];

/// What all cores but the first do, for ever.
#[allow(dead_code, reason = "some boards have one core")]
pub fn serve(core: usize) -> ! {
    let job = &JOBS[core];
    loop {
        while job.state.load(Ordering::Acquire) != GIVEN {
            spin_loop();
        }
        // SAFETY: GIVEN, and this is the job's core.
        if let Some(task) = unsafe { *job.task.get() } {
            task();
        }
        job.state.store(IDLE, Ordering::Release);
    }
}

impl World for Cores {
    type Port = BareMetal;

    fn run(&self, tasks: &[&(dyn Fn() + Sync)]) {
        let Some((first, others)) = tasks.split_first() else {
            return;
        };
        for (task, job) in others.iter().zip(&JOBS[1..]) {
            // SAFETY: only the lifetime changes, and the loop below waits until the core is done with it; a panic ends the program.
            let task = unsafe { core::mem::transmute::<&(dyn Fn() + Sync), Task>(*task) };
            // SAFETY: IDLE since the end of the run before.
            unsafe { *job.task.get() = Some(task) };
            job.state.store(GIVEN, Ordering::Release);
        }
        first();
        for job in &JOBS[1..] {
            while job.state.load(Ordering::Acquire) != IDLE {
                spin_loop();
            }
        }
    }

    fn tasks(&self) -> usize {
        board::CORES
    }

    fn nap(&self) {
        let start = BareMetal::now();
        while BareMetal::until(start, BareMetal::now()) < Duration::from_micros(200) {
            spin_loop();
        }
    }

    fn yield_now(&self) {
        spin_loop();
    }

    fn rounds(&self, rounds: u32) -> u32 {
        // Waiting for a core that the emulator does not run just then takes long.
        let part = if board::CORES > 2 { 60 } else { 20 };
        (rounds / part).max(1)
    }

    fn begins(&self, ladder: &'static str, rung: &'static str) {
        semihosting::println!("{ladder}: {rung}");
    }

    fn skips(&self, ladder: &'static str, rung: &'static str) {
        semihosting::println!("{ladder}: {rung}: skipped, it needs more cores");
    }
}
