//! As many events as there is memory.
//!
//! # Why not a heap
//!
//! A heap of a million events is larger than a cache, and each event that is taken out makes a way through all of it; with back pointers, for the sake of `cancel`, each step of that way is another miss. So only what is due
//! soon is sorted here, and the rest lies in piles ([`Wheel`]). Nanoseconds to enter and run an event, at random times within a minute, all in one go, by `selvedge::sched`; on a busy virtual machine with two processors, so that
//! the last digits mean nothing:
//!
//! | | 20 000 events | 1 000 000 events |
//! |---|---|---|
//! | heap of four children with back pointers, actions in boxes | 121 | 1540 |
//! | these piles, actions in boxes | 98 | 490 |
//! | these piles, small actions in the slots | 95 | 230 – 285 |
//! | the same, and slots looked at a hundred at a time | 75 – 80 | 175 – 190 |
//! | the same, and chunks and slots asked for before they are needed (`soon.rs`) | 75 – 80 | 140 – 155 |
//!
//! What is left of the growth is, for the most part, that a store that is new touches its memory for the first time: entering takes 32 and 62, running 46 and 80. What did *not* help: slots that never move, in parts of twice the size each (twice as slow,
//! from the first touch on), and slots that begin a cache line (what running gains, the copies of growing lose), and the first chunk of the next pile asked for as well.
//!
//! # Where a key is
//!
//! | where | which | taken from |
//! |---|---|---|
//! | `wheel` | those later than the wheel's `base` | its first pile, when that is due |
//! | `run` | out of the first piles: not later than `base`; sorted | the front, which `taken` counts |
//! | `late` | those that came later still, but are not later than `base`; a heap | the top |
//!
//! An event that is cancelled gives up its slot at once, but its key stays where it is: it is *stale*, because the slot says another number, or none. Stale keys are dropped when they come up, or all at once when there
//! are more of them than others.

use alloc::vec::Vec;

use super::key::{Key, NEVER};
use super::slots::{Content, NIL, Slot, Vacancies};
use super::soon::needed_soon;
use super::store::Popped;
use super::store::private::{Keeps, Listed};
use super::wheel::{Place, Wheel};
use super::{Full, heap};

/// A pile of at most so many keys is not divided any more but sorted.
const FEW: u32 = 64;

/// At most so many keys are taken to `run` at a time out of piles of a few.
const BATCH: usize = 128;

/// In a pile of at most so many keys that is not due, stale ones are searched for rather than dividing it before its time.
const SOME: u32 = 1024;

/// So many stale keys are nothing to care about.
const TOLERANCE: u32 = 1024;

/// Room for as many events with actions `A` at instants `I` as there is memory: 2³² − 1 at most.
///
/// `enter` and `cancel` are O(1) for an event later than what has run already, and O(log n) for one that is not; taking the next event out is O(1), but for the sorting of those that are due together. All of this is amortised: now and
/// then a call divides a pile of many events, doubles an allocation, or drops what was cancelled, inside the guard. Where the longest call counts, as in an interrupt handler, take [`Fixed`](super::Fixed).
///
/// Memory that was needed once is kept for the next events until the store is dropped.
#[derive(Debug)]
pub struct Growing<A, I> {
    slots: Vec<Slot<A, I>>,
    vacancies: Vacancies,
    wheel: Wheel,
    run: Vec<Key>,
    /// How many of `run` are not there any more.
    taken: usize,
    late: Vec<Key>,
    /// How many keys are stale.
    stale: u32,
}

/// Where the first key is.
enum At {
    Run,
    Late,
    Wheel,
}

#[inline]
fn is_stale<A, I>(slots: &[Slot<A, I>], key: &Key) -> bool {
    let slot = &slots[key.slot as usize];
    slot.sequence != key.sequence || slot.content.is_none()
}

impl<A, I> Growing<A, I> {
    /// No room yet.
    pub const fn new() -> Self {
        Self {
            slots: Vec::new(),
            vacancies: Vacancies::new(),
            wheel: Wheel::new(),
            run: Vec::new(),
            taken: 0,
            late: Vec::new(),
            stale: 0,
        }
    }

    /// Finds the first key that is not stale. If it is due at `now`, it is not in the wheel.
    #[inline]
    fn head(&mut self, now: u64) -> Option<(Key, At)> {
        loop {
            while let Some(key) = self.run.get(self.taken) {
                if !is_stale(&self.slots, key) {
                    break;
                }
                self.taken += 1;
                self.stale -= 1;
            }
            while let Some(key) = self.late.first() {
                if !is_stale(&self.slots, key) {
                    break;
                }
                self.remove_late();
                self.stale -= 1;
            }
            match (self.run.get(self.taken), self.late.first()) {
                (Some(run), Some(late)) if late.is_before(run) => return Some((*late, At::Late)),
                (Some(run), _) => return Some((*run, At::Run)),
                (None, Some(late)) => return Some((*late, At::Late)),
                (None, None) => {}
            }
            let place = self.wheel.first()?;
            let least = self.wheel.pile(place).least;
            if least.ticks > now && !is_stale(&self.slots, &least) {
                return Some((least, At::Wheel));
            }
            self.open(place, now);
        }
    }

    fn remove_late(&mut self) {
        heap::remove(&mut self.late, 0, |_, _| {});
        self.late.pop();
    }

    /// Takes the first pile apart, while `run` is used up: because it is due, or because its least key is stale; and those behind it, while they are due and small.
    #[cold]
    fn open(&mut self, first: Place, now: u64) {
        self.run.clear();
        self.taken = 0;
        let mut next = Some(first);
        while let Some(place) = next {
            let begun = self.run.len();
            self.open_one(place, now);
            self.run[begun..].sort_unstable_by_key(Key::order);
            next = self.wheel.first().filter(|&place| {
                self.run.len() > begun
                    && self.run.len() + self.wheel.pile(place).len as usize <= BATCH
                    && self.wheel.last_of(place) <= now
            });
        }
        // All their slots are needed soon, and are far apart in memory. Looked at in one loop, their misses overlap.
        let (slots, stale) = (&self.slots, &mut self.stale);
        self.run.retain(|key| {
            let is_stale = is_stale(slots, key);
            *stale -= u32::from(is_stale);
            !is_stale
        });
    }

    /// Takes the first pile apart: what is not later than the new `base` goes to `run`, in no order, the rest into other piles.
    fn open_one(&mut self, place: Place, now: u64) {
        let last = self.wheel.last_of(place);
        let pile = self.wheel.remove(place);
        let (len, least) = (pile.len, pile.least.ticks);
        // What is not later goes to `run`: all that is due, if they are few, else at least the first. Not due: nothing, unless they are many.
        let base = if least <= now && len <= FEW {
            now.min(last)
        } else if least <= now || len > SOME && least != NEVER {
            least
        } else {
            self.wheel.base()
        };
        self.wheel.advance(base);
        let look = self.stale > 0;
        let (slots, stale, run) = (&self.slots, &mut self.stale, &mut self.run);
        self.wheel.empty(pile, |key| {
            if look && is_stale(slots, key) {
                *stale -= 1;
                return false;
            }
            if key.ticks <= base {
                needed_soon(&slots[key.slot as usize]);
                run.push(*key);
            }
            key.ticks > base
        });
    }

    /// Drops all stale keys.
    #[cold]
    fn tidy(&mut self) {
        let slots = &self.slots;
        self.run.drain(..self.taken);
        self.taken = 0;
        self.run.retain(|key| !is_stale(slots, key));
        self.late.retain(|key| !is_stale(slots, key));
        // What is sorted is a heap.
        self.late.sort_unstable_by_key(Key::order);
        for place in self.wheel.places() {
            let pile = self.wheel.remove(place);
            self.wheel.empty(pile, |key| !is_stale(slots, key));
        }
        self.stale = 0;
    }

    fn time(&self, key: &Key) -> Option<I>
    where
        I: Copy,
    {
        let content = self.slots[key.slot as usize].content.as_ref();
        content.and_then(|content| content.time)
    }
}

impl<A, I> Default for Growing<A, I> {
    fn default() -> Self {
        Self::new()
    }
}

#[allow(private_interfaces, reason = "out of reach")]
impl<A, I: Copy> Keeps for Growing<A, I> {
    type Action = A;
    type Instant = I;
    type Listing = Vec<Listed<I>>;

    #[inline]
    fn insert(
        &mut self,
        ticks: u64,
        priority: i32,
        content: Content<A, I>,
    ) -> Result<Key, Full<A>> {
        if ticks <= self.wheel.base() && self.vacancies.taken() == 0 {
            // Nothing keeps the wheel from going back.
            self.tidy();
            self.wheel.restart();
        }
        let slot = self.vacancies.next();
        if slot == NIL {
            return Err(Full(content.action));
        }
        if slot as usize >= self.slots.len() {
            self.slots.push(Slot::VACANT);
        }
        let slot = &mut self.slots[slot as usize];
        let key = self.vacancies.fill(slot, ticks, priority, content);
        if ticks > self.wheel.base() {
            self.wheel.file(key);
        } else {
            self.late.push(key);
            heap::push(&mut self.late, key, |_, _| {});
        }
        Ok(key)
    }

    fn remove(&mut self, sequence: u64, slot: u32) -> Option<A> {
        let filled = self.slots.get(slot as usize)?;
        if filled.sequence != sequence || filled.content.is_none() {
            return None;
        }
        let content = self.vacancies.empty(&mut self.slots[slot as usize], slot)?;
        self.stale += 1;
        if self.stale > TOLERANCE.max(self.vacancies.taken()) {
            self.tidy();
        }
        Some(content.action)
    }

    fn first(&mut self) -> Option<(Key, Option<I>)> {
        let (key, _) = self.head(0)?;
        Some((key, self.time(&key)))
    }

    #[inline]
    fn pop(&mut self, now: u64) -> Popped<A, I> {
        let Some((key, at)) = self.head(now) else {
            return Popped::Empty;
        };
        if key.ticks > now {
            return Popped::Later(key.ticks, self.time(&key));
        }
        match at {
            At::Run => self.taken += 1,
            At::Late => self.remove_late(),
            At::Wheel => return Popped::Later(key.ticks, self.time(&key)),
        }
        let slot = &mut self.slots[key.slot as usize];
        match self.vacancies.empty(slot, key.slot) {
            Some(content) => Popped::Due(key, content),
            None => Popped::Empty,
        }
    }

    fn len(&self) -> usize {
        self.vacancies.taken() as usize
    }

    fn listing(len: usize) -> Self::Listing {
        alloc::vec![Listed::VACANT; len]
    }

    fn list(&self, listing: &mut Self::Listing) -> Option<usize> {
        let len = self.len();
        let listing = listing.get_mut(..len)?;
        let run = &self.run[self.taken..];
        let keys = self.wheel.keys().chain(run).chain(&self.late);
        let alive = keys.filter(|key| !is_stale(&self.slots, key));
        for (listed, key) in listing.iter_mut().zip(alive) {
            listed.key = *key;
            listed.time = self.time(key);
        }
        Some(len)
    }
}
