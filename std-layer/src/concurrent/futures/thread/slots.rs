//! The places of the workers: what others may look at.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use crossbeam_deque::{Stealer, Worker as Deque};
use crossbeam_utils::CachePadded;

use super::stats::Counters;
use crate::concurrent::futures::task::TaskRef;
use crate::threading::Mutex;

/// The place of one worker. Workers come and go; their places stay, and with them the deque and the counters.
pub(super) struct Slot {
    /// The end of the deque that belongs to the worker, while there is none.
    deque: Mutex<Option<Deque<TaskRef>>>,
    stealer: Stealer<TaskRef>,
    pub(super) counters: CachePadded<Counters>,
}

impl Slot {
    fn new(lifo: bool) -> Self {
        let deque = if lifo {
            Deque::new_lifo()
        } else {
            Deque::new_fifo()
        };
        Self {
            stealer: deque.stealer(),
            deque: Mutex::new(Some(deque)),
            counters: CachePadded::default(),
        }
    }

    /// The end from which others take.
    #[inline]
    pub(super) fn stealer(&self) -> &Stealer<TaskRef> {
        &self.stealer
    }

    /// A worker comes.
    pub(super) fn take(&self) -> Option<Deque<TaskRef>> {
        self.deque.lock().take()
    }

    /// It goes, with an empty deque.
    pub(super) fn give_back(&self, deque: Deque<TaskRef>) {
        *self.deque.lock() = Some(deque);
    }
}

/// All places, which are made as they are needed, lowest first.
pub(super) struct Slots {
    lifo: bool,
    slots: Box<[OnceLock<Box<Slot>>]>,
    /// All below have been made. One role: how far to look. A worker's tasks come after it was raised, by the same thread, in the same order as others see them (`Slots::get`).
    made: AtomicUsize,
}

impl Slots {
    pub(super) fn new(limit: usize, lifo: bool) -> Self {
        Self {
            lifo,
            slots: (0..limit).map(|_| OnceLock::new()).collect(),
            made: AtomicUsize::new(0),
        }
    }

    /// How many there can be.
    pub(super) fn limit(&self) -> usize {
        self.slots.len()
    }

    /// How many have been made.
    #[inline]
    pub(super) fn len(&self) -> usize {
        self.made.load(Ordering::SeqCst)
    }

    /// The place with that number, made if need be; the caller makes them in order.
    pub(super) fn make(&self, index: usize) -> &Slot {
        let slot = self.slots[index].get_or_init(|| Box::new(Slot::new(self.lifo)));
        self.made.fetch_max(index + 1, Ordering::SeqCst);
        slot
    }

    /// The place with that number, if it has been made.
    #[inline]
    pub(super) fn get(&self, index: usize) -> Option<&Slot> {
        self.slots.get(index)?.get().map(|slot| &**slot)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Slot> {
        (0..self.len()).filter_map(|index| self.get(index))
    }
}
