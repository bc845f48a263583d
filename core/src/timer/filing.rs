//! Which entry is in which slot: filing, searching, and taking slots apart.

use super::entry::NIL;
use super::wheel::{OVERDUE, Wheel};
use super::{Entry, Storage, Timers, list};

/// A slot of at most this many entries is searched where it is, not taken apart.
const FEW: usize = 8;

/// So many overdue entries are walked to insert another among them, before everything is filed anew.
const PATIENCE: usize = 64;

/// What a glance at the first slot told.
pub(super) enum Glance {
    /// This entry is the earliest of all.
    Earliest(u32),
    /// There are many; none is earlier than this, the start of the slot.
    Crowd(u64),
}

impl<S: Storage> Timers<S> {
    /// Puts an entry into the slot of its deadline, behind equal ones.
    #[inline]
    pub(super) fn file(&mut self, index: u32, deadline: u64) {
        let entries = self.storage.entries_mut();
        list::alone(entries, index);
        let slot = Wheel::<S::Shape>::slot_of(self.base, deadline);
        let head = self.wheel.head(slot);
        if head == NIL {
            self.wheel.set_head(slot, index);
        } else if slot == OVERDUE {
            self.file_overdue(index, deadline);
        } else {
            list::join(entries, head, index);
        }
    }

    /// Puts an entry among the overdue ones, which are sorted.
    #[cold]
    fn file_overdue(&mut self, index: u32, deadline: u64) {
        let entries = self.storage.entries_mut();
        let head = self.wheel.head(OVERDUE);
        // Joining the ring that begins with `before` puts the new entry just in front of it.
        let mut before = head;
        for _ in 0..PATIENCE {
            let last = entries[before as usize].prev;
            if entries[last as usize].deadline <= deadline {
                list::join(entries, before, index);
                return;
            }
            before = last;
            if before == head {
                list::join(entries, before, index);
                self.wheel.set_head(OVERDUE, index);
                return;
            }
        }
        list::join(entries, head, index);
        self.file_anew();
    }

    #[inline]
    pub(super) fn unfile(&mut self, index: u32) {
        let slot = Wheel::<S::Shape>::slot_of(self.base, self.entry(index).deadline);
        let next = list::remove(self.storage.entries_mut(), index);
        if self.wheel.head(slot) == index {
            self.wheel.set_head(slot, next.unwrap_or(NIL));
        }
    }

    /// The earliest entry, by a walk through the first slot.
    pub(super) fn earliest(&self) -> Option<u32> {
        let slot = self.wheel.first()?;
        match self.search(slot, usize::MAX) {
            Glance::Earliest(index) => Some(index),
            Glance::Crowd(_) => None,
        }
    }

    #[inline]
    pub(super) fn glance(&self, slot: usize) -> Glance {
        self.search(slot, FEW)
    }

    /// Searches the first slot, giving up after `limit` entries.
    #[inline]
    fn search(&self, slot: usize, limit: usize) -> Glance {
        let entries = self.storage.entries();
        let head = self.wheel.head(slot);
        let first = entries[head as usize].deadline;
        let shift = Wheel::<S::Shape>::shift(self.base, first);
        if slot == OVERDUE || shift == 0 {
            // Sorted, or all equal.
            return Glance::Earliest(head);
        }
        let (mut earliest, mut least) = (head, first);
        let mut index = head;
        for _ in 0..limit {
            index = entries[index as usize].next;
            if index == head {
                return Glance::Earliest(earliest);
            }
            let deadline = entries[index as usize].deadline;
            if deadline < least {
                (earliest, least) = (index, deadline);
            }
        }
        Glance::Crowd(first >> shift << shift)
    }

    /// Moves the entries of the first slot to lower levels, by advancing `base` to its start.
    pub(super) fn take_apart(&mut self, slot: usize, start: u64) {
        let head = self.wheel.head(slot);
        self.wheel.set_head(slot, NIL);
        self.base = start;
        self.file_all(head);
    }

    /// Files everything anew from the beginning of time, after which nothing is overdue.
    fn file_anew(&mut self) {
        let mut all = NIL;
        while let Some(slot) = self.wheel.first() {
            let head = self.wheel.head(slot);
            self.wheel.set_head(slot, NIL);
            if all == NIL {
                all = head;
            } else {
                list::join(self.storage.entries_mut(), all, head);
            }
        }
        self.base = 0;
        self.file_all(all);
    }

    /// Files each entry of a list that is in no slot, in its order.
    fn file_all(&mut self, head: u32) {
        let last = self.entry(head).prev;
        let mut index = head;
        // Entries of a long list are far apart in memory, and each names the next: one cache miss after the other. A second walk, from the end
        // towards the first, overlaps its misses with ours, and has brought in the second half when we come there. It only reads.
        let mut herald = last;
        loop {
            let Entry { next, deadline, .. } = *self.entry(index);
            if herald != NIL {
                herald = if herald == index || herald == next {
                    NIL
                } else {
                    self.entry(herald).prev
                };
            }
            self.file(index, deadline);
            if index == last {
                return;
            }
            index = next;
        }
    }

    /// Nothing is due: lets `base` follow the present, as far as nothing has to move for it.
    #[inline]
    pub(super) fn keep_up(&mut self, slot: usize, now: u64) {
        if now <= self.base {
            return;
        }
        let first = self.entry(self.wheel.head(slot)).deadline;
        let shift = Wheel::<S::Shape>::shift(self.base, first);
        if first >> shift << shift > now {
            self.base = now;
        }
    }
}
