//! Conditions and barriers.

use selvedge_core::error::Broken;
use selvedge_core::{Barrier, Condvar, Mutex};

use crate::number::Number;
use crate::{Phase, Whole};

pub(crate) struct Meeting<P: Whole> {
    pub(crate) one: Notified<P, false>,
    pub(crate) all: Notified<P, true>,
    pub(crate) barrier: Broke<P>,
}

impl<P: Whole> Meeting<P> {
    pub(crate) const fn new() -> Self {
        Self {
            one: Notified::new(),
            all: Notified::new(),
            barrier: Broke {
                barrier: Barrier::new(2),
                turn: Number::new(0),
            },
        }
    }
}

pub(crate) struct Notified<P: Whole, const ALL: bool> {
    state: Mutex<P, u32>,
    changed: Condvar<P>,
}

impl<P: Whole, const ALL: bool> Notified<P, ALL> {
    const fn new() -> Self {
        Self {
            state: Mutex::new(0),
            changed: Condvar::new(),
        }
    }

    pub(crate) async fn wait(&'static self, rounds: u32) {
        let mut state = self.state.lock_async().await;
        for _ in 0..rounds {
            let seen = *state;
            while *state == seen {
                state = self.changed.wait_async(state).await;
            }
        }
        assert!(*state >= rounds);
    }
}

impl<P: Whole, const ALL: bool> Phase for Notified<P, ALL> {
    fn task(&'static self, rounds: u32) {
        let mut state = self.state.lock();
        for _ in 0..rounds {
            let seen = *state;
            self.changed.wait_for(&mut state, |state| **state != seen);
        }
        assert!(*state >= rounds);
    }

    fn handler(&'static self) {
        // It may be notified with the lock and without.
        let Some(mut state) = self.state.try_lock() else {
            return;
        };
        *state += 1;
        if ALL {
            drop(state);
            self.changed.notify_all();
        } else {
            self.changed.notify_one();
        }
    }
}

/// The task waits for another party, which never comes: the handler breaks the barrier, or resets it.
pub(crate) struct Broke<P: Whole> {
    barrier: Barrier<P>,
    turn: Number,
}

impl<P: Whole> Broke<P> {
    pub(crate) async fn wait(&'static self, rounds: u32) {
        for _ in 0..rounds {
            assert_eq!(self.barrier.wait_async().await, Err(Broken));
            self.barrier.reset();
        }
    }
}

impl<P: Whole> Phase for Broke<P> {
    fn task(&'static self, rounds: u32) {
        for _ in 0..rounds {
            assert_eq!(self.barrier.wait(), Err(Broken));
            self.barrier.reset();
        }
    }

    fn handler(&'static self) {
        if self.barrier.n_waiting() == 0 {
            return;
        }
        if self.turn.add(1) % 2 == 0 {
            self.barrier.abort();
            assert!(self.barrier.is_broken());
        } else {
            self.barrier.reset();
        }
    }
}
