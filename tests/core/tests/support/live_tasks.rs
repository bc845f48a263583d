//! A port in the shape of an RTOS's: tasks are resumed by name, and resuming one that has ended is an error, which it finds out. All its waiters share one list.
//!
//! # Safety
//!
//! Implements the `unsafe trait`s of a port, on a mutex and a condition variable of std for each task.
#![allow(unsafe_code, reason = "implements the unsafe port traits")]

use std::cell::RefCell;
use std::num::NonZeroUsize;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use selvedge::port::YieldGuard;
use selvedge_core::atomics::AtomicU32;
use selvedge_core::port::{Clock, Identity, NoSpin, NoWatch, Park, Port, TimedPark, TimedPort};
use selvedge_core::waiters::{Bucket, by_parking};

/// Tasks that must be alive to be resumed.
#[derive(Debug, Clone, Copy)]
pub struct LiveTasks;

static TABLE: [Bucket<LiveTasks>; 1] = [const { Bucket::new() }; 1];

#[derive(Debug, Default)]
struct State {
    token: bool,
    /// Inside a wait of the crate. Outside, a real task might have ended.
    ended: bool,
}

/// One task.
#[derive(Debug, Clone, Default)]
pub struct Task(Arc<(Mutex<State>, Condvar)>);

/// Says that the task has ended when its thread does.
struct Me(Task);

impl Drop for Me {
    fn drop(&mut self) {
        self.0.state().ended = true;
    }
}

impl Task {
    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

thread_local! {
    static ME: RefCell<Option<Me>> = const { RefCell::new(None) };
}

// SAFETY: `token` remembers one early resume; std's mutex orders what came before it.
unsafe impl Park for LiveTasks {
    type Task = Task;

    fn current() -> Task {
        ME.with_borrow_mut(|me| me.get_or_insert_with(|| Me(Task::default())).0.clone())
    }

    fn park() {
        let me = Self::current_task();
        let mut state = me.state();
        while !state.token {
            state = me.0.1.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.token = false;
    }

    fn unpark(task: &Task) {
        let mut state = task.state();
        if state.ended {
            eprintln!("a task was resumed that had ended");
            std::process::abort();
        }
        state.token = true;
        task.0.1.notify_one();
    }
}

// SAFETY: as above.
unsafe impl TimedPark for LiveTasks {
    fn park_until(deadline: Instant) {
        let me = Self::current_task();
        let mut state = me.state();
        if !state.token {
            let left = Self::until(Self::now(), deadline);
            let waited = me.0.1.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        state.token = false;
    }
}

// SAFETY: by `by_parking`. One static of 1.
unsafe impl Port for LiveTasks {
    type Guard = YieldGuard;
    type Relax = NoSpin;
    type Watch = NoWatch;
    type Task = Task;

    const UNBLOCK_NEEDS_LIVE_TASK: bool = true;

    fn wait(word: &AtomicU32, expected: u32) {
        by_parking::wait::<Self>(word, expected);
    }

    fn wake(word: *const AtomicU32, count: u32) -> u32 {
        by_parking::wake(word, count)
    }

    fn table() -> &'static [Bucket<Self>] {
        &TABLE
    }

    fn task() -> Task {
        Self::current_task()
    }

    fn block(flag: &AtomicU32, expected: u32) {
        by_parking::block::<Self>(flag, expected);
    }

    fn unblock(_: *const AtomicU32, task: &Task) {
        by_parking::unblock::<Self>(task);
    }
}

impl LiveTasks {
    fn current_task() -> Task {
        <Self as Park>::current()
    }
}

impl Clock for LiveTasks {
    type Instant = Instant;

    fn now() -> Instant {
        Instant::now()
    }

    fn after(from: Instant, span: Duration) -> Option<Instant> {
        from.checked_add(span)
    }

    fn until(from: Instant, to: Instant) -> Duration {
        to.saturating_duration_since(from)
    }
}

// SAFETY: by `by_parking`.
unsafe impl TimedPort for LiveTasks {
    fn wait_until(word: &AtomicU32, expected: u32, deadline: Instant) {
        by_parking::wait_until::<Self>(word, expected, deadline);
    }

    fn block_until(flag: &AtomicU32, expected: u32, deadline: Instant) {
        by_parking::block_until::<Self>(flag, expected, deadline);
    }
}

// SAFETY: as `selvedge::port`'s.
unsafe impl Identity for LiveTasks {
    fn current() -> NonZeroUsize {
        selvedge::port::Native::current()
    }
}
