//! The conformance suite: tasks of one priority, with time slices.
#![cfg_attr(target_os = "none", no_std, no_main)]

use core::cell::UnsafeCell;
use core::time::Duration;

use firmware_freertos::kernel::{self, Handle};
use firmware_freertos::{board, program, say, wind};
use selvedge_conformance::{Counts, World};
use selvedge_core::atomics::{AtomicU32, Ordering};
use selvedge_port_freertos::FreeRtos;

program!(test);

/// The caller, and workers that wait for work by the kernel's own means.
struct Tasks {
    workers: [Handle; TASKS - 1],
}

const TASKS: usize = 8;

type Task = &'static (dyn Fn() + Sync);

const IDLE: u32 = 0;
const GIVEN: u32 = 1;

/// What one worker is to do.
struct Job {
    state: AtomicU32,
    task: UnsafeCell<Option<(Task, Handle)>>,
}

// SAFETY: `task` is written by the caller while the state is IDLE, and read by the job's worker while it is GIVEN.
unsafe impl Sync for Job {}

static JOBS: [Job; TASKS - 1] = [const {
    Job {
        state: AtomicU32::new(IDLE),
        task: UnsafeCell::new(None),
    }
}; TASKS - 1];

static NUMBERS: AtomicU32 = AtomicU32::new(0);

/// What a worker does, for ever.
fn work() {
    let job = &JOBS[NUMBERS.fetch_add(1, Ordering::Relaxed) as usize];
    loop {
        kernel::take();
        if job.state.load(Ordering::Acquire) != GIVEN {
            continue;
        }
        // SAFETY: GIVEN, and this is the job's worker.
        if let Some((task, caller)) = unsafe { *job.task.get() } {
            task();
            job.state.store(IDLE, Ordering::Release);
            kernel::give(caller);
        }
    }
}

impl World for Tasks {
    type Port = FreeRtos;

    fn run(&self, tasks: &[&(dyn Fn() + Sync)]) {
        let Some((first, others)) = tasks.split_first() else {
            return;
        };
        for ((task, job), worker) in others.iter().zip(&JOBS).zip(&self.workers) {
            // SAFETY: only the lifetime changes, and the loop below waits until the worker is done with it; a panic ends the program.
            let task = unsafe { core::mem::transmute::<&(dyn Fn() + Sync), Task>(*task) };
            // SAFETY: IDLE since the end of the run before.
            unsafe { *job.task.get() = Some((task, kernel::current())) };
            job.state.store(GIVEN, Ordering::Release);
            kernel::give(*worker);
        }
        first();
        for job in &JOBS {
            while job.state.load(Ordering::Acquire) != IDLE {
                kernel::take();
            }
        }
    }

    fn tasks(&self) -> usize {
        TASKS
    }

    fn nap(&self) {
        kernel::nap();
    }

    fn yield_now(&self) {
        kernel::give_way();
    }

    fn rounds(&self, rounds: u32) -> u32 {
        (rounds / 20).max(1)
    }

    fn moment(&self) -> Duration {
        Duration::from_millis(5)
    }

    fn begins(&self, ladder: &'static str, rung: &'static str) {
        say!("{ladder}: {rung}");
        wind();
    }

    fn skips(&self, ladder: &'static str, rung: &'static str) {
        say!("{ladder}: {rung}: skipped, it needs more tasks");
    }
}

fn test() {
    let world = Tasks {
        workers: core::array::from_fn(|number| kernel::create(number as u32 + 1, work, 2)),
    };
    let Counts { passed, skipped } = selvedge_conformance::run_all(&world);
    say!(
        "{}: {passed} passed, {skipped} skipped ({TASKS} tasks)",
        board::NAME
    );
    board::exit(i32::from(passed == 0));
}
