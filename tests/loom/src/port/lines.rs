//! Sleeping on words, as a system with futexes has it: a line of sleepers for each address.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use loom::sync::{Condvar, Mutex};
use selvedge_core::atomics::{AtomicU32, Ordering};

use super::clock;

/// The lines of all addresses.
#[derive(Debug, Default)]
pub(super) struct Lines(std::sync::Mutex<HashMap<usize, Arc<Line>>>);

#[derive(Debug)]
struct Line {
    sleepers: Mutex<VecDeque<Arc<Sleeper>>>,
}

#[derive(Debug)]
struct Sleeper {
    woken: std::sync::Mutex<bool>,
    resumed: Condvar,
}

impl Lines {
    fn at(&self, address: usize) -> Arc<Line> {
        let mut lines = self.0.lock().unwrap();
        let line = lines.entry(address).or_insert_with(|| {
            Arc::new(Line {
                sleepers: Mutex::new(VecDeque::new()),
            })
        });
        line.clone()
    }

    /// Sleeps while the word has the value `expected`: comparing and entering the line is one step.
    pub(super) fn sleep(&self, word: &AtomicU32, expected: u32) {
        let line = self.at(core::ptr::from_ref(word).addr());
        let mut sleepers = line.sleepers.lock().unwrap();
        if word.load(Ordering::Relaxed) != expected {
            return;
        }
        let me = Sleeper::new();
        sleepers.push_back(me.clone());
        while !me.is_woken() {
            sleepers = me.resumed.wait(sleepers).unwrap();
        }
    }

    /// As [`sleep`](Self::sleep), for a tick: enters the line, and leaves it whatever has come meanwhile.
    pub(super) fn sleep_a_tick(&self, word: &AtomicU32, expected: u32) {
        let line = self.at(core::ptr::from_ref(word).addr());
        let mut sleepers = line.sleepers.lock().unwrap();
        if word.load(Ordering::Relaxed) == expected {
            let me = Sleeper::new();
            sleepers.push_back(me.clone());
            drop(sleepers);
            // Here the others may run, for as long as they like.
            sleepers = line.sleepers.lock().unwrap();
            sleepers.retain(|sleeper| !Arc::ptr_eq(sleeper, &me));
        }
        drop(sleepers);
        clock::tick();
    }

    /// Wakes those that came first.
    pub(super) fn wake(&self, address: usize, count: u32) -> u32 {
        let line = self.at(address);
        let mut sleepers = line.sleepers.lock().unwrap();
        let mut woken = 0;
        while woken < count
            && let Some(sleeper) = sleepers.pop_front()
        {
            *sleeper.woken.lock().unwrap() = true;
            sleeper.resumed.notify_one();
            woken += 1;
        }
        woken
    }
}

impl Sleeper {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            woken: std::sync::Mutex::new(false),
            resumed: Condvar::new(),
        })
    }

    fn is_woken(&self) -> bool {
        *self.woken.lock().unwrap()
    }
}
