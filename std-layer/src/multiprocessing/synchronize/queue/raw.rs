//! A bounded queue for processes.
//!
//! # Words
//!
//! Those who put take turns by a lock, and those who get by another one; both survive their holders. Each side has a mark, which it alone moves:
//!
//! | bits | name | meaning |
//! |---|---|---|
//! | 0 | closed | nothing more is put |
//! | 1..32 | count | how many items were put, or taken |
//! | 32..64 | place | in the ring, in units |
//!
//! A record is written behind `tail`, and is there when `tail` is moved, by one store; it is read, and is gone when `head` is moved. So nobody ever meets half a record, and the sides do not wait for each other.
//!
//! # After a death
//!
//! Before a side changes anything, it writes into its `log` what it is about to do. Who takes the lock from a dead process (`lock.rs`) finds the log, and in the mark whether the change was made:
//!
//! | who died | the mark | |
//! |---|---|---|
//! | one that puts | is as before | its item was never put: it is lost |
//! | | has moved | the item is there |
//! | one that gets | is as before | the item is there |
//! | | has moved | it had the item in its hands: it is lost |
//!
//! What is to be written after that is written in the log as values, not as differences, so it does not matter how often it is done, by whom, or who dies meanwhile. A loss is counted, and told to one getter.
//!
//! # Sleeping
//!
//! Each kind of sleeper has a *bell*, on which it sleeps: bit 0 says that somebody has rung in, the rest counts the answers. Who finds nothing to do rings in, looks again, and sleeps as long as the bell is as it was left. Who has moved a mark looks at the other side's bell, and if somebody has rung in, takes the bit back, counts,
//! and wakes. So an answer that comes late, for a change that a sleeper has seen already, does not take the bit away from under it: the bell has changed, and it looks again. A bell that was left by one who is dead, or has no time any more, costs one system call.
//!
//! For an item one getter is woken, and the others sleep on without the bit. So whoever has rung in for an item sets the bit again when it goes, for whatever reason, and wakes the next one if there is more ([`Sleeper`]). If it dies before that, all look again, by its lifelines (`watch.rs`); so they do if one dies between a mark and the answer.
//! Waking for room wakes all, as the records differ in length, and the room that is too little for one may be enough for another.
//!
//! Edge `shared-queue`: moving a mark (Release) to looking at it (Acquire). Bells and marks meet by Dekker's pattern (I have rung; is the mark as before? and: the mark has moved; has anybody rung?): all of these are sequentially consistent.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Instant;

use super::super::arena::{Arena, Member};
use super::super::awake::Awake;
use super::super::futex::{self, Expired};
use super::super::lock::{RawLock, Taken, owner, pack};
use super::super::look::{Look, block};
use super::super::watch::Watch;
use super::ring::Ring;

const CLOSED: u64 = 1;
/// Counts go round after so many.
pub(super) const COUNTS: u32 = u32::MAX >> 1;
/// In a log: something is being done.
pub(super) const BUSY: u64 = 1 << 63;
/// In the log of those who get, without [`BUSY`]: a record of tasks is given to another process.
pub(super) const FOLDS: u64 = 1 << 62;

#[derive(Debug)]
#[repr(C, align(64))]
pub(in super::super) struct RawQueue {
    pub(super) tail: AtomicU64,
    put: RawLock,
    /// How many items were lost by those who put.
    put_lost: AtomicU32,
    /// [`BUSY`], the count before (31), how many will have been lost if it stays (32).
    put_log: AtomicU64,
    /// The bell of those who wait for room.
    putters: AtomicU32,
    /// The most items; 0 is as many as there is room for.
    most: AtomicU32,
    _apart: [u64; 4],

    pub(super) head: AtomicU64,
    pub(super) get: RawLock,
    get_lost: AtomicU32,
    /// [`BUSY`], the count before (31), how many will have been lost if it has moved (32). Or as `tasks.rs` says.
    pub(super) get_log: AtomicU64,
    pub(super) more_log: AtomicU64,
    /// The bell of those who wait for items.
    getters: AtomicU32,
    /// How many losses were told.
    told: AtomicU32,
    _apart_again: [u64; 3],

    pub(super) tasks: super::tasks::Tasks,
}

/// A mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Mark {
    pub(super) closed: bool,
    pub(super) count: u32,
    pub(super) place: u32,
}

impl Mark {
    pub(super) fn read(word: u64) -> Self {
        Self {
            closed: word & CLOSED != 0,
            count: word as u32 >> 1,
            place: (word >> 32) as u32,
        }
    }

    fn pack(self) -> u64 {
        u64::from(self.closed) | u64::from(self.count & COUNTS) << 1 | u64::from(self.place) << 32
    }

    fn moved(self, ring: &Ring, units: u32) -> Self {
        Self {
            count: self.count.wrapping_add(1) & COUNTS,
            place: ring.behind(self.place, units),
            ..self
        }
    }
}

/// How many were put and not taken.
pub(super) fn between(head: Mark, tail: Mark) -> u32 {
    tail.count.wrapping_sub(head.count) & COUNTS
}

fn used(ring: &Ring, head: Mark, tail: Mark) -> u32 {
    if between(head, tail) == 0 {
        return 0;
    }
    let (from, to) = (head.place % ring.units(), tail.place % ring.units());
    match (to + ring.units() - from) % ring.units() {
        0 => ring.units(),
        units => units,
    }
}

fn log(count: u32, lost: u32) -> u64 {
    BUSY | u64::from(count & COUNTS) << 32 | u64::from(lost)
}

/// In a bell: somebody has rung in.
const RUNG: u32 = 1;

/// Rings in: what to sleep on as long as it is that.
pub(super) fn ring_in(bell: &AtomicU32) -> u32 {
    bell.fetch_or(RUNG, Ordering::SeqCst) | RUNG
}

/// Wakes so many of those who have rung in, if any.
pub(super) fn answer(bell: &AtomicU32, count: u32) {
    let mut rung = bell.load(Ordering::SeqCst);
    while rung & RUNG != 0 {
        let answered = rung.wrapping_add(RUNG);
        match bell.compare_exchange(rung, answered, Ordering::SeqCst, Ordering::SeqCst) {
            Ok(_) => return futex::wake(bell, count),
            Err(now) => rung = now,
        }
    }
}

/// One who waits for an item, or has.
pub(super) struct Sleeper<'a>(&'a RawQueue);

impl Drop for Sleeper<'_> {
    fn drop(&mut self) {
        let _ = ring_in(&self.0.getters);
        let (head, tail) = self.0.marks();
        if between(head, tail) > 0 {
            self.0.wake_getter();
        }
    }
}

/// What came of a put, with the lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Put {
    Done,
    Closed,
    /// The mark of the getters then.
    Full(u64),
}

/// What came of a get, with the lock.
#[derive(Debug)]
pub(super) enum Get {
    Item(Vec<u8>),
    Closed,
    /// Somebody has died with an item.
    Lost,
    /// What is there is no record; everything was thrown away.
    Damaged,
    /// The mark of the putters then.
    Empty(u64),
}

impl RawQueue {
    pub(super) fn init(&self, most: u32) {
        self.most.store(most, Ordering::Release);
    }

    pub(super) fn most(&self) -> u32 {
        match self.most.load(Ordering::Relaxed) {
            0 => COUNTS,
            most => most.min(COUNTS),
        }
    }

    /// The most items, as it was made with.
    pub(super) fn limit(&self) -> Option<u32> {
        Some(self.most.load(Ordering::Relaxed)).filter(|most| *most != 0)
    }

    pub(super) fn is_full(&self, ring: &Ring) -> bool {
        let (head, tail) = self.marks();
        !self.has_room(ring, 1, head, tail)
    }

    pub(super) fn marks(&self) -> (Mark, Mark) {
        loop {
            let head = self.head.load(Ordering::SeqCst);
            // edge: shared-queue
            let tail = self.tail.load(Ordering::SeqCst);
            // Marks do not come back: what did not change was so when the other one was looked at.
            if self.head.load(Ordering::SeqCst) == head {
                return (Mark::read(head), Mark::read(tail));
            }
        }
    }

    /// How many units there are in use, and whether there is room for a record.
    fn has_room(&self, ring: &Ring, need: u32, head: Mark, tail: Mark) -> bool {
        between(head, tail) < self.most() && ring.units() - used(ring, head, tail) >= need
    }

    /// With the lock of those who put: it was taken from the dead.
    fn mend_put(&self) {
        let planned = self.put_log.load(Ordering::Acquire);
        let count = Mark::read(self.tail.load(Ordering::Acquire)).count;
        if planned & BUSY != 0 && (planned >> 32) as u32 & COUNTS == count {
            self.put_lost.store(planned as u32, Ordering::Release);
        }
        self.put_log.store(0, Ordering::Release);
    }

    /// With the lock of those who get: it was taken from the dead.
    pub(super) fn mend_get(&self) {
        let planned = self.get_log.load(Ordering::Acquire);
        let more = self.more_log.load(Ordering::Acquire);
        if planned & BUSY != 0 {
            let count = Mark::read(self.head.load(Ordering::Acquire)).count;
            if (planned >> 32) as u32 & COUNTS != count {
                self.tasks.took(more);
                self.get_lost.store(planned as u32, Ordering::Release);
            }
        } else if planned & FOLDS != 0 {
            self.tasks.fold_as(planned, more);
        }
        self.get_log.store(0, Ordering::Release);
    }

    /// With the lock of those who put.
    pub(super) fn put_held(&self, ring: &Ring, item: &[u8]) -> Put {
        let need = Ring::need(item.len()) as u32;
        let tail = Mark::read(self.tail.load(Ordering::Relaxed));
        if tail.closed {
            return Put::Closed;
        }
        // edge: shared-queue: the room is free.
        let head = self.head.load(Ordering::SeqCst);
        if !self.has_room(ring, need, Mark::read(head), tail) {
            return Put::Full(head);
        }
        let lost = self.put_lost.load(Ordering::Relaxed);
        let plan = log(tail.count, lost.wrapping_add(1));
        self.put_log.store(plan, Ordering::Release);
        ring.write(tail.place, item);
        // edge: shared-queue
        let moved = tail.moved(ring, need);
        self.tail.store(moved.pack(), Ordering::SeqCst);
        self.put_log.store(0, Ordering::Release);
        Put::Done
    }

    /// With the lock of those who get.
    pub(super) fn get_held(&self, ring: &Ring, member: Member) -> Get {
        let told = self.told.load(Ordering::Relaxed);
        if told != self.lost() {
            self.told.store(told.wrapping_add(1), Ordering::Relaxed);
            return Get::Lost;
        }
        let head = Mark::read(self.head.load(Ordering::Relaxed));
        // edge: shared-queue
        let word = self.tail.load(Ordering::SeqCst);
        let tail = Mark::read(word);
        if between(head, tail) == 0 {
            return if tail.closed {
                Get::Closed
            } else {
                Get::Empty(word)
            };
        }
        let Some((item, units)) = ring.read(head.place, used(ring, head, tail)) else {
            let end = Mark {
                closed: head.closed,
                ..tail
            };
            self.head.store(end.pack(), Ordering::SeqCst);
            return Get::Damaged;
        };
        let more = self.tasks.is_to_take(self, member);
        let lost = self.get_lost.load(Ordering::Relaxed);
        self.more_log.store(more, Ordering::Release);
        let plan = log(head.count, lost.wrapping_add(1));
        self.get_log.store(plan, Ordering::Release);
        // edge: shared-queue
        let moved = head.moved(ring, units);
        self.head.store(moved.pack(), Ordering::SeqCst);
        self.tasks.took(more);
        self.get_log.store(0, Ordering::Release);
        Get::Item(item)
    }

    fn wake_getter(&self) {
        answer(&self.getters, 1);
    }

    fn wake_putters(&self) {
        answer(&self.putters, u32::MAX);
    }

    /// Puts if the lock and the room are there at once; `None` if the lock is not.
    pub(super) fn try_put(&self, arena: &Arena, ring: &Ring, item: &[u8]) -> Option<Put> {
        if self.put.try_acquire(arena)? == Taken::FromTheDead {
            self.mend_put();
        }
        let outcome = self.put_held(ring, item);
        self.put.release();
        if outcome == Put::Done {
            self.wake_getter();
        }
        Some(outcome)
    }

    /// Gets if the lock and an item are there at once; `None` if the lock is not.
    pub(super) fn try_get(&self, arena: &Arena, ring: &Ring) -> Option<Get> {
        if self.get.try_acquire(arena)? == Taken::FromTheDead {
            self.mend_get();
        }
        let own = arena.member();
        let outcome = self.get_held(ring, own);
        self.get.release();
        match outcome {
            Get::Item(_) | Get::Damaged => self.wake_putters(),
            Get::Empty(_) if owner(self.put.word()).is_some() => {
                if self.has_dead_putter(&Watch::new(arena), own) {
                    return self.try_get(arena, ring);
                }
            }
            Get::Empty(_) | Get::Closed | Get::Lost => {}
        }
        Some(outcome)
    }

    /// One look of a put that waits: never [`Put::Full`].
    pub(super) fn look_put(
        &self,
        watch: &Watch<'_>,
        own: Member,
        ring: &Ring,
        item: &[u8],
    ) -> Look<'_, Put> {
        loop {
            match self.put.look(pack(own), watch) {
                Look::Sleep(word, value) => return Look::Sleep(word, value),
                Look::Done(Taken::FromTheDead) => self.mend_put(),
                Look::Done(Taken::Free) => {}
            }
            let outcome = self.put_held(ring, item);
            self.put.release();
            let Put::Full(head) = outcome else {
                self.wake_getter();
                return Look::Done(outcome);
            };
            let rung = ring_in(&self.putters);
            if self.head.load(Ordering::SeqCst) == head {
                return Look::Sleep(&self.putters, rung);
            }
        }
    }

    /// To be kept by one who waits for an item.
    pub(super) fn sleeper(&self) -> Sleeper<'_> {
        Sleeper(self)
    }

    /// One look of a get that waits, and has a [`Sleeper`]: never [`Get::Empty`].
    pub(super) fn look_get(&self, watch: &Watch<'_>, own: Member, ring: &Ring) -> Look<'_, Get> {
        loop {
            match self.get.look(pack(own), watch) {
                Look::Sleep(word, value) => return Look::Sleep(word, value),
                Look::Done(Taken::FromTheDead) => self.mend_get(),
                Look::Done(Taken::Free) => {}
            }
            let outcome = self.get_held(ring, own);
            self.get.release();
            let Get::Empty(tail) = outcome else {
                self.wake_putters();
                return Look::Done(outcome);
            };
            if self.has_dead_putter(watch, own) {
                continue;
            }
            let rung = ring_in(&self.getters);
            if self.tail.load(Ordering::SeqCst) == tail {
                return Look::Sleep(&self.getters, rung);
            }
        }
    }

    /// Who waits for an item must learn that it will not come, although nobody else puts.
    fn has_dead_putter(&self, watch: &Watch<'_>, own: Member) -> bool {
        let holder = owner(self.put.word());
        if holder.is_none_or(|holder| watch.is_alive(holder)) {
            return false;
        }
        if let Look::Done(taken) = self.put.look(pack(own), watch) {
            if taken == Taken::FromTheDead {
                self.mend_put();
            }
            self.put.release();
        }
        true
    }

    /// Awake for a moment first, as the other side may be running.
    pub(super) fn put_until(
        &self,
        arena: &Arena,
        ring: &Ring,
        item: &[u8],
        deadline: Option<Instant>,
    ) -> Result<Put, Expired> {
        let mut awake = Awake::new(deadline);
        loop {
            match self.try_put(arena, ring, item) {
                None | Some(Put::Full(_)) => {}
                Some(outcome) => return Ok(outcome),
            }
            let head = self.head.load(Ordering::Relaxed);
            while self.head.load(Ordering::Relaxed) == head {
                if !awake.turn() {
                    let own = arena.member();
                    return block(arena, deadline, |watch| {
                        self.look_put(watch, own, ring, item)
                    });
                }
            }
        }
    }

    pub(super) fn get_until(
        &self,
        arena: &Arena,
        ring: &Ring,
        deadline: Option<Instant>,
    ) -> Result<Get, Expired> {
        let mut awake = Awake::new(deadline);
        loop {
            match self.try_get(arena, ring) {
                None | Some(Get::Empty(_)) => {}
                Some(outcome) => return Ok(outcome),
            }
            loop {
                // Also if there is always something, and others are always faster.
                if !awake.turn() {
                    let own = arena.member();
                    let _sleeper = self.sleeper();
                    return block(arena, deadline, |watch| self.look_get(watch, own, ring));
                }
                if !self.is_quiet() {
                    break;
                }
            }
        }
    }

    /// Whether there is nothing to take, by a fleeting look.
    fn is_quiet(&self) -> bool {
        let (head, tail) = (&self.head, &self.tail);
        let [head, tail] = [head, tail].map(|mark| Mark::read(mark.load(Ordering::Relaxed)));
        head.count == tail.count && !tail.closed
    }

    /// How many items were lost with processes that died with them in their hands.
    pub(super) fn lost(&self) -> u32 {
        let (put, get) = (&self.put_lost, &self.get_lost);
        put.load(Ordering::Relaxed)
            .wrapping_add(get.load(Ordering::Relaxed))
    }

    /// Nothing more is put; all who wait are told.
    pub(super) fn close(&self, arena: &Arena) {
        if let Ok(Taken::FromTheDead) = self.put.acquire(arena, None) {
            self.mend_put();
        }
        // Also what is closed already: who did that may have died before the rest.
        self.tail.fetch_or(CLOSED, Ordering::SeqCst);
        self.put.release();
        if let Ok(Taken::FromTheDead) = self.get.acquire(arena, None) {
            self.mend_get();
        }
        self.head.fetch_or(CLOSED, Ordering::SeqCst);
        self.get.release();
        answer(&self.getters, u32::MAX);
        answer(&self.putters, u32::MAX);
    }
}
