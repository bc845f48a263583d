//! The state of a future that a pool of threads polls (`std-layer/src/concurrent/futures/spawn/state.rs`): one polls at a time, and no wake-up is lost.

#[path = "../../../../std-layer/src/concurrent/futures/spawn/state.rs"]
mod state;

use std::sync::Arc;

use loom_tests::{Bound, Data, explore, spawn};
use selvedge_core::atomics::{AtomicU32, Ordering};

use state::State;

/// A future that is ready when it has seen so many events.
struct Spawned {
    state: State,
    /// What the wakers tell, by a word that orders nothing.
    events: AtomicU32,
    /// What only those may touch who poll.
    polls: Data,
    finished: AtomicU32,
    wanted: u32,
}

impl Spawned {
    fn new(wanted: u32) -> Arc<Self> {
        Arc::new(Self {
            state: State::new(),
            events: AtomicU32::new(0),
            polls: Data::default(),
            finished: AtomicU32::new(0),
            wanted,
        })
    }

    /// A submitted poll; and the next, as long as it is woken meanwhile.
    fn poll(&self) {
        loop {
            self.state.begin();
            self.polls.bump();
            if self.events.load(Ordering::Relaxed) == self.wanted {
                self.state.finish();
                self.finished.fetch_add(1, Ordering::Relaxed);
                return;
            }
            if !self.state.end() {
                return;
            }
        }
    }

    /// An event, and its waker, in whose thread the poll runs: it may run anywhere.
    fn wake(&self) {
        self.events.fetch_add(1, Ordering::Relaxed);
        if self.state.wake() {
            self.poll();
        }
    }
}

/// The event comes before, during or after the first poll.
#[test]
fn a_wake_up_meets_a_poll() {
    explore(Bound::NONE, || {
        let shared = Spawned::new(1);
        let waker = spawn(&shared, Spawned::wake);
        shared.poll();
        waker.join().unwrap();
        assert_eq!(shared.finished.load(Ordering::Relaxed), 1);
    });
}
