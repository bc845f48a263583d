//! How this system sleeps and wakes.
//!
//! The stub parks: it is the smaller thing to have. A system with futexes (sleep while a word holds a value) drops `Park` and writes
//! `wait`, `wake`, `block` and `unblock` by them; `selvedge::port::Futex` is the example.
//!
//! # Safety
//!
//! Implements the `unsafe trait`s of a port. Each SAFETY comment below states the fact about the system that its promise rests on: a copy
//! must put its own facts there.
#![allow(unsafe_code, reason = "implements the unsafe port traits")]

use core::num::NonZeroUsize;

use selvedge_core::atomics::AtomicU32;
use selvedge_core::port::{Identity, NoSpin, NoWatch, Park, Port, TimedPark, TimedPort};
use selvedge_core::waiters::{Bucket, by_parking};

use crate::clock::Instant;
use crate::critical::BucketGuard;
use crate::sys;

/// The tasks of this system. Rename it after the system: it is the parameter of every alias.
#[derive(Debug, Clone, Copy)]
pub struct Template;

/// Names a task: what the system wants in order to resume it. Often a pointer to its control block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Task(NonZeroUsize);

/// Who waits where. A power of two; 16 serve a few dozen tasks, and fewer save memory and make longer lists: 24 bytes each on a 32-bit processor.
static TABLE: [Bucket<Template>; 16] = [const { Bucket::new() }; 16];

// SAFETY: `park` returns after one turn without having slept, so a token that is not remembered cannot be missed; the word that the
// sleeper looks at next carries the ordering. In a copy: the system remembers one token for each task, and the call that gives it happens
// before the return of the one that takes it (name the page of the manual that says so).
unsafe impl Park for Template {
    type Task = Task;

    // The caller's name. Must not fail, also before the scheduler runs, if objects are used then.
    fn current() -> Task {
        Task(Self::current_task())
    }

    // Sleeps until somebody has called `unpark` for this task, now or since the last `park`. May return for no reason.
    fn park() {
        sys::sleep();
    }

    // Makes the present or the next `park` of `task` return. Never blocks. If interrupt handlers may use the port's objects, it is called
    // from them.
    fn unpark(task: &Task) {
        sys::resume(task.0);
    }
}

// SAFETY: as `Park`.
unsafe impl TimedPark for Template {
    // As `park`, and returns once `deadline` has come: never earlier for that reason, and not much later.
    fn park_until(deadline: Instant) {
        sys::sleep_until(deadline);
    }
}

// SAFETY: `by_parking` keeps these promises where `Park` keeps its own. `table` returns one static of 16, a power of two.
unsafe impl Port for Template {
    type Guard = BucketGuard;
    // One core: while a task spins, nobody else gets on. Several cores: `SpinHint`.
    type Relax = NoSpin;
    // Nobody listens to acquisitions; a port with a deadlock detector has it here.
    type Watch = NoWatch;
    type Task = Task;

    // True if `sys::resume` of a task that has ended does harm (its control block is free memory by then); false if it is ignored.
    const UNBLOCK_NEEDS_LIVE_TASK: bool = false;

    // True as long as `wait` is `by_parking::wait` below.
    const LISTS_SLEEPERS: bool = true;

    // Sleeps while the word is `expected`, until a `wake`; comparing and going to sleep are one step for wakers.
    fn wait(word: &AtomicU32, expected: u32) {
        by_parking::wait::<Self>(word, expected);
    }

    // Wakes up to `count` sleepers of `wait`. Uses the address only: the word may be gone.
    fn wake(word: *const AtomicU32, count: u32) -> u32 {
        by_parking::wake(word, count)
    }

    // The same slice every time.
    fn table() -> &'static [Bucket<Self>] {
        &TABLE
    }

    // The calling task.
    fn task() -> Task {
        <Self as Park>::current()
    }

    // Sleeps while the flag is `expected`; nobody else ever sleeps on this flag.
    fn block(flag: &AtomicU32, expected: u32) {
        by_parking::block::<Self>(flag, expected);
    }

    // Wakes the sleeper of `block`, if it sleeps.
    fn unblock(_flag: *const AtomicU32, task: &Task) {
        by_parking::unblock::<Self>(task);
    }

    // Panics where sleeping would stop the system: in a handler, with interrupts masked, before the scheduler runs.
    fn assert_may_block() {
        assert!(
            sys::may_sleep(),
            "a blocking call where the system must not sleep"
        );
    }
}

// SAFETY: as `Port`, by `TimedPark`.
unsafe impl TimedPort for Template {
    // As `wait`, and returns once `deadline` has come.
    fn wait_until(word: &AtomicU32, expected: u32, deadline: Instant) {
        by_parking::wait_until::<Self>(word, expected, deadline);
    }

    // As `block`, and returns once `deadline` has come.
    fn block_until(flag: &AtomicU32, expected: u32, deadline: Instant) {
        by_parking::block_until::<Self>(flag, expected, deadline);
    }
}

impl Template {
    fn current_task() -> NonZeroUsize {
        <Self as Identity>::current()
    }
}
