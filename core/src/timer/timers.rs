//! The operations.

use core::fmt;

use super::entry::NIL;
use super::filing::Glance;
use super::wheel::Wheel;
use super::{Entry, Expired, Full, Key, Storage};

/// Values with deadlines, given back in the order of their deadlines. See the [module](super) for what it costs and how it works.
///
/// Never blocks, never allocates by itself, never panics (given a [`Storage`] that keeps its promises). May be used from interrupt handlers,
/// inside whatever excludes the other users of the same object.
pub struct Timers<S: Storage> {
    pub(super) storage: S,
    pub(super) wheel: Wheel<S::Shape>,
    /// Not later than any entry outside the slot `OVERDUE`, and later than all in it.
    pub(super) base: u64,
    /// The number of the last insertion.
    stamp: u64,
    /// The first vacant entry of those that were used before.
    vacant: u32,
    /// Entries from here on have never been used.
    fresh: u32,
    len: u32,
}

impl<S: Storage> Timers<S> {
    /// No timers yet, in `storage`, all of whose entries are [vacant](Entry::VACANT).
    pub const fn new(storage: S) -> Self {
        Self {
            storage,
            wheel: Wheel::new(),
            base: 0,
            stamp: 0,
            vacant: NIL,
            fresh: 0,
            len: 0,
        }
    }

    /// Adds a timer. Any deadline will do: one in the past is due at once, [`u64::MAX`] as good as never.
    ///
    /// # Errors
    ///
    /// [`Full`], with the value, when the storage has no room left.
    pub fn insert(&mut self, deadline: u64, value: S::Value) -> Result<Key, Full<S::Value>> {
        let Some(index) = self.allot() else {
            return Err(Full(value));
        };
        self.stamp += 1;
        let stamp = self.stamp;
        let entry = &mut self.storage.entries_mut()[index as usize];
        entry.deadline = deadline;
        entry.stamp = stamp;
        entry.value = Some(value);
        self.len += 1;
        self.file(index, deadline);
        Ok(Key { stamp, index })
    }

    /// Takes a timer out before it fires. `None` when it has fired or was cancelled before.
    pub fn cancel(&mut self, key: Key) -> Option<S::Value> {
        self.deadline(key)?;
        self.unfile(key.index);
        self.vacate(key.index)
    }

    /// Gives a timer another deadline, as if it were cancelled and inserted again, but under the same key. Returns the deadline it had;
    /// `None` when it has fired or was cancelled before.
    pub fn reset(&mut self, key: Key, deadline: u64) -> Option<u64> {
        let before = self.deadline(key)?;
        self.unfile(key.index);
        self.storage.entries_mut()[key.index as usize].deadline = deadline;
        self.file(key.index, deadline);
        Some(before)
    }

    /// When a timer is due; `None` when it has fired or was cancelled.
    pub fn deadline(&self, key: Key) -> Option<u64> {
        let entry = self.storage.entries().get(key.index as usize)?;
        (entry.stamp == key.stamp && entry.value.is_some()).then_some(entry.deadline)
    }

    /// The value of a timer that waits; `None` when it has fired or was cancelled.
    pub fn get(&self, key: Key) -> Option<&S::Value> {
        self.deadline(key)?;
        self.storage.entries()[key.index as usize].value.as_ref()
    }

    /// The earliest timer that is due at `now`, if there is one: the one with the least deadline, and of equal ones the one inserted first.
    ///
    /// Call it until it returns `None`. `now` may jump in either direction; going back costs time, not correctness.
    pub fn pop_expired(&mut self, now: u64) -> Option<Expired<S::Value>> {
        loop {
            let Some(slot) = self.wheel.first() else {
                self.base = now;
                return None;
            };
            match self.glance(slot) {
                Glance::Earliest(index) if self.entry(index).deadline <= now => {
                    return Some(self.take(index));
                }
                Glance::Crowd(start) if start <= now => self.take_apart(slot, start),
                _ => {
                    self.keep_up(slot, now);
                    return None;
                }
            }
        }
    }

    /// The earliest timer, due or not. For emptying in order.
    pub fn pop_first(&mut self) -> Option<Expired<S::Value>> {
        loop {
            let Some(slot) = self.wheel.first() else {
                self.base = 0;
                return None;
            };
            match self.glance(slot) {
                Glance::Earliest(index) => return Some(self.take(index)),
                Glance::Crowd(start) => self.take_apart(slot, start),
            }
        }
    }

    /// The earliest deadline, exactly. Walks the timers of one slot; [`next_wake`](Timers::next_wake) does not.
    pub fn next_deadline(&self) -> Option<u64> {
        Some(self.entry(self.earliest()?).deadline)
    }

    /// When to look again: at the earliest deadline, or before it if many timers are close to each other there, but never after it.
    ///
    /// A call of [`pop_expired`](Timers::pop_expired) at that time makes progress in any case: what follows returns a later time. Before each
    /// deadline there are at most as many early calls as the wheel has levels, however many timers there are.
    pub fn next_wake(&self) -> Option<u64> {
        Some(match self.glance(self.wheel.first()?) {
            Glance::Earliest(index) => self.entry(index).deadline,
            Glance::Crowd(start) => start,
        })
    }

    /// How many timers wait.
    pub fn len(&self) -> usize {
        self.len as usize
    }

    /// Whether no timer waits.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Drops all timers. Their keys name nothing from now on.
    pub fn clear(&mut self) {
        // By index, so that a value whose drop panics leaves the others in good order.
        for index in 0..self.fresh {
            if self.entry(index).value.is_some() {
                self.unfile(index);
                drop(self.vacate(index));
            }
        }
        self.base = 0;
    }

    #[inline]
    pub(super) fn entry(&self, index: u32) -> &Entry<S::Value> {
        &self.storage.entries()[index as usize]
    }

    /// An entry to fill.
    #[inline]
    fn allot(&mut self) -> Option<u32> {
        if self.vacant != NIL {
            let index = self.vacant;
            self.vacant = self.entry(index).next;
            return Some(index);
        }
        let index = self.fresh;
        if index == NIL || (index as usize >= self.storage.entries().len() && !self.storage.grow())
        {
            return None;
        }
        self.fresh += 1;
        Some(index)
    }

    /// Empties an entry that is in no slot any more.
    #[inline]
    fn vacate(&mut self, index: u32) -> Option<S::Value> {
        let entry = &mut self.storage.entries_mut()[index as usize];
        entry.next = self.vacant;
        self.vacant = index;
        self.len -= 1;
        entry.value.take()
    }

    #[inline]
    fn take(&mut self, index: u32) -> Expired<S::Value> {
        let Entry {
            deadline, stamp, ..
        } = *self.entry(index);
        self.unfile(index);
        let value = self.vacate(index);
        Expired {
            key: Key { stamp, index },
            deadline,
            value: value.expect("entries in slots have values"),
        }
    }
}

impl<S: Storage + Default> Default for Timers<S> {
    fn default() -> Self {
        Self::new(S::default())
    }
}

impl<S: Storage> fmt::Debug for Timers<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Timers")
            .field("len", &self.len)
            .field("next", &self.next_wake())
            .finish_non_exhaustive()
    }
}
