//! Which tasks are not done, and whose they are.
//!
//! For each slot of the arena: how many items its process has taken, and how many tasks it has reported as done. What a dead process has taken and not reported will never be done: it is *abandoned*, counted as finished, and told to one who joins. All of this changes under the lock of those who get, and what changes in several
//! words stands in the log first (`raw.rs`):
//!
//! | log | further log | |
//! |---|---|---|
//! | an item is taken | slot (32), how many its process has taken then (32) | |
//! | `FOLDS`, slot (30), how many are settled then (32) | the new process's generation (32), how many are abandoned then (32) | a slot's numbers go into the sums, and it is another process's |

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Instant;

use super::super::arena::{Arena, Member, SLOTS};
use super::super::futex::Expired;
use super::super::lock::{Taken, pack};
use super::super::look::{Look, block};
use super::super::watch::Watch;
use super::raw::{COUNTS, FOLDS, Mark, RawQueue, answer, between, ring_in};

#[derive(Debug)]
#[repr(C)]
pub(super) struct Tasks {
    /// Of processes that are gone.
    settled: AtomicU32,
    abandoned: AtomicU32,
    told: AtomicU32,
    /// The bell of those who join; answered when the last task is done.
    joiners: AtomicU32,
    slots: [Slot; SLOTS],
}

#[derive(Debug)]
#[repr(C)]
struct Slot {
    generation: AtomicU32,
    taken: AtomicU32,
    done: AtomicU32,
}

fn get(word: &AtomicU32) -> u32 {
    word.load(Ordering::Relaxed)
}

fn set(word: &AtomicU32, value: u32) {
    word.store(value, Ordering::Release);
}

impl Tasks {
    fn finished(&self) -> u32 {
        let done = self.slots.iter().map(|slot| get(&slot.done));
        done.fold(get(&self.settled), u32::wrapping_add)
    }

    fn unfinished(&self, tail: Mark) -> u32 {
        let unfinished = tail.count.wrapping_sub(self.finished()) & COUNTS;
        // Never so many, but that somebody has written nonsense.
        if unfinished > COUNTS / 2 {
            0
        } else {
            unfinished
        }
    }

    /// With the lock: what [`took`](Self::took) is to be told when this process has taken an item.
    pub(super) fn is_to_take(&self, queue: &RawQueue, member: Member) -> u64 {
        let slot = &self.slots[member.slot];
        if get(&slot.generation) != member.generation {
            self.fold(queue, member.slot, member.generation);
        }
        (member.slot as u64) << 32 | u64::from(get(&slot.taken).wrapping_add(1))
    }

    pub(super) fn took(&self, more: u64) {
        if let Some(slot) = self.slots.get((more >> 32) as usize) {
            set(&slot.taken, more as u32);
        }
    }

    /// With the lock: gives a slot to another process, or to nobody.
    fn fold(&self, queue: &RawQueue, place: usize, generation: u32) {
        let slot = &self.slots[place];
        let (taken, done) = (get(&slot.taken), get(&slot.done));
        let (head, tail) = queue.marks();
        // Others may have reported some of them.
        let most = self.unfinished(tail).saturating_sub(between(head, tail));
        let left = match taken.wrapping_sub(done) {
            left if left > COUNTS => 0,
            left => left.min(most),
        };
        let settled = get(&self.settled).wrapping_add(done).wrapping_add(left);
        let abandoned = get(&self.abandoned).wrapping_add(left);
        let plan = FOLDS | (place as u64) << 32 | u64::from(settled);
        let more = u64::from(generation) << 32 | u64::from(abandoned);
        queue.more_log.store(more, Ordering::Release);
        queue.get_log.store(plan, Ordering::Release);
        self.fold_as(plan, more);
        queue.get_log.store(0, Ordering::Release);
    }

    /// With the lock: does what the log says.
    pub(super) fn fold_as(&self, plan: u64, more: u64) {
        let place = (plan & !FOLDS) >> 32;
        if let Some(slot) = self.slots.get(place as usize) {
            set(&self.settled, plan as u32);
            set(&self.abandoned, more as u32);
            set(&slot.taken, 0);
            set(&slot.done, 0);
            set(&slot.generation, (more >> 32) as u32);
        }
    }
}

/// What a wait for the end of all tasks has found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Joined {
    Done,
    Abandoned(u32),
}

impl RawQueue {
    pub(super) fn unfinished(&self) -> u32 {
        self.tasks.unfinished(self.marks().1)
    }

    /// False if that was reported for all already.
    pub(super) fn task_done(&self, arena: &Arena) -> bool {
        let member = arena.member();
        if let Ok(Taken::FromTheDead) = self.get.acquire(arena, None) {
            self.mend_get();
        }
        let tasks = &self.tasks;
        // For its own slot.
        let _ = tasks.is_to_take(self, member);
        let unfinished = tasks.unfinished(self.marks().1);
        if unfinished > 0 {
            let done = &tasks.slots[member.slot].done;
            set(done, get(done).wrapping_add(1));
        }
        // With the lock, so that nobody rings in between.
        if unfinished == 1 {
            answer(&tasks.joiners, u32::MAX);
        }
        self.get.release();
        unfinished > 0
    }

    /// With the lock of those who get.
    fn joined(&self, watch: &Watch<'_>, own: Member) -> Option<Joined> {
        let tasks = &self.tasks;
        for (place, slot) in tasks.slots.iter().enumerate() {
            let generation = get(&slot.generation);
            let member = Member {
                slot: place,
                generation,
            };
            if generation != 0 && member != own && !watch.is_alive(member) {
                tasks.fold(self, place, 0);
            }
        }
        let (abandoned, told) = (get(&tasks.abandoned), get(&tasks.told));
        if abandoned != told {
            set(&tasks.told, abandoned);
            return Some(Joined::Abandoned(abandoned.wrapping_sub(told)));
        }
        (tasks.unfinished(self.marks().1) == 0).then_some(Joined::Done)
    }

    /// One look of a wait until all tasks are done.
    pub(super) fn look_join(&self, watch: &Watch<'_>, own: Member) -> Look<'_, Joined> {
        match self.get.look(pack(own), watch) {
            Look::Sleep(word, value) => return Look::Sleep(word, value),
            Look::Done(Taken::FromTheDead) => self.mend_get(),
            Look::Done(Taken::Free) => {}
        }
        let joined = self.joined(watch, own);
        let rung = ring_in(&self.tasks.joiners);
        self.get.release();
        match joined {
            Some(joined) => Look::Done(joined),
            None => Look::Sleep(&self.tasks.joiners, rung),
        }
    }

    pub(super) fn join_until(
        &self,
        arena: &Arena,
        deadline: Option<Instant>,
    ) -> Result<Joined, Expired> {
        let own = arena.member();
        block(arena, deadline, |watch| self.look_join(watch, own))
    }
}
