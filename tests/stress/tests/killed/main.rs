//! Processes that are killed while they hold, wait, notify, release, send, receive, put, get and share memory: at any time, and at any instruction (`death.rs`). Nobody else hangs, nothing
//! is lost but what the dead one had, and nothing of it stays. What waits does so as a thread, or as a task, beside others that give up (`tasks.rs`).
//!
//! | variable | default | |
//! |---|---|---|
//! | `SELVEDGE_KILLS` | 60 | how many rounds each test has, of one to three kills |
#![cfg(target_os = "linux")]

mod death;
mod left;
mod listeners;
mod locks;
mod memory;
mod messages;
mod priority;
mod queues;
mod signals;
mod tasks;
mod torn;
mod values;

use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::time::Duration;

use selvedge::multiprocessing::shared_memory::SharedMemory;
use selvedge::threading::{Mutex, MutexGuard};
use selvedge_conformance::host::Watchdog;

/// One test at a time: each counts what the process has.
static ALONE: Mutex<()> = Mutex::new(());

fn rounds() -> u64 {
    let set = std::env::var("SELVEDGE_KILLS").ok();
    set.map_or(60, |text| text.parse().expect("a number"))
}

/// Held by a test while it runs.
struct Alone {
    before: left::Left,
    _watchdog: Watchdog,
    _turn: MutexGuard<'static, ()>,
}

fn alone(name: &str) -> Alone {
    let turn = ALONE.lock();
    let _watchdog = Watchdog::new(format!("killed: {name}"));
    left::warm_up();
    Alone {
        before: left::Left::now(),
        _watchdog,
        _turn: turn,
    }
}

impl Drop for Alone {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.before.is_all();
        }
    }
}

/// Numbers that look random, another row in each run: what they are does not matter.
struct Dice(u64);

impl Dice {
    fn new() -> Self {
        use std::hash::{BuildHasher, RandomState};
        Self(RandomState::new().hash_one(0) | 1)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % end
    }
}

/// A word that processes share.
fn word(memory: &SharedMemory, place: usize) -> &AtomicU32 {
    memory.atomic(place * 4).expect("it is inside")
}

/// What a holder of a lock does: changes two words that are to be equal, and other things in `between`. They differ only if the holder before has died, and that has been told.
fn change_both(memory: &SharedMemory, died: bool, between: impl FnOnce()) {
    let (one, other) = (word(memory, 0), word(memory, 1));
    let (a, b) = (one.load(Relaxed), other.load(Relaxed));
    assert!(
        a == b || died && a == b.wrapping_add(1),
        "nobody told that its holder died: {a} {b}"
    );
    one.store(a.wrapping_add(1), Relaxed);
    between();
    other.store(a.wrapping_add(1), Relaxed);
}

fn us(microseconds: u64) -> Duration {
    Duration::from_micros(microseconds)
}
