//! What one writes without a library: an ordered collection of the standard library in a mutex. Either looks at the clock only when the
//! first event is not due by what it last read there.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, HashSet};
use std::sync::{Mutex, MutexGuard};
use std::time::{Duration, Instant};

use crate::contender::names;
use crate::contender::sched::{Event, Scheduler, action};

/// A heap; an event that is cancelled stays in it, and its number on a list, until its turn comes.
pub(crate) struct Heap;
/// A map.
pub(crate) struct Map;

names!(Heap = "std Mutex<BinaryHeap>", Map = "std Mutex<BTreeMap>");

type Action = Box<dyn FnOnce() + Send>;

/// Time, priority, order of entering.
type Key = (Instant, i32, u64);

struct Entry {
    key: Key,
    action: Action,
}

impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}

impl Eq for Entry {}

impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Entry {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.key.cmp(&other.key)
    }
}

#[derive(Default)]
struct HeapState {
    entries: BinaryHeap<Reverse<Entry>>,
    cancelled: HashSet<u64>,
    entered: u64,
}

#[derive(Default)]
struct HeapScheduler(Mutex<HeapState>);

impl HeapScheduler {
    fn lock(&self) -> MutexGuard<'_, HeapState> {
        self.0.lock().expect("nobody panics in it")
    }

    fn enter(&self, time: Instant, priority: i32, action: Action) -> u64 {
        let mut state = self.lock();
        let number = state.entered;
        state.entered += 1;
        let key = (time, priority, number);
        state.entries.push(Reverse(Entry { key, action }));
        number
    }

    fn cancel(&self, number: u64) {
        self.lock().cancelled.insert(number);
    }

    fn run(&self) {
        let mut now = Instant::now();
        while let Some(action) = self.next(&mut now) {
            action();
        }
    }

    fn next(&self, now: &mut Instant) -> Option<Action> {
        let mut state = self.lock();
        loop {
            let (time, _, number) = state.entries.peek()?.0.key;
            if state.cancelled.remove(&number) {
                state.entries.pop();
                continue;
            }
            if !is_due(time, now) {
                return None;
            }
            return state.entries.pop().map(|Reverse(entry)| entry.action);
        }
    }
}

fn is_due(time: Instant, now: &mut Instant) -> bool {
    if time > *now {
        *now = Instant::now();
    }
    time <= *now
}

impl Scheduler for Heap {
    fn run_all(events: &[Event]) -> Duration {
        let scheduler = HeapScheduler::default();
        let start = Instant::now();
        for (index, event) in events.iter().enumerate() {
            scheduler.enter(start - event.ago, event.priority, Box::new(action(index)));
        }
        scheduler.run();
        start.elapsed()
    }

    fn cancel_all(events: &[Event], order: &[usize]) -> Duration {
        let scheduler = HeapScheduler::default();
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

#[derive(Default)]
struct MapState {
    entries: BTreeMap<Key, Action>,
    entered: u64,
}

#[derive(Default)]
struct MapScheduler(Mutex<MapState>);

impl MapScheduler {
    fn lock(&self) -> MutexGuard<'_, MapState> {
        self.0.lock().expect("nobody panics in it")
    }

    fn enter(&self, time: Instant, priority: i32, action: Action) -> Key {
        let mut state = self.lock();
        let key = (time, priority, state.entered);
        state.entered += 1;
        state.entries.insert(key, action);
        key
    }

    fn cancel(&self, key: &Key) {
        self.lock().entries.remove(key);
    }

    fn run(&self) {
        let mut now = Instant::now();
        while let Some(action) = self.next(&mut now) {
            action();
        }
    }

    fn next(&self, now: &mut Instant) -> Option<Action> {
        let mut state = self.lock();
        let first = state.entries.first_entry()?;
        is_due(first.key().0, now).then(|| first.remove())
    }
}

impl Scheduler for Map {
    fn run_all(events: &[Event]) -> Duration {
        let scheduler = MapScheduler::default();
        let start = Instant::now();
        for (index, event) in events.iter().enumerate() {
            scheduler.enter(start - event.ago, event.priority, Box::new(action(index)));
        }
        scheduler.run();
        start.elapsed()
    }

    fn cancel_all(events: &[Event], order: &[usize]) -> Duration {
        let scheduler = MapScheduler::default();
        let start = Instant::now();
        let keys: Vec<Key> = events
            .iter()
            .enumerate()
            .map(|(index, event)| {
                scheduler.enter(start - event.ago, event.priority, Box::new(action(index)))
            })
            .collect();
        for &index in order {
            scheduler.cancel(&keys[index]);
        }
        scheduler.run();
        start.elapsed()
    }
}
