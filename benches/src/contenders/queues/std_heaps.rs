//! Last in, first out, and the smallest first, as one writes it with the standard library alone: a collection, a mutex and two condition
//! variables.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::{Condvar, Mutex, MutexGuard};

use crate::contender::names;
use crate::contender::queue::Channel;
use crate::contenders::queues::shared::{Getter, Putter, Shared, ends};

pub(crate) struct Stack;
pub(crate) struct Heap;

names!(
    Stack = "std Mutex<Vec>+Condvar",
    Heap = "std Mutex<BinaryHeap>+Condvar"
);

impl Channel<u64> for Stack {
    type Putter = Putter<Queue<Vec<u64>>>;
    type Getter = Getter<Queue<Vec<u64>>>;

    fn new(capacity: usize) -> (Self::Putter, Self::Getter) {
        ends(Queue::new(capacity))
    }
}

impl Channel<u64> for Heap {
    type Putter = Putter<Queue<BinaryHeap<Reverse<u64>>>>;
    type Getter = Getter<Queue<BinaryHeap<Reverse<u64>>>>;

    fn new(capacity: usize) -> (Self::Putter, Self::Getter) {
        ends(Queue::new(capacity))
    }
}

/// What is inside.
pub(crate) trait Collection: Default + Send + 'static {
    fn add(&mut self, message: u64);
    fn take(&mut self) -> Option<u64>;
    fn count(&self) -> usize;
}

impl Collection for Vec<u64> {
    fn add(&mut self, message: u64) {
        self.push(message);
    }

    fn take(&mut self) -> Option<u64> {
        self.pop()
    }

    fn count(&self) -> usize {
        self.len()
    }
}

impl Collection for BinaryHeap<Reverse<u64>> {
    fn add(&mut self, message: u64) {
        self.push(Reverse(message));
    }

    fn take(&mut self) -> Option<u64> {
        self.pop().map(|Reverse(message)| message)
    }

    fn count(&self) -> usize {
        self.len()
    }
}

pub(crate) struct Queue<C> {
    state: Mutex<State<C>>,
    capacity: usize,
    not_empty: Condvar,
    not_full: Condvar,
}

#[derive(Default)]
struct State<C> {
    items: C,
    ended: bool,
    /// Who waits at `not_empty` and at `not_full`: to notify nobody is a call of the system.
    getters: usize,
    putters: usize,
}

impl<C: Collection> Queue<C> {
    fn new(capacity: usize) -> Self {
        let capacity = if capacity == 0 { usize::MAX } else { capacity };
        Self {
            state: Mutex::default(),
            capacity,
            not_empty: Condvar::new(),
            not_full: Condvar::new(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State<C>> {
        self.state.lock().expect("nobody panics in it")
    }

    fn is_full(&self, state: &State<C>) -> bool {
        state.items.count() == self.capacity
    }

    fn add(&self, mut state: MutexGuard<'_, State<C>>, message: u64) {
        state.items.add(message);
        let is_awaited = state.getters > 0;
        drop(state);
        if is_awaited {
            self.not_empty.notify_one();
        }
    }

    fn take(&self, mut state: MutexGuard<'_, State<C>>) -> Option<u64> {
        let message = state.items.take();
        let is_awaited = state.putters > 0;
        drop(state);
        if is_awaited && message.is_some() {
            self.not_full.notify_one();
        }
        message
    }
}

impl<C: Collection> Shared for Queue<C> {
    type Item = u64;

    fn try_put(&self, message: u64) -> bool {
        let state = self.lock();
        let is_full = self.is_full(&state);
        if !is_full {
            self.add(state, message);
        }
        !is_full
    }

    fn try_get(&self) -> Option<u64> {
        self.take(self.lock())
    }

    fn put(&self, message: u64) {
        let mut state = self.lock();
        while self.is_full(&state) {
            state.putters += 1;
            state = self.not_full.wait(state).expect("nobody panics in it");
            state.putters -= 1;
        }
        self.add(state, message);
    }

    fn get(&self) -> Option<u64> {
        let mut state = self.lock();
        while state.items.count() == 0 && !state.ended {
            state.getters += 1;
            state = self.not_empty.wait(state).expect("nobody panics in it");
            state.getters -= 1;
        }
        self.take(state)
    }

    fn end(&self) {
        self.lock().ended = true;
        self.not_empty.notify_all();
    }
}
