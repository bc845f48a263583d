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

/// What the worker of this place does, for ever.
fn work(place: u32) {
    let job = &JOBS[place as usize - 1];
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

/// Workers that wait for work. The last one runs first: a worker that took its number from the order in which they run would do the work of another, and be asleep when its own comes. Left to the tick, that order
/// is another one now and then.
fn workers() -> [Handle; TASKS - 1] {
    let workers =
        core::array::from_fn(|number| kernel::create_numbered(number as u32 + 1, work, 1));
    for worker in workers.iter().rev() {
        // More urgent than this task until it waits.
        kernel::set_priority(*worker, 3);
        kernel::set_priority(*worker, 2);
    }
    workers
}

fn test() {
    let world = Tasks { workers: workers() };
    let Counts { passed, skipped } = selvedge_conformance::run_all(&world);
    say!(
        "{}: {passed} passed, {skipped} skipped ({TASKS} tasks)",
        board::NAME
    );
    board::exit(i32::from(passed == 0));
}
