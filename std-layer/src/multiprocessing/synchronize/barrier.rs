//! A barrier for processes.
//!
//! The word `cycle` counts cycles, shifted by one, and its lowest bit says that the barrier is broken; all who wait sleep on it. One who wakes up and finds another cycle learns how its own ended from a bit for each of the last 256. What else there is changes under a lock: how many wait, and who has ever come. If one of those is dead, the barrier cannot become full as it was meant to, and breaks: whoever notices first does it.

use std::fmt;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::arena::{Arena, Handle};
use super::asynchronous::wait;
use super::awake::Awake;
use super::futex::{self, Expired};
use super::lock::{RawLock, owner};
use super::look::{Look, block};
use super::region::{Kind, PlaceError, Region, space};
use super::watch::Watch;
use crate::multiprocessing::shared_memory::OpenError;

/// As many processes as an arena has room for, and as many that are gone.
const KNOWN: usize = 120;
const BROKEN: u32 = 1;

#[derive(Debug)]
#[repr(C)]
pub(super) struct RawBarrier {
    cycle: AtomicU32,
    lock: RawLock,
    parties: AtomicU32,
    waiting: AtomicU32,
    /// A bit for each cycle, by its number: all had come.
    passed: [AtomicU32; 8],
    known: [AtomicU32; KNOWN],
}

impl RawBarrier {
    fn passed(&self, cycle: u32) -> (&AtomicU32, u32) {
        let number = cycle >> 1;
        (&self.passed[(number >> 5 & 7) as usize], 1 << (number & 31))
    }

    /// With the lock.
    fn change(&self, to: u32) {
        let cycle = self.cycle.load(Ordering::Relaxed);
        let (bits, bit) = self.passed(cycle);
        if to & BROKEN == 0 && cycle & BROKEN == 0 {
            bits.fetch_or(bit, Ordering::Relaxed);
        } else {
            bits.fetch_and(!bit, Ordering::Relaxed);
        }
        self.waiting.store(0, Ordering::Relaxed);
        self.cycle.store(to, Ordering::Release);
        futex::wake(&self.cycle, u32::MAX);
    }

    fn with_lock<R>(&self, arena: &Arena, f: impl FnOnce() -> R) -> R {
        // Who died in here has left numbers that add up to a broken barrier, as it is known.
        let _ = self.lock.acquire(arena, None);
        let result = f();
        self.lock.release();
        result
    }

    /// Whether one of those who have come is dead.
    fn has_lost_one(&self, watch: &Watch<'_>) -> bool {
        self.known.iter().any(|known| {
            let known = owner(known.load(Ordering::Relaxed));
            known.is_some_and(|known| !watch.is_alive(known))
        })
    }

    /// With the lock: breaks it, if it is still in this cycle.
    fn break_in(&self, cycle: u32) {
        if self.cycle.load(Ordering::Relaxed) == cycle && cycle & BROKEN == 0 {
            self.change(cycle | BROKEN);
        }
    }

    /// Comes: its place, and the cycle to wait for the end of, unless it is the last.
    fn enter(&self, arena: &Arena) -> Result<(u32, Option<u32>), BrokenBarrier> {
        let own = arena.own();
        self.with_lock(arena, || {
            let cycle = self.cycle.load(Ordering::Relaxed);
            if cycle & BROKEN != 0 {
                return Err(BrokenBarrier);
            }
            // Otherwise the last one who comes would pass together with the dead.
            if self.has_lost_one(&Watch::new(arena)) {
                self.break_in(cycle);
                return Err(BrokenBarrier);
            }
            let is_own = |known: &&AtomicU32| known.load(Ordering::Relaxed) == own;
            if !self.known.iter().any(|known| is_own(&known)) {
                let free = |known: &&AtomicU32| known.load(Ordering::Relaxed) == 0;
                let place = self.known.iter().find(free).ok_or(BrokenBarrier)?;
                place.store(own, Ordering::Relaxed);
            }
            let index = self.waiting.load(Ordering::Relaxed);
            if index.saturating_add(1) >= self.parties.load(Ordering::Relaxed) {
                self.change(cycle.wrapping_add(2));
                return Ok((index, None));
            }
            self.waiting.store(index + 1, Ordering::Relaxed);
            Ok((index, Some(cycle)))
        })
    }

    /// One look of a wait for the end of a cycle.
    fn look(
        &self,
        arena: &Arena,
        watch: &Watch<'_>,
        cycle: u32,
    ) -> Look<'_, Result<(), BrokenBarrier>> {
        if self.cycle.load(Ordering::Acquire) == cycle && self.has_lost_one(watch) {
            self.with_lock(arena, || self.break_in(cycle));
        }
        let now = self.cycle.load(Ordering::Acquire);
        if now == cycle {
            return Look::Sleep(&self.cycle, cycle);
        }
        let (bits, bit) = self.passed(cycle);
        let passed = now != cycle | BROKEN && bits.load(Ordering::Relaxed) & bit != 0;
        Look::Done(if passed { Ok(()) } else { Err(BrokenBarrier) })
    }

    fn wait(&self, arena: &Arena, deadline: Option<Instant>) -> Result<usize, BrokenBarrier> {
        let (index, cycle) = self.enter(arena)?;
        if let Some(cycle) = cycle {
            let mut awake = Awake::new(deadline);
            while self.cycle.load(Ordering::Relaxed) == cycle && awake.turn() {}
            let look = |watch: &Watch<'_>| self.look(arena, watch, cycle);
            let waited = block(arena, deadline, look).unwrap_or_else(|Expired| {
                self.with_lock(arena, || self.break_in(cycle));
                // It may have ended meanwhile.
                match self.look(arena, &Watch::new(arena), cycle) {
                    Look::Done(outcome) => outcome,
                    Look::Sleep(..) => Err(BrokenBarrier),
                }
            });
            waited?;
        }
        Ok(index as usize)
    }
}

/// Has come, and waits; goes again if it is dropped.
struct Party<'a> {
    barrier: &'a Barrier,
    cycle: u32,
}

impl Drop for Party<'_> {
    fn drop(&mut self) {
        let raw = &*self.barrier.0;
        raw.with_lock(self.barrier.0.arena(), || {
            let waiting = raw.waiting.load(Ordering::Relaxed);
            if raw.cycle.load(Ordering::Relaxed) == self.cycle && waiting > 0 {
                raw.waiting.store(waiting - 1, Ordering::Relaxed);
            }
        });
    }
}

/// A meeting point of so many processes or threads: Python's `multiprocessing.Barrier` (row M-110).
///
/// If a process that has ever waited here dies, the barrier breaks, and nobody waits for ever. It can be used again after [`reset`](Self::reset).
///
/// ```
/// use selvedge::multiprocessing::spawn;
/// use selvedge::multiprocessing::synchronize::Barrier;
///
/// let barrier = Barrier::new(2).unwrap();
/// let child = spawn(|barrier: Barrier| barrier.wait().unwrap(), barrier.clone()).unwrap();
/// let mut places = [barrier.wait().unwrap(), child.join().unwrap()];
/// places.sort();
/// assert_eq!(places, [0, 1]);
/// ```
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Barrier(Handle<RawBarrier>);

/// The barrier is broken: time ran out for somebody, somebody died, or somebody said so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BrokenBarrier;

impl fmt::Display for BrokenBarrier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the barrier is broken")
    }
}

impl std::error::Error for BrokenBarrier {}

impl Barrier {
    /// A barrier for so many.
    ///
    /// # Errors
    ///
    /// As [`Lock::new`](super::Lock::new).
    ///
    /// # Panics
    ///
    /// If there are none.
    pub fn new(parties: u32) -> Result<Self, OpenError> {
        assert!(parties > 0, "a barrier needs at least one party");
        let raw = Handle::<RawBarrier>::new()?;
        raw.parties.store(parties, Ordering::Release);
        Ok(Self(raw))
    }

    /// How many bytes of a [`Region`] it takes.
    pub const SPACE: usize = space::<RawBarrier>();

    /// The barrier for so many at a place of a region: made there, or found.
    ///
    /// # Errors
    ///
    /// See [`PlaceError`].
    ///
    /// # Panics
    ///
    /// If there are none.
    pub fn placed(region: &Region, place: usize, parties: u32) -> Result<Self, PlaceError> {
        assert!(parties > 0, "a barrier needs at least one party");
        let init = |raw: &RawBarrier| raw.parties.store(parties, Ordering::Release);
        let raw = region.object(place, Kind::Barrier, parties.into(), init);
        raw.map(Self)
    }

    /// How many meet here.
    #[must_use]
    pub fn parties(&self) -> u32 {
        self.0.parties.load(Ordering::Relaxed)
    }

    /// How many wait: a snapshot.
    #[must_use]
    pub fn waiting(&self) -> u32 {
        self.0.waiting.load(Ordering::Relaxed)
    }

    /// Whether it is broken.
    #[must_use]
    pub fn is_broken(&self) -> bool {
        self.0.cycle.load(Ordering::Acquire) & BROKEN != 0
    }

    /// Waits until all have come. Each is told when it came, from 0.
    ///
    /// # Errors
    ///
    /// [`BrokenBarrier`].
    pub fn wait(&self) -> Result<usize, BrokenBarrier> {
        self.0.wait(self.0.arena(), None)
    }

    /// As [`wait`](Self::wait), at most for `timeout`; then the barrier breaks, for all.
    ///
    /// # Errors
    ///
    /// [`BrokenBarrier`].
    pub fn wait_timeout(&self, timeout: Duration) -> Result<usize, BrokenBarrier> {
        let deadline = Instant::now().checked_add(timeout);
        self.0.wait(self.0.arena(), deadline)
    }

    /// As [`wait_timeout`](Self::wait_timeout), until an instant.
    ///
    /// # Errors
    ///
    /// [`BrokenBarrier`].
    pub fn wait_deadline(&self, deadline: Instant) -> Result<usize, BrokenBarrier> {
        self.0.wait(self.0.arena(), Some(deadline))
    }

    /// As [`wait`](Self::wait), without blocking the thread. Dropping the future is as if the party had not come: nothing breaks; a place may be given twice then.
    ///
    /// # Errors
    ///
    /// [`BrokenBarrier`].
    pub async fn wait_async(&self) -> Result<usize, BrokenBarrier> {
        let (raw, arena) = (&*self.0, self.0.arena());
        let (index, cycle) = raw.enter(arena)?;
        if let Some(cycle) = cycle {
            let party = Party {
                barrier: self,
                cycle,
            };
            let outcome = wait(arena, |watch| raw.look(arena, watch, cycle)).await;
            // The cycle is over.
            std::mem::forget(party);
            outcome?;
        }
        Ok(index as usize)
    }

    /// Breaks it: all who wait, and all who come, are told.
    pub fn abort(&self) {
        let raw = &*self.0;
        raw.with_lock(self.0.arena(), || {
            raw.break_in(raw.cycle.load(Ordering::Relaxed));
        });
    }

    /// Makes it as new, without those who died. Who waits is told that it is broken.
    pub fn reset(&self) {
        let raw = &*self.0;
        raw.with_lock(self.0.arena(), || {
            for known in &raw.known {
                known.store(0, Ordering::Relaxed);
            }
            let cycle = raw.cycle.load(Ordering::Relaxed) & !BROKEN;
            // Those who wait see that theirs is over, and was not passed.
            raw.change(cycle | BROKEN);
            raw.cycle.store(cycle.wrapping_add(2), Ordering::Release);
        });
    }
}
