//! Where the tasks of a pool wait, and the order in which a worker looks.
//!
//! | place | who puts | who takes |
//! |---|---|---|
//! | `heap`, above 0 | who gives a priority | everybody, first |
//! | a worker's own deque | the worker's tasks | the worker; who finds nothing else takes half of it |
//! | `queue` | everybody else | everybody; a worker that has tasks of its own comes here every so often as well, so that neither place can starve the other |
//! | `heap`, below 0 | who gives a priority | everybody, last |

use std::cell::Cell;

use crossbeam_deque::{Steal, Worker as Deque};
use selvedge_core::queue::{Call, Store, TryGetError};
use selvedge_core::raw::{Attempt, Segments};

use super::priority::Heap;
use super::slots::Slots;
use crate::concurrent::futures::task::TaskRef;

/// After so many tasks a worker looks into the queue before its own deque.
const TURN: u32 = 61;

pub(super) struct Places {
    pub(super) queue: Segments<TaskRef>,
    pub(super) heap: Heap,
    pub(super) slots: Slots,
}

impl Places {
    /// How many tasks wait: a snapshot.
    pub(super) fn len(&self) -> usize {
        let local: usize = self.slots.iter().map(|slot| slot.stealer().len()).sum();
        self.queue.len() + self.heap.len() + local
    }

    /// Whether there is a task anywhere, or one in the making. What edge `task-or-idle` asks for: all looks are sequentially consistent loads of what adders change, or follow a fence.
    pub(super) fn is_any(&self) -> bool {
        !self.queue.is_quiet(Call::Put)
            || !self.heap.is_empty()
            || self.slots.iter().any(|slot| !slot.stealer().is_empty())
    }

    /// Closes the places that all may put into.
    pub(super) fn close(&self) {
        self.heap.close();
        self.queue.close();
    }

    /// Whether nobody can put into them any more, but who has begun to.
    pub(super) fn is_closed(&self) -> bool {
        // The last one that `close` closes.
        self.queue.is_closed()
    }

    /// Takes anything, for those who clear up.
    pub(super) fn take_any(&self) -> Option<TaskRef> {
        self.heap
            .pop_below()
            .or_else(|| self.heap.pop_above())
            .or_else(|| self.take_queued())
            .or_else(|| self.slots.iter().find_map(|slot| steal_one(slot.stealer())))
    }

    /// Takes from the queue, and waits for a task in the making if the queue is closed: then it is the last chance.
    fn take_queued(&self) -> Option<TaskRef> {
        loop {
            match self.queue.try_get() {
                Ok(task) => return Some(task),
                Err(TryGetError::ShutDown) => return None,
                Err(TryGetError::Empty) if self.queue.is_closed() => std::thread::yield_now(),
                Err(TryGetError::Empty) => return None,
            }
        }
    }
}

fn steal_one(stealer: &crossbeam_deque::Stealer<TaskRef>) -> Option<TaskRef> {
    loop {
        match stealer.steal() {
            Steal::Success(task) => return Some(task),
            Steal::Empty => return None,
            Steal::Retry => std::hint::spin_loop(),
        }
    }
}

/// A worker's view of the places.
pub(super) struct Local {
    pub(super) deque: Deque<TaskRef>,
    /// Its own number.
    index: usize,
    turns: Cell<u32>,
    /// Where to begin stealing: moves on, so that not all begin at the same worker.
    victim: Cell<usize>,
    /// How often tasks were taken from others.
    stolen: Cell<u64>,
    /// Whether the last look was disturbed: then it proves nothing.
    disturbed: Cell<bool>,
}

impl Local {
    pub(super) fn new(deque: Deque<TaskRef>, index: usize) -> Self {
        Self {
            deque,
            index,
            turns: Cell::new(0),
            victim: Cell::new(index + 1),
            stolen: Cell::new(0),
            disturbed: Cell::new(false),
        }
    }

    /// The next task for this worker.
    #[inline]
    pub(super) fn look(&self, places: &Places) -> Option<TaskRef> {
        if let Some(task) = places.heap.pop_above() {
            return Some(task);
        }
        let turn = self.turns.get().wrapping_add(1);
        self.turns.set(turn);
        if turn.is_multiple_of(TURN)
            && let Ok(task) = places.queue.try_get()
        {
            return Some(task);
        }
        if let Some(task) = self.deque.pop() {
            return Some(task);
        }
        if let Ok(task) = places.queue.try_get() {
            return Some(task);
        }
        self.look_elsewhere(places)
    }

    #[inline(never)]
    fn look_elsewhere(&self, places: &Places) -> Option<TaskRef> {
        self.disturbed.set(false);
        self.steal(places).or_else(|| places.heap.pop_below())
    }

    /// Takes one from another worker to run it, and up to half of the others for later.
    fn steal(&self, places: &Places) -> Option<TaskRef> {
        let made = places.slots.len();
        if made < 2 {
            return None;
        }
        let first = self.victim.get();
        self.victim.set(first.wrapping_add(1));
        for offset in 0..made {
            let victim = first.wrapping_add(offset) % made;
            if victim == self.index {
                continue;
            }
            let Some(slot) = places.slots.get(victim) else {
                continue;
            };
            match slot.stealer().steal_batch_and_pop(&self.deque) {
                Steal::Success(task) => {
                    self.stolen.set(self.stolen.get() + 1);
                    return Some(task);
                }
                Steal::Retry => self.disturbed.set(true),
                Steal::Empty => {}
            }
        }
        None
    }

    /// How often tasks were taken from others since the last call.
    pub(super) fn take_stolen(&self) -> u64 {
        self.stolen.take()
    }

    /// As something to search for.
    pub(super) fn search<'a>(&'a self, places: &'a Places) -> Search<'a> {
        Search {
            local: self,
            places,
        }
    }
}

/// A search for a task (`core/src/raw/idle.rs`).
pub(super) struct Search<'a> {
    local: &'a Local,
    places: &'a Places,
}

impl Attempt for Search<'_> {
    type Output = TaskRef;

    #[inline]
    fn attempt(&mut self) -> Option<TaskRef> {
        self.local.look(self.places)
    }

    fn is_quiet(&self) -> bool {
        !self.local.disturbed.get() && self.places.queue.is_quiet(Call::Put)
    }

    fn is_more(&self) -> bool {
        self.places.is_any()
    }
}
