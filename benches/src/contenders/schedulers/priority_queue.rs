//! `priority-queue`: a heap whose items can be found and removed, in a mutex.

use std::borrow::Borrow;
use std::cmp::Reverse;
use std::hash::{Hash, Hasher};
use std::sync::{Mutex, MutexGuard};
use std::time::{Duration, Instant};

use priority_queue::PriorityQueue;

use crate::contender::names;
use crate::contender::sched::{Event, Scheduler, action};

pub(crate) struct Queue;

names!(Queue = "priority-queue");

type Action = Box<dyn FnOnce() + Send>;

/// The number is what it is found by.
struct Item {
    number: u64,
    action: Action,
}

impl Hash for Item {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.number.hash(state);
    }
}

impl PartialEq for Item {
    fn eq(&self, other: &Self) -> bool {
        self.number == other.number
    }
}

impl Eq for Item {}

impl Borrow<u64> for Item {
    fn borrow(&self) -> &u64 {
        &self.number
    }
}

#[derive(Default)]
struct State {
    entries: PriorityQueue<Item, Reverse<(Instant, i32, u64)>>,
    entered: u64,
}

#[derive(Default)]
struct Queued(Mutex<State>);

impl Queued {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().expect("nobody panics in it")
    }

    fn enter(&self, time: Instant, priority: i32, action: Action) -> u64 {
        let mut state = self.lock();
        let number = state.entered;
        state.entered += 1;
        let key = Reverse((time, priority, number));
        state.entries.push(Item { number, action }, key);
        number
    }

    fn cancel(&self, number: u64) {
        self.lock().entries.remove(&number);
    }

    fn run(&self) {
        let mut now = Instant::now();
        while let Some(action) = self.next(&mut now) {
            action();
        }
    }

    fn next(&self, now: &mut Instant) -> Option<Action> {
        let mut state = self.lock();
        let (_, Reverse((time, _, _))) = state.entries.peek()?;
        if *time > *now {
            *now = Instant::now();
        }
        if *time > *now {
            return None;
        }
        state.entries.pop().map(|(item, _)| item.action)
    }
}

impl Scheduler for Queue {
    fn run_all(events: &[Event]) -> Duration {
        let scheduler = Queued::default();
        let start = Instant::now();
        for (index, event) in events.iter().enumerate() {
            scheduler.enter(start - event.ago, event.priority, Box::new(action(index)));
        }
        scheduler.run();
        start.elapsed()
    }

    fn cancel_all(events: &[Event], order: &[usize]) -> Duration {
        let scheduler = Queued::default();
        let start = Instant::now();
        let numbers: Vec<u64> = events
            .iter()
            .enumerate()
            .map(|(index, event)| {
                scheduler.enter(start - event.ago, event.priority, Box::new(action(index)))
            })
            .collect();
        for &index in order {
            scheduler.cancel(numbers[index]);
        }
        scheduler.run();
        start.elapsed()
    }
}
