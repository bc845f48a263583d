//! Semaphores for processes, whose permits come back from the dead.
//!
//! # The problem
//!
//! What a process holds must be known exactly at every instant, as it may be killed between any two instructions; but taking a permit changes two things, how many are left and how many this process has. So every operation is written down before it is done, and what has been done can be told from what is there.
//!
//! # Words
//!
//! `state`, 64 bits: how many permits are left (32), and which operation made it so: the slot of a process, counted from 1 (7), and a number (25).
//!
//! For each slot a record, which only its process changes as long as that lives, one thread at a time ([`Arena::turn`]):
//!
//! | word | meaning |
//! |---|---|
//! | `plan` | what is being done: nothing (then it is the generation), or the operation's number (25), whether it takes or gives (1), how many (31), the lowest bits of the generation (6), and that it is something (1) |
//! | `held` | how many permits the process has (32, signed), and the number of the last operation that is in it (25) |
//! | `seen` | the number of the last operation that somebody has seen in `state` |
//! | `generation` | of the process that the record is of |
//!
//! # An operation
//!
//! 1. Write the plan, by compare-and-swap from "nothing". Who has the turn and finds a plan there has found memory that somebody has written nonsense into: a thread that is stopped in the middle, by a debugger or by others that are more urgent, still has the turn, and is waited for.
//! 2. Before `state` is changed, note in the record of the operation that made it what it is that it has been seen; then change `state`, to what this operation makes of it.
//! 3. Write `held`, with the number. 4. Clear the plan.
//!
//! # After a death
//!
//! Whoever finds a record whose process is dead and whose plan is not empty asks: is the operation in `held`? Then it is done. Is its number in `state`, or has it been `seen`? Then step 2 is done, and 3 is to be done. Neither? Then it has not happened, and nobody will do it. After that the permits that the dead one
//! has are given back, by an operation in its name. Each of these steps is a compare-and-swap from what was found, so any number of processes may do them at the same time, and die meanwhile. A new process that gets the slot does this first, and then puts its own generation into the record, after which the
//! compare-and-swaps of those who are late fail.
//!
//! Edge `shared-semaphore`: giving a permit (Release) to whoever takes one afterwards (Acquire). All accesses are sequentially consistent, for simplicity, but for steps 3 and 4: whoever reads these before the process is dead comes after it in the turn, and the dead have done all that they have done, and in this order.

use std::fmt;
use std::sync::atomic::{
    AtomicU32, AtomicU64,
    Ordering::{Release, SeqCst},
};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::arena::{Arena, Handle, Member, SLOTS, low_half};
use super::asynchronous::wait;
use super::awake::Awake;
use super::futex::{self, Expired};
use super::look::{Look, block};
use super::region::{Kind, PlaceError, Region, space};
use super::watch::Watch;
use crate::multiprocessing::shared_memory::OpenError;
use crate::threading::TimedOut;

/// The most permits there can be.
const MOST: u32 = i32::MAX as u32;
const NUMBERS: u32 = (1 << 25) - 1;
/// Who has tried so often has found a record that no process leaves behind: somebody has written into the memory. Nobody need be waited for, as each can do what the dead have left undone.
const NONSENSE: u32 = 10_000;

#[derive(Debug)]
#[repr(C)]
pub(super) struct RawSemaphore {
    state: AtomicU64,
    /// How many may sleep; too many after a death.
    waiters: AtomicU32,
    /// What it began with, for those that are bounded; 0 for others. And one more.
    bound: AtomicU32,
    records: [Record; SLOTS],
}

#[derive(Debug)]
#[repr(C)]
struct Record {
    plan: AtomicU64,
    held: AtomicU64,
    seen: AtomicU32,
    generation: AtomicU32,
}

/// What an operation does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Plan {
    number: u32,
    gives: bool,
    count: u32,
    /// Its process's, as far as there is room for it.
    generation: u32,
}

/// How much of a generation there is room for in a plan.
const GENERATIONS: u32 = 63;

impl Plan {
    fn pack(self) -> u64 {
        1 << 63
            | u64::from(self.gives) << 62
            | u64::from(self.generation & GENERATIONS) << 56
            | u64::from(self.number) << 31
            | u64::from(self.count)
    }

    fn read(word: u64) -> Option<Self> {
        (word >> 63 != 0).then_some(Self {
            number: (word >> 31) as u32 & NUMBERS,
            gives: word >> 62 & 1 != 0,
            count: word as u32 & MOST,
            generation: (word >> 56) as u32 & GENERATIONS,
        })
    }

    fn held_after(self, held: i32) -> i32 {
        let count = self.count as i32;
        if self.gives {
            held.wrapping_sub(count)
        } else {
            held.wrapping_add(count)
        }
    }
}

/// `held`: permits and number.
fn held_of(word: u64) -> (i32, u32) {
    (word as u32 as i32, (word >> 32) as u32 & NUMBERS)
}

fn held(permits: i32, number: u32) -> u64 {
    u64::from(permits as u32) | u64::from(number) << 32
}

fn state(left: u32, slot: usize, number: u32) -> u64 {
    u64::from(left) | (slot as u64 + 1) << 32 | u64::from(number & NUMBERS) << 39
}

/// Whose operation made the state what it is.
fn maker(state: u64) -> Option<(usize, u32)> {
    let slot = (state >> 32 & 0x7F) as usize;
    Some((slot.checked_sub(1)?, (state >> 39) as u32 & NUMBERS))
}

/// Numbers go round.
fn is_at_least(number: u32, other: u32) -> bool {
    number.wrapping_sub(other) & NUMBERS <= NUMBERS / 2
}

/// Why an operation was not done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Refused {
    /// There are not so many permits.
    Empty,
    /// There would be too many.
    Full,
}

/// One more who waits.
struct Counted<'a>(&'a AtomicU32);

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, SeqCst);
    }
}

impl RawSemaphore {
    fn init(&self, permits: u32, bounded: bool) {
        self.bound
            .store(if bounded { permits + 1 } else { 0 }, SeqCst);
        self.state.store(permits.into(), SeqCst);
    }

    fn most(&self) -> u32 {
        match self.bound.load(SeqCst) {
            0 => MOST,
            bound => (bound - 1).min(MOST),
        }
    }

    /// Step 2: `None` if it has been done already, by whoever.
    fn change(&self, slot: usize, plan: Plan) -> Result<(), Refused> {
        loop {
            let before = self.state.load(SeqCst);
            if maker(before) == Some((slot, plan.number)) {
                return Ok(());
            }
            if let Some(record) = self.records.get(slot)
                && record.generation.load(SeqCst) != 0
                && is_at_least(record.seen.load(SeqCst), plan.number)
            {
                return Ok(());
            }
            self.note(before);
            let left = before as u32;
            let after = if plan.gives {
                left.checked_add(plan.count)
                    .filter(|left| *left <= self.most())
            } else {
                left.checked_sub(plan.count)
            };
            let after = after.ok_or(if plan.gives {
                Refused::Full
            } else {
                Refused::Empty
            })?;
            let after = state(after, slot, plan.number);
            if self
                .state
                .compare_exchange(before, after, SeqCst, SeqCst)
                .is_ok()
            {
                return Ok(());
            }
        }
    }

    /// Notes that the operation that made this state has been seen.
    fn note(&self, state: u64) {
        let Some((record, number)) =
            maker(state).and_then(|(slot, number)| Some((self.records.get(slot)?, number)))
        else {
            return;
        };
        let mut seen = record.seen.load(SeqCst);
        while !is_at_least(seen, number) {
            match record.seen.compare_exchange(seen, number, SeqCst, SeqCst) {
                Ok(_) => return,
                Err(now) => seen = now,
            }
        }
    }

    /// An operation of this process.
    fn operate(&self, arena: &Arena, gives: bool, count: u32) -> Result<(), Refused> {
        if count > MOST {
            return Err(Refused::Full);
        }
        let member = arena.member();
        let record = &self.records[member.slot];
        let nonsense = if gives { Refused::Full } else { Refused::Empty };
        let _turn = arena.turn(self);
        if record.generation.load(SeqCst) != member.generation && !self.begin(member) {
            return Err(nonsense);
        }
        let idle = u64::from(member.generation);
        let (permits, last) = held_of(record.held.load(SeqCst));
        let plan = Plan {
            number: last.wrapping_add(1) & NUMBERS,
            gives,
            count,
            generation: member.generation,
        };
        if record
            .plan
            .compare_exchange(idle, plan.pack(), SeqCst, SeqCst)
            .is_err()
        {
            return Err(nonsense);
        }
        let outcome = self.change(member.slot, plan);
        if outcome.is_ok() {
            let after = held(plan.held_after(permits), plan.number);
            record.held.store(after, Release);
        }
        record.plan.store(idle, Release);
        outcome
    }

    /// With the turn. The first use of a record by a new process: after its last owner has been put in order. False if there is no order in it.
    #[cold]
    fn begin(&self, member: Member) -> bool {
        let record = &self.records[member.slot];
        for _ in 0..NONSENSE {
            let before = record.generation.load(SeqCst);
            if before == member.generation {
                return true;
            }
            if before != 0 {
                self.bury(member.slot, before);
            }
            let (_, number) = held_of(record.held.load(SeqCst));
            // Mostly the generation from before; one that died in here has left its own.
            let (old, new) = (record.plan.load(SeqCst), u64::from(member.generation));
            if old != new
                && Plan::read(old).is_none()
                && record
                    .plan
                    .compare_exchange(old, new, SeqCst, SeqCst)
                    .is_ok()
            {
                // What it had given more than taken is forgotten.
                record.held.store(held(0, number), SeqCst);
                record.generation.store(member.generation, SeqCst);
            }
        }
        false
    }

    /// Gives back what the dead process of this generation has.
    fn bury(&self, slot: usize, generation: u32) {
        let record = &self.records[slot];
        let idle = u64::from(generation);
        loop {
            let word = record.held.load(SeqCst);
            let (permits, last) = held_of(word);
            let planned = record.plan.load(SeqCst);
            let Some(plan) = Plan::read(planned) else {
                if permits <= 0 || planned != idle {
                    return;
                }
                let plan = Plan {
                    number: last.wrapping_add(1) & NUMBERS,
                    gives: true,
                    count: permits as u32,
                    generation,
                };
                let _ = record
                    .plan
                    .compare_exchange(idle, plan.pack(), SeqCst, SeqCst);
                continue;
            };
            if plan.generation != generation & GENERATIONS {
                return;
            }
            if is_at_least(last, plan.number) {
                // All done but the last step.
                let _ = record.plan.compare_exchange(planned, idle, SeqCst, SeqCst);
                continue;
            }
            let current = self.state.load(SeqCst);
            self.note(current);
            let happened = maker(current) == Some((slot, plan.number))
                || is_at_least(record.seen.load(SeqCst), plan.number);
            let permits = if happened {
                plan.held_after(permits)
            } else if plan.gives && i64::from(plan.count) == i64::from(permits) {
                // In its name: what is planned here, or what it had planned itself, which is the same.
                if self.change(slot, plan).is_ok() {
                    continue;
                }
                // Others have given so many that there is no room for these.
                0
            } else {
                permits
            };
            let _ = record
                .held
                .compare_exchange(word, held(permits, plan.number), SeqCst, SeqCst);
        }
    }

    /// Buries all who are dead; whether there were any.
    fn bury_the_dead(&self, arena: &Arena, watch: &Watch<'_>) -> bool {
        let used = (arena.header().used.load(SeqCst) as usize).min(SLOTS);
        let mut found = false;
        for (slot, record) in self.records[..used].iter().enumerate() {
            let generation = record.generation.load(SeqCst);
            let busy = Plan::read(record.plan.load(SeqCst)).is_some();
            let has = held_of(record.held.load(SeqCst)).0 > 0 || busy;
            if generation != 0 && has && !watch.is_alive(Member { slot, generation }) {
                self.bury(slot, generation);
                found = true;
            }
        }
        if found && self.waiters.load(SeqCst) > 0 {
            futex::wake(self.left(), u32::MAX);
        }
        found
    }

    /// The half of the state that says how many are left: what is slept on.
    fn left(&self) -> &AtomicU32 {
        low_half(&self.state)
    }

    fn try_acquire(&self, arena: &Arena) -> bool {
        if self.operate(arena, false, 1).is_ok() {
            return true;
        }
        self.bury_the_dead(arena, &Watch::new(arena)) && self.operate(arena, false, 1).is_ok()
    }

    fn acquire(&self, arena: &Arena, deadline: Option<Instant>) -> Result<(), Expired> {
        if self.operate(arena, false, 1).is_ok() {
            return Ok(());
        }
        let mut awake = Awake::new(deadline);
        while awake.turn() {
            if self.state.load(SeqCst) as u32 > 0 && self.operate(arena, false, 1).is_ok() {
                return Ok(());
            }
        }
        let _counted = self.counted();
        block(arena, deadline, |watch| self.look(arena, watch))
    }

    /// As one of those who wait.
    fn counted(&self) -> Counted<'_> {
        self.waiters.fetch_add(1, SeqCst);
        Counted(&self.waiters)
    }

    /// One look of a wait, by one that is counted.
    fn look(&self, arena: &Arena, watch: &Watch<'_>) -> Look<'_, ()> {
        self.bury_the_dead(arena, watch);
        match self.operate(arena, false, 1) {
            Ok(()) => Look::Done(()),
            Err(_) => Look::Sleep(self.left(), 0),
        }
    }

    fn release(&self, arena: &Arena, count: u32) -> Result<(), Refused> {
        if count == 0 {
            return Ok(());
        }
        self.operate(arena, true, count)?;
        if self.waiters.load(SeqCst) > 0 {
            futex::wake(self.left(), count);
        }
        Ok(())
    }
}

/// A number of permits that processes share: Python's `multiprocessing.Semaphore` (rows M-100, M-102).
///
/// It lies in memory that processes share; a clone, an argument of a [`Process`](crate::multiprocessing::Process) and a message over a connection are handles of the same semaphore.
///
/// # A holder that dies
///
/// The permits that a process has taken and not given back come back when it ends, however it does, within a moment if somebody waits for them. A process that gives more than it has taken is not asked for them. (In Python they are lost.)
///
/// Not fair.
///
/// ```
/// use selvedge::multiprocessing::spawn;
/// use selvedge::multiprocessing::synchronize::Semaphore;
///
/// let seats = Semaphore::new(1).unwrap();
/// let child = spawn(|seats: Semaphore| -> () {
///     seats.acquire().keep();
///     std::process::abort()
/// }, seats.clone()).unwrap();
/// assert!(child.join().is_err());
/// drop(seats.acquire()); // it came back
/// ```
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Semaphore(Handle<RawSemaphore>);

/// A [`Semaphore`] that never has more permits than it began with: Python's `multiprocessing.BoundedSemaphore` (row M-101).
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct BoundedSemaphore(Semaphore);

/// A permit; given back when this is dropped.
#[must_use = "the permit is given back when this is dropped"]
#[derive(Debug)]
pub struct Permit<'a>(&'a Semaphore);

impl Permit<'_> {
    /// Keeps it until somebody calls [`Semaphore::release`], or this process ends.
    pub fn keep(self) {
        std::mem::forget(self);
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        // More than there can be: somebody else has given too many.
        let _ = self.0.release(1);
    }
}

/// There would be more permits than there can be; nothing has changed. (Python: `ValueError`.)
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooManyReleases;

impl fmt::Display for TooManyReleases {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the semaphore would have more permits than it can have")
    }
}

impl std::error::Error for TooManyReleases {}

impl Semaphore {
    /// A semaphore with so many permits, 2³¹ − 1 at most.
    ///
    /// # Errors
    ///
    /// If the system refuses the memory, or this libc's threads cannot be watched.
    ///
    /// # Panics
    ///
    /// If `permits` is more than that.
    pub fn new(permits: u32) -> Result<Self, OpenError> {
        Self::make(permits, false)
    }

    fn make(permits: u32, bounded: bool) -> Result<Self, OpenError> {
        assert!(
            permits <= MOST,
            "a semaphore has 2147483647 permits at most"
        );
        let handle = Handle::<RawSemaphore>::new()?;
        handle.init(permits, bounded);
        Ok(Self(handle))
    }

    /// How many bytes of a [`Region`] it takes.
    pub const SPACE: usize = space::<RawSemaphore>();

    /// The semaphore of so many permits at a place of a region: made there, or found.
    ///
    /// # Errors
    ///
    /// See [`PlaceError`].
    ///
    /// # Panics
    ///
    /// As [`new`](Self::new).
    pub fn placed(region: &Region, place: usize, permits: u32) -> Result<Self, PlaceError> {
        Self::make_at(region, place, permits, false)
    }

    fn make_at(
        region: &Region,
        place: usize,
        permits: u32,
        bounded: bool,
    ) -> Result<Self, PlaceError> {
        assert!(
            permits <= MOST,
            "a semaphore has 2147483647 permits at most"
        );
        let kind = if bounded {
            Kind::BoundedSemaphore
        } else {
            Kind::Semaphore
        };
        let init = |raw: &RawSemaphore| raw.init(permits, bounded);
        region.object(place, kind, permits.into(), init).map(Self)
    }

    /// Waits for a permit, and takes it.
    pub fn acquire(&self) -> Permit<'_> {
        match self.0.acquire(self.0.arena(), None) {
            Ok(()) => Permit(self),
            Err(Expired) => unreachable!("there was no time limit"),
        }
    }

    /// As [`acquire`](Self::acquire), without waiting; `None` if there is none.
    pub fn try_acquire(&self) -> Option<Permit<'_>> {
        self.0.try_acquire(self.0.arena()).then(|| Permit(self))
    }

    /// As [`acquire`](Self::acquire), at most for `timeout`; the longest ones mean for ever.
    ///
    /// # Errors
    ///
    /// [`TimedOut`].
    pub fn acquire_timeout(&self, timeout: Duration) -> Result<Permit<'_>, TimedOut> {
        self.acquire_until(Instant::now().checked_add(timeout))
    }

    /// As [`acquire_timeout`](Self::acquire_timeout), until an instant.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn acquire_deadline(&self, deadline: Instant) -> Result<Permit<'_>, TimedOut> {
        self.acquire_until(Some(deadline))
    }

    fn acquire_until(&self, deadline: Option<Instant>) -> Result<Permit<'_>, TimedOut> {
        match self.0.acquire(self.0.arena(), deadline) {
            Ok(()) => Ok(Permit(self)),
            Err(Expired) => Err(TimedOut),
        }
    }

    /// As [`acquire`](Self::acquire), without blocking the thread. Dropping the future loses nothing.
    pub async fn acquire_async(&self) -> Permit<'_> {
        let (raw, arena) = (&*self.0, self.0.arena());
        if raw.operate(arena, false, 1).is_err() {
            let _counted = raw.counted();
            wait(arena, |watch| raw.look(arena, watch)).await;
        }
        Permit(self)
    }

    /// Gives `count` permits, whether they were taken or not.
    ///
    /// # Errors
    ///
    /// [`TooManyReleases`]; nothing has changed.
    pub fn release(&self, count: u32) -> Result<(), TooManyReleases> {
        let given = self.0.release(self.0.arena(), count);
        given.map_err(|_| TooManyReleases)
    }

    /// How many permits are left: a snapshot (row M-102). What a dead process had is among them after the next one has asked for a permit in vain.
    #[must_use]
    pub fn value(&self) -> u32 {
        self.0.state.load(SeqCst) as u32
    }
}

impl BoundedSemaphore {
    /// A semaphore with so many permits, and never more.
    ///
    /// # Errors
    ///
    /// As [`Semaphore::new`].
    ///
    /// # Panics
    ///
    /// As there.
    pub fn new(permits: u32) -> Result<Self, OpenError> {
        Semaphore::make(permits, true).map(Self)
    }

    /// The semaphore of so many permits at a place of a region: made there, or found.
    ///
    /// # Errors
    ///
    /// See [`PlaceError`].
    ///
    /// # Panics
    ///
    /// As [`new`](Self::new).
    pub fn placed(region: &Region, place: usize, permits: u32) -> Result<Self, PlaceError> {
        Semaphore::make_at(region, place, permits, true).map(Self)
    }
}

/// All that a [`Semaphore`] can do; giving too many is an error.
impl std::ops::Deref for BoundedSemaphore {
    type Target = Semaphore;

    fn deref(&self) -> &Semaphore {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A process that died in the middle of its first operation keeps nobody from the record.
    #[test]
    fn dead_beginners() {
        let semaphore = Semaphore::new(2).unwrap();
        let member = semaphore.0.arena().member();
        let record = &semaphore.0.records[member.slot];
        let (last, died) = (
            member.generation.wrapping_add(40),
            member.generation.wrapping_add(41),
        );
        record.generation.store(last, SeqCst);
        record.plan.store(died.into(), SeqCst);
        let (sender, receiver) = std::sync::mpsc::channel();
        let other = semaphore.clone();
        std::thread::spawn(move || {
            drop(other.acquire());
            sender.send(other.value())
        });
        let value = receiver.recv_timeout(Duration::from_secs(120));
        assert_eq!(value, Ok(2));
        assert_eq!(record.generation.load(SeqCst), member.generation);
    }

    /// However long a thread is stopped in the middle of an operation, the others wait, and give and take then.
    #[test]
    fn stopped_threads_are_waited_for() {
        let semaphore = Semaphore::new(0).unwrap();
        let other = semaphore.clone();
        let (sender, receiver) = std::sync::mpsc::channel();
        let arena = semaphore.0.arena();
        let stopped = arena.turn(&*semaphore.0);
        std::thread::spawn(move || {
            let given = other.release(2);
            sender.send((given, other.try_acquire().map(Permit::keep)))
        });
        // For longer than anybody would wait for a few instructions.
        let early = receiver.recv_timeout(Duration::from_millis(1500));
        assert!(early.is_err());
        drop(stopped);
        let late = receiver.recv_timeout(Duration::from_secs(120));
        assert_eq!(late, Ok((Ok(()), Some(()))));
        assert_eq!(semaphore.value(), 1);
    }

    /// What no process leaves behind is refused, and nobody waits for its end.
    #[test]
    fn nonsense_is_refused() {
        let semaphore = Semaphore::new(1).unwrap();
        drop(semaphore.acquire());
        let record = &semaphore.0.records[semaphore.0.arena().member().slot];
        let idle = record.plan.swap(1 << 63 | 77, SeqCst);
        assert_eq!(semaphore.release(1), Err(TooManyReleases));
        assert!(semaphore.try_acquire().is_none());
        record.plan.store(idle, SeqCst);
        semaphore.release(1).unwrap();
        assert_eq!(semaphore.value(), 2);
        record.generation.store(0, SeqCst);
        record.plan.store(1 << 63 | 77, SeqCst);
        assert_eq!(semaphore.release(1), Err(TooManyReleases));
    }
}
