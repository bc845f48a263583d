//! A port on shuttle's threads.
//!
//! # Safety
//!
//! Implements the `unsafe trait`s of a port. All its threads take turns on one real thread, and change only inside calls of shuttle.
#![allow(unsafe_code, reason = "implements the unsafe port traits")]

use std::cell::Cell;
use std::num::NonZeroUsize;
use std::sync::atomic::Ordering;
use std::time::Duration;

use selvedge_core::atomics::AtomicU32;
use selvedge_core::port::{
    Clock, Guard, Identity, Object, Park, Port, Relax, TimedPark, TimedPort, Wait, Watch,
};
use selvedge_core::waiters::{Bucket, by_parking};
use shuttle::rand::Rng;
use shuttle::thread::{self, Thread};

/// Threads of one shuttle run, which are all on one real thread; table and time are that one's, so that tests run side by side and can be replayed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shuttled;

std::thread_local! {
    // One bucket: what lists can do to each other, they do. Never freed: a port's table is static.
    static TABLE: &'static [Bucket<Shuttled>] = Box::leak(Box::new([Bucket::new()]));
    /// Made-up time: goes on by a random step with each look.
    static NOW: Cell<u64> = const { Cell::new(0) };
}

/// Here another thread may run.
fn point() {
    shuttle::sync::atomic::AtomicBool::new(false).load(Ordering::SeqCst);
}

/// A guard that is a turn of the scheduler for those that find it closed.
#[derive(Debug)]
pub(crate) struct PointGuard(AtomicU32);

// SAFETY: the word is 1 exactly while somebody is inside.
unsafe impl Guard for PointGuard {
    type State = ();

    const NEW: Self = Self(AtomicU32::new(0));

    fn enter(&self) {
        point();
        while self
            .0
            .compare_exchange(0, 1, Ordering::Acquire, Ordering::Relaxed)
            .is_err()
        {
            thread::yield_now();
        }
    }

    unsafe fn leave(&self, (): ()) {
        self.0.store(0, Ordering::Release);
        if !std::thread::panicking() {
            point();
        }
    }
}

/// One turn, and a point before it.
#[derive(Debug)]
pub(crate) struct OneTurn;

impl Relax for OneTurn {
    fn lock_turn(turn: u32) -> bool {
        point();
        turn < 1
    }

    fn answer_turn(turn: u32) -> bool {
        point();
        turn < 1
    }
}

/// Points where locks are taken and released.
#[derive(Debug)]
pub(crate) struct PointWatch;

impl Watch for PointWatch {
    const ON: bool = true;

    fn wants(_: &Wait) {
        point();
    }

    fn waits(_: &Wait) {
        point();
    }

    fn acquired(_: Object, _: u32, _: &'static std::panic::Location<'static>) {
        point();
    }

    fn released(_: Object, _: u32) {
        if !std::thread::panicking() {
            point();
        }
    }
}

// SAFETY: shuttle documents `park` and `unpark` as std does.
unsafe impl Park for Shuttled {
    type Task = Thread;

    fn current() -> Thread {
        thread::current()
    }

    fn park() {
        thread::park();
    }

    fn unpark(task: &Thread) {
        task.unpark();
    }
}

// SAFETY: as above; it always returns early, which a port may do.
unsafe impl TimedPark for Shuttled {
    fn park_until(_: u64) {
        thread::yield_now();
    }
}

// SAFETY: by `by_parking`. One slice of 1, for the real thread that all threads of a run are on.
unsafe impl Port for Shuttled {
    type Guard = PointGuard;
    type Relax = OneTurn;
    type Watch = PointWatch;
    type Task = Thread;

    const UNBLOCK_NEEDS_LIVE_TASK: bool = false;

    fn wait(word: &AtomicU32, expected: u32) {
        by_parking::wait::<Self>(word, expected);
    }

    fn wake(word: *const AtomicU32, count: u32) -> u32 {
        by_parking::wake(word, count)
    }

    fn table() -> &'static [Bucket<Self>] {
        point();
        TABLE.with(|table| *table)
    }

    fn task() -> Thread {
        <Self as Park>::current()
    }

    fn block(flag: &AtomicU32, expected: u32) {
        by_parking::block::<Self>(flag, expected);
    }

    fn unblock(_: *const AtomicU32, task: &Thread) {
        by_parking::unblock::<Self>(task);
    }
}

impl Clock for Shuttled {
    type Instant = u64;

    fn now() -> u64 {
        let step = shuttle::rand::thread_rng().gen_range(0..6);
        NOW.set(NOW.get() + step);
        NOW.get()
    }

    fn after(from: u64, span: Duration) -> Option<u64> {
        from.checked_add(u64::try_from(span.as_nanos()).ok()?)
    }

    fn until(from: u64, to: u64) -> Duration {
        Duration::from_nanos(to.saturating_sub(from))
    }
}

// SAFETY: as `Port`.
unsafe impl TimedPort for Shuttled {
    fn wait_until(word: &AtomicU32, expected: u32, deadline: u64) {
        by_parking::wait_until::<Self>(word, expected, deadline);
    }

    fn block_until(flag: &AtomicU32, expected: u32, deadline: u64) {
        by_parking::block_until::<Self>(flag, expected, deadline);
    }
}

// SAFETY: shuttle numbers the threads of a run.
unsafe impl Identity for Shuttled {
    fn current() -> NonZeroUsize {
        NonZeroUsize::MIN.saturating_add(usize::from(thread::current().id()))
    }
}
