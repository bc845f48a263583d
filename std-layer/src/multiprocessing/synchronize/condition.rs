//! A condition for processes.
//!
//! # Who waits
//!
//! A table in shared memory has an entry for each waiter: its process, when it came, and a word that it sleeps on. Entries are taken, and notified, by whoever holds the lock; so a notification goes to those who waited longest, exactly so many, and to nobody who is dead.
//!
//! | word | meaning |
//! |---|---|
//! | 0 | free |
//! | 1 | waits |
//! | 2 | was notified |
//!
//! One that was notified and dies before it has gone on would take the notification to its grave. So its entry stays as it is until it has the lock again: if it dies before, all who sleep wake up by its lifeline, and the first of them that makes the entry its own, by one compare-and-swap of the owner, has the notification, and gives its old entry up. If that has
//! been notified meanwhile, it has two, and makes one of them nobody's, which is as good as a dead one's; then all in the arena look again. If it dies after it has the lock, the next one to take the lock is told.
//!
//! What nobody could take, as nobody else waited, is not for those who come later: who enters when nobody waits clears it away.

use std::fmt;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::arena::{Arena, Handle};
use super::asynchronous::wait;
use super::awake::Awake;
use super::futex::{self, Expired};
use super::lock::{Lock, LockGuard, OwnerDied, owner};
use super::look::{Look, block};
use super::region::{Kind, PlaceError, Region, space};
use super::watch::Watch;
use crate::multiprocessing::shared_memory::OpenError;

/// How many can wait at the same time.
const ENTRIES: usize = 120;

const FREE: u32 = 0;
const WAITS: u32 = 1;
const NOTIFIED: u32 = 2;

/// The owner of an entry that is left over by one who lives.
const NOBODY: u32 = 0;

#[derive(Debug)]
#[repr(C)]
pub(super) struct RawCondition {
    tickets: AtomicU32,
    _room: [u32; 3],
    entries: [Entry; ENTRIES],
}

#[derive(Debug)]
#[repr(C)]
struct Entry {
    word: AtomicU32,
    owner: AtomicU32,
    ticket: AtomicU32,
    _room: u32,
}

impl Entry {
    fn is_of_the_dead(&self, watch: &Watch<'_>) -> bool {
        owner(self.owner.load(Ordering::Relaxed)).is_none_or(|owner| !watch.is_alive(owner))
    }

    /// Makes it the caller's, if it was notified and its owner is dead or nobody.
    ///
    /// It cannot become another thing between the look and the change: whoever makes it that is its owner first, and lives.
    fn take_over(&self, own: u32, watch: &Watch<'_>) -> bool {
        let before = self.owner.load(Ordering::Acquire);
        owner(before).is_none_or(|owner| !watch.is_alive(owner))
            && self.word.load(Ordering::Acquire) == NOTIFIED
            && self
                .owner
                .compare_exchange(before, own, Ordering::AcqRel, Ordering::Relaxed)
                .is_ok()
    }

    fn change(&self, from: u32, to: u32) -> bool {
        // What is protected goes by the lock; these carry the entry's own fields.
        self.word
            .compare_exchange(from, to, Ordering::AcqRel, Ordering::Acquire)
            .is_ok()
    }
}

impl RawCondition {
    /// With the lock: an entry for the caller.
    fn enter(&self, arena: &Arena) -> Option<&Entry> {
        let watch = Watch::new(arena);
        let own = arena.own();
        if self.oldest(&watch).is_none() {
            let left_over = self.entries.iter().filter(|it| it.take_over(own, &watch));
            left_over.for_each(|entry| entry.word.store(FREE, Ordering::Release));
        }
        let entry = self.entries.iter().find(|entry| {
            let word = entry.word.load(Ordering::Acquire);
            // A notified one stays, for whoever is to take its place.
            word == FREE
                || word == WAITS && entry.is_of_the_dead(&watch) && entry.change(WAITS, FREE)
        })?;
        let ticket = self.tickets.fetch_add(1, Ordering::Relaxed);
        entry.ticket.store(ticket, Ordering::Relaxed);
        entry.owner.store(own, Ordering::Relaxed);
        entry.word.store(WAITS, Ordering::Release);
        Some(entry)
    }

    /// Without the lock: one look of a wait until it is notified; the entry that says so, to be freed with the lock.
    fn look<'a>(
        &'a self,
        arena: &Arena,
        entry: &'a Entry,
        watch: &Watch<'_>,
    ) -> Look<'a, &'a Entry> {
        let own = arena.own();
        if entry.word.load(Ordering::Acquire) == NOTIFIED {
            return Look::Done(entry);
        }
        let mut entries = self.entries.iter();
        let Some(other) = entries.find(|other| other.take_over(own, watch)) else {
            return Look::Sleep(&entry.word, WAITS);
        };
        if entry.change(WAITS, FREE) {
            return Look::Done(other);
        }
        self.leave(arena, other);
        Look::Done(entry)
    }

    /// Makes a notification, and the entry that has it, somebody else's who waits.
    fn leave(&self, arena: &Arena, notified: &Entry) {
        notified.owner.store(NOBODY, Ordering::Release);
        // Their own words stay as they are, so one that is about to sleep would not notice a mere wake-up.
        arena.stir();
    }

    /// Without the lock: waits until it is notified. `None` if time ran out.
    fn sleep<'a>(
        &'a self,
        arena: &Arena,
        entry: &'a Entry,
        deadline: Option<Instant>,
    ) -> Option<&'a Entry> {
        let mut awake = Awake::new(deadline);
        while entry.word.load(Ordering::Relaxed) == WAITS && awake.turn() {}
        let look = |watch: &Watch<'_>| self.look(arena, entry, watch);
        match block(arena, deadline, look) {
            Ok(notified) => Some(notified),
            Err(Expired) if entry.change(WAITS, FREE) => None,
            // Notified in the last moment.
            Err(Expired) => Some(entry),
        }
    }

    fn oldest(&self, watch: &Watch<'_>) -> Option<&Entry> {
        let now = self.tickets.load(Ordering::Relaxed);
        let waiting = self.entries.iter().filter(|entry| {
            entry.word.load(Ordering::Acquire) == WAITS && !entry.is_of_the_dead(watch)
        });
        waiting.max_by_key(|entry| now.wrapping_sub(entry.ticket.load(Ordering::Relaxed)))
    }

    /// With the lock.
    fn notify(&self, arena: &Arena, count: usize) -> usize {
        let watch = Watch::new(arena);
        let mut notified = 0;
        while notified < count {
            let Some(entry) = self.oldest(&watch) else {
                break;
            };
            if entry.change(WAITS, NOTIFIED) {
                futex::wake(&entry.word, 1);
                notified += 1;
            }
        }
        notified
    }
}

/// An asynchronous wait that may be dropped: leaves its entry, and passes on what it has been notified of.
struct Waiter<'a> {
    raw: &'a Handle<RawCondition>,
    entry: &'a Entry,
}

impl Drop for Waiter<'_> {
    fn drop(&mut self) {
        if !self.entry.change(WAITS, FREE) {
            self.raw.leave(self.raw.arena(), self.entry);
        }
    }
}

/// Waiting for something to become true under a [`Lock`], for processes: Python's `multiprocessing.Condition` (rows M-106 to M-108).
///
/// Notifications go to those who have waited longest, exactly so many; none is spent on a process that is dead, or lost with one that dies before it goes on, and a notifier waits for nobody (in Python it may hang, row M-108). Up to 120 can wait at the same time.
///
/// The lock is a [`Lock`], and not an [`RLock`](super::RLock), which is Python's default: a wait would give that up at all its levels, while the guards of the outer ones say that it is held.
///
/// ```
/// use selvedge::multiprocessing::shared_memory::SharedMemory;
/// use selvedge::multiprocessing::spawn;
/// use selvedge::multiprocessing::synchronize::Condition;
///
/// let ready = Condition::new().unwrap();
/// let flag = SharedMemory::anonymous(1).unwrap();
/// let child = spawn(
///     |(ready, flag): (Condition, SharedMemory)| {
///         let guard = ready.acquire().unwrap();
///         flag.set(0, &1_u8).unwrap();
///         ready.notify_all(&guard);
///     },
///     (ready.clone(), flag.try_clone().unwrap()),
/// )
/// .unwrap();
/// let guard = ready.acquire().unwrap();
/// drop(ready.wait_for(guard, |_| flag.get::<u8>(0).unwrap() == 1).unwrap());
/// child.join().unwrap();
/// ```
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Condition {
    lock: Lock,
    raw: Handle<RawCondition>,
}

/// Why a wait ended otherwise than by a notification, or with a lock that is not in order.
#[derive(Debug)]
#[non_exhaustive]
pub enum WaitError<'a> {
    /// Time ran out; the lock is held.
    TimedOut(LockGuard<'a>),
    /// The lock was taken again from a dead process; whether there was a notification is to be seen by what it was about.
    OwnerDied(OwnerDied<'a>),
    /// 120 wait already; the lock was not released.
    TooMany(LockGuard<'a>),
}

impl fmt::Display for WaitError<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TimedOut(_) => crate::threading::TimedOut.fmt(f),
            Self::OwnerDied(died) => died.fmt(f),
            Self::TooMany(_) => write!(f, "{ENTRIES} wait for the condition already"),
        }
    }
}

impl std::error::Error for WaitError<'_> {}

impl Condition {
    /// A condition with a lock of its own.
    ///
    /// # Errors
    ///
    /// As [`Lock::new`].
    pub fn new() -> Result<Self, OpenError> {
        Self::with_lock(Lock::new()?)
    }

    /// A condition under a lock, which may have others.
    ///
    /// # Errors
    ///
    /// As [`Lock::new`].
    pub fn with_lock(lock: Lock) -> Result<Self, OpenError> {
        let raw = Handle::new()?;
        Ok(Self { lock, raw })
    }

    /// How many bytes of a [`Region`] it takes, with its lock.
    pub const SPACE: usize = Lock::SPACE + space::<RawCondition>();

    /// The condition at a place of a region, with its lock: made there, or found.
    ///
    /// # Errors
    ///
    /// See [`PlaceError`].
    pub fn placed(region: &Region, place: usize) -> Result<Self, PlaceError> {
        let lock = Lock::placed(region, place)?;
        let raw = region.object(place + Lock::SPACE, Kind::Condition, 0, |_| ())?;
        Ok(Self { lock, raw })
    }

    /// The lock.
    #[must_use]
    pub fn lock(&self) -> &Lock {
        &self.lock
    }

    /// Takes the lock: [`Lock::acquire`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn acquire(&self) -> Result<LockGuard<'_>, OwnerDied<'_>> {
        self.lock.acquire()
    }

    /// Releases the lock, waits until notified, and takes the lock again. Other forms: [`wait_timeout`](Self::wait_timeout), [`wait_deadline`](Self::wait_deadline), [`wait_async`](Self::wait_async); and
    /// [`wait_for`](Self::wait_for) for something to become true.
    ///
    /// # Errors
    ///
    /// [`WaitError::OwnerDied`], [`WaitError::TooMany`].
    ///
    /// # Panics
    ///
    /// If the guard is of another lock.
    pub fn wait<'a>(&'a self, guard: LockGuard<'a>) -> Result<LockGuard<'a>, WaitError<'a>> {
        self.wait_until(guard, None)
    }

    /// As [`wait`](Self::wait), at most for `timeout`, not counting the time until the lock is had again.
    ///
    /// # Errors
    ///
    /// See [`WaitError`].
    ///
    /// # Panics
    ///
    /// As there.
    pub fn wait_timeout<'a>(
        &'a self,
        guard: LockGuard<'a>,
        timeout: Duration,
    ) -> Result<LockGuard<'a>, WaitError<'a>> {
        self.wait_until(guard, Instant::now().checked_add(timeout))
    }

    /// As [`wait_timeout`](Self::wait_timeout), until an instant.
    ///
    /// # Errors
    ///
    /// See [`WaitError`].
    ///
    /// # Panics
    ///
    /// As there.
    pub fn wait_deadline<'a>(
        &'a self,
        guard: LockGuard<'a>,
        deadline: Instant,
    ) -> Result<LockGuard<'a>, WaitError<'a>> {
        self.wait_until(guard, Some(deadline))
    }

    pub(super) fn wait_until<'a>(
        &'a self,
        guard: LockGuard<'a>,
        deadline: Option<Instant>,
    ) -> Result<LockGuard<'a>, WaitError<'a>> {
        self.check(&guard);
        let arena = self.raw.arena();
        let Some(entry) = self.raw.enter(arena) else {
            return Err(WaitError::TooMany(guard));
        };
        drop(guard);
        let notified = self.raw.sleep(arena, entry, deadline);
        let locked = self.lock.acquire();
        if let Some(entry) = notified {
            entry.word.store(FREE, Ordering::Release);
        }
        match locked {
            Err(died) => Err(WaitError::OwnerDied(died)),
            Ok(guard) if notified.is_some() => Ok(guard),
            Ok(guard) => Err(WaitError::TimedOut(guard)),
        }
    }

    /// As [`wait`](Self::wait), without blocking the thread. A future that is dropped does not wait any more, and does not have the lock; if it was notified already, the notification goes to another one who waits.
    ///
    /// # Errors
    ///
    /// As there.
    ///
    /// # Panics
    ///
    /// As there.
    pub async fn wait_async<'a>(
        &'a self,
        guard: LockGuard<'a>,
    ) -> Result<LockGuard<'a>, WaitError<'a>> {
        self.check(&guard);
        let arena = self.raw.arena();
        let Some(entry) = self.raw.enter(arena) else {
            return Err(WaitError::TooMany(guard));
        };
        let mut waiter = Waiter {
            raw: &self.raw,
            entry,
        };
        drop(guard);
        waiter.entry = wait(arena, |watch| self.raw.look(arena, entry, watch)).await;
        let locked = self.lock.acquire_async().await;
        waiter.entry.word.store(FREE, Ordering::Release);
        std::mem::forget(waiter);
        locked.map_err(WaitError::OwnerDied)
    }

    /// Wakes the one who has waited longest; whether there was one.
    ///
    /// # Panics
    ///
    /// If the guard is of another lock.
    pub fn notify_one(&self, guard: &LockGuard<'_>) -> bool {
        self.notify(guard, 1) == 1
    }

    /// Wakes so many, those who have waited longest; how many there were.
    ///
    /// # Panics
    ///
    /// If the guard is of another lock.
    pub fn notify(&self, guard: &LockGuard<'_>, count: usize) -> usize {
        self.check(guard);
        self.raw.notify(self.raw.arena(), count)
    }

    /// Wakes all who wait.
    ///
    /// # Panics
    ///
    /// If the guard is of another lock.
    pub fn notify_all(&self, guard: &LockGuard<'_>) {
        self.notify(guard, ENTRIES);
    }

    pub(super) fn check(&self, guard: &LockGuard<'_>) {
        assert!(
            guard.is_of(&self.lock),
            "the guard is of another lock than the condition's"
        );
    }
}
