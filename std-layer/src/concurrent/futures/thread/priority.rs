//! Tasks with a priority: those that come before all others, and those that come after.
//!
//! They are few, or somebody wants order more than speed: so they lie in a heap behind a lock. Tasks without a priority have priority 0 and never come here, and whoever looks for a task reads one word to see that nobody uses this.

use std::cmp::Ordering as Order;
use std::collections::BinaryHeap;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::concurrent::futures::task::TaskRef;
use crate::threading::Mutex;

struct Entry {
    priority: i32,
    /// So that the older one of equals comes first.
    number: u64,
    task: TaskRef,
}

impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Order::Equal
    }
}

impl Eq for Entry {}

impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Self) -> Option<Order> {
        Some(self.cmp(other))
    }
}

impl Ord for Entry {
    fn cmp(&self, other: &Self) -> Order {
        self.priority
            .cmp(&other.priority)
            .then(other.number.cmp(&self.number))
    }
}

#[derive(Default)]
struct Entries {
    heap: BinaryHeap<Entry>,
    numbers: u64,
    closed: bool,
}

/// Tasks by priority.
///
/// The counts change inside the lock, by sequentially consistent read-modify-writes before a task is in: so they are what edge `task-or-idle` (`core/src/raw/idle.rs`) asks for, and who sees a count and takes the lock finds the task.
#[derive(Default)]
pub(super) struct Heap {
    /// With a priority above 0.
    above: AtomicUsize,
    /// With one below.
    below: AtomicUsize,
    entries: Mutex<Entries>,
}

impl Heap {
    fn count(&self, priority: i32) -> &AtomicUsize {
        if priority > 0 {
            &self.above
        } else {
            &self.below
        }
    }

    /// Puts a task in, or gives it back if the heap is closed.
    pub(super) fn push(&self, task: TaskRef, priority: i32) -> Result<(), TaskRef> {
        let mut entries = self.entries.lock();
        if entries.closed {
            return Err(task);
        }
        self.count(priority).fetch_add(1, Ordering::SeqCst);
        let number = entries.numbers;
        entries.numbers += 1;
        entries.heap.push(Entry {
            priority,
            number,
            task,
        });
        Ok(())
    }

    /// The first of those that come before all others.
    #[inline]
    pub(super) fn pop_above(&self) -> Option<TaskRef> {
        if self.above.load(Ordering::SeqCst) == 0 {
            return None;
        }
        self.pop(|priority| priority > 0)
    }

    /// The first of those that come after all others.
    #[inline]
    pub(super) fn pop_below(&self) -> Option<TaskRef> {
        if self.below.load(Ordering::SeqCst) == 0 {
            return None;
        }
        self.pop(|_| true)
    }

    #[cold]
    fn pop(&self, is_wanted: impl FnOnce(i32) -> bool) -> Option<TaskRef> {
        let mut entries = self.entries.lock();
        let first = entries.heap.peek()?.priority;
        if !is_wanted(first) {
            return None;
        }
        let entry = entries.heap.pop()?;
        self.count(first).fetch_sub(1, Ordering::SeqCst);
        Some(entry.task)
    }

    pub(super) fn close(&self) {
        self.entries.lock().closed = true;
    }

    pub(super) fn len(&self) -> usize {
        self.above.load(Ordering::SeqCst) + self.below.load(Ordering::SeqCst)
    }

    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.len() == 0
    }
}
