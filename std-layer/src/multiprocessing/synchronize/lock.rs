//! A lock for processes.
//!
//! # The word
//!
//! | bits | name | meaning |
//! |---|---|---|
//! | 0..24 | generation | of the slot's owner, so that a slot's next owner is not taken for it |
//! | 24..31 | slot | the process that holds the lock, counted from 1; 0 is nobody |
//! | 31 | waiters | somebody may sleep on the word |
//!
//! # The protocol
//!
//! Free is 0. Who takes it writes its process in, by compare-and-swap; who has slept writes `waiters` as well, as others may. Who finds it taken looks whether the owner lives (`watch.rs`): if not, it takes over from exactly that word, which one of several does, and is told so. If it lives, it sets `waiters` and sleeps.
//! Releasing is a swap with 0, and a wake-up for one if `waiters` was set.
//!
//! The one who is woken may die before it has taken the lock, with the wake-up in its hands. Then all who sleep wake up by its lifeline, and look again.
//!
//! Edge `shared-lock`: the release (Release) to whoever takes it next (Acquire). A dead owner has released nothing; what it wrote is visible, as the kernel has passed through both.

use std::fmt;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::arena::{Arena, Handle, Member};
use super::asynchronous::wait;
use super::futex::{self, Expired};
use super::look::{Look, block};
use super::region::{Kind, PlaceError, Region, space};
use super::watch::Watch;
use crate::multiprocessing::shared_memory::OpenError;
use crate::port::Native;
use crate::threading::TimedOut;
use selvedge_core::port::{Port, Relax};

const WAITERS: u32 = 1 << 31;

/// The word.
#[repr(C)]
#[derive(Debug)]
pub(super) struct RawLock(AtomicU32);

/// How it was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Taken {
    Free,
    /// Its last owner died with it.
    FromTheDead,
}

#[inline]
pub(super) fn pack(member: Member) -> u32 {
    ((member.slot as u32 + 1) << 24) | (member.generation & 0xFF_FFFF)
}

pub(super) fn owner(word: u32) -> Option<Member> {
    let slot = (word & !WAITERS) >> 24;
    Some(Member {
        slot: slot.checked_sub(1)? as usize,
        generation: word & 0xFF_FFFF,
    })
}

impl RawLock {
    #[inline]
    fn take(&self, from: u32, to: u32) -> bool {
        // edge: shared-lock
        self.0
            .compare_exchange(from, to, Ordering::Acquire, Ordering::Relaxed)
            .is_ok()
    }

    /// Takes it if that needs no waiting.
    #[inline]
    pub(super) fn try_acquire(&self, arena: &Arena) -> Option<Taken> {
        let own = arena.own();
        if self.take(0, own) {
            return Some(Taken::Free);
        }
        self.try_slowly(arena, own)
    }

    #[cold]
    fn try_slowly(&self, arena: &Arena, own: u32) -> Option<Taken> {
        loop {
            let watch = Watch::new(arena);
            let word = self.0.load(Ordering::Relaxed);
            match owner(word) {
                None if self.take(word, own | word & WAITERS) => return Some(Taken::Free),
                Some(owner) if watch.is_alive(owner) => return None,
                Some(_) if self.take(word, own | WAITERS) => return Some(Taken::FromTheDead),
                _ => {}
            }
        }
    }

    /// Takes it, and waits for that until the deadline.
    #[inline]
    pub(super) fn acquire(
        &self,
        arena: &Arena,
        deadline: Option<Instant>,
    ) -> Result<Taken, Expired> {
        let own = arena.own();
        if self.take(0, own) {
            return Ok(Taken::Free);
        }
        self.wait(arena, own, deadline)
    }

    #[cold]
    fn wait(&self, arena: &Arena, own: u32, deadline: Option<Instant>) -> Result<Taken, Expired> {
        let mut turn = 0;
        while <Native as Port>::Relax::moment_turn(turn) {
            // Looking seldom leaves the holder its cache line: it has the lock ten times more before the next look.
            for _ in 0..8 {
                std::hint::spin_loop();
            }
            if self.0.load(Ordering::Relaxed) == 0 && self.take(0, own) {
                return Ok(Taken::Free);
            }
            turn += 4;
        }
        block(arena, deadline, |watch| self.look(own, watch))
    }

    /// One look of a wait, for one that sleeps or has slept.
    pub(super) fn look(&self, own: u32, watch: &Watch<'_>) -> Look<'_, Taken> {
        loop {
            let word = self.0.load(Ordering::Relaxed);
            match owner(word) {
                None if self.take(word, own | WAITERS) => return Look::Done(Taken::Free),
                Some(owner) if watch.is_alive(owner) => {
                    let waiting = word | WAITERS;
                    if word == waiting || self.take(word, waiting) {
                        return Look::Sleep(&self.0, waiting);
                    }
                }
                Some(_) if self.take(word, own | WAITERS) => {
                    return Look::Done(Taken::FromTheDead);
                }
                _ => {}
            }
        }
    }

    pub(super) fn word(&self) -> u32 {
        self.0.load(Ordering::Relaxed)
    }

    /// Releases it, whoever holds it; false if nobody does.
    #[inline]
    pub(super) fn release(&self) -> bool {
        // edge: shared-lock
        let word = self.0.swap(0, Ordering::Release);
        if word & WAITERS != 0 {
            futex::wake(&self.0, 1);
        }
        owner(word).is_some()
    }

    /// Whether a process that lives has it: a snapshot.
    pub(super) fn is_locked(&self, arena: &Arena) -> bool {
        owner(self.0.load(Ordering::Relaxed)).is_some_and(|owner| Watch::new(arena).is_alive(owner))
    }
}

/// A lock for processes and their threads: Python's `multiprocessing.Lock` (rows M-97, M-98, M-103 to M-105).
///
/// It lies in memory that processes share; a clone, an argument of a [`Process`](crate::multiprocessing::Process) and a message over a connection are handles of the same lock. Without contention it costs what a lock of threads costs.
///
/// # A holder that dies
///
/// The next one to acquire it is told, by [`OwnerDied`], within a moment of the holder's end, also if it was asleep at that time; it has the lock then, and decides what to make of what it finds. (Python waits for ever, row M-105.) What counts is the end of the process, by whatever means, or its becoming another program; the end of a thread that holds the lock is not
/// noticed.
///
/// Not fair: who comes by may be faster than who waits.
///
/// ```
/// use selvedge::multiprocessing::spawn;
/// use selvedge::multiprocessing::synchronize::Lock;
///
/// let lock = Lock::new().unwrap();
/// let child = spawn(
///     |lock: Lock| -> () {
///         std::mem::forget(lock.acquire().unwrap());
///         std::process::abort()
///     },
///     lock.clone(),
/// )
/// .unwrap();
/// assert!(child.join().is_err());
/// let died = lock.acquire().unwrap_err();
/// drop(died.into_guard());
/// drop(lock.acquire().unwrap());
/// ```
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Lock(Handle<RawLock>);

/// The lock is held as long as this lives.
#[must_use = "the lock is released when this is dropped"]
pub struct LockGuard<'a> {
    lock: &'a Lock,
}

/// The lock is held, and whoever held it before died with it: what it protects may be in the middle of a change.
#[must_use = "the lock is released when this is dropped"]
pub struct OwnerDied<'a>(LockGuard<'a>);

impl<'a> OwnerDied<'a> {
    /// Goes on with the lock.
    pub fn into_guard(self) -> LockGuard<'a> {
        self.0
    }
}

/// Why a lock was not acquired in time, or in good order.
#[derive(Debug)]
pub enum AcquireTimeoutError<'a> {
    /// Somebody had it all the time.
    TimedOut,
    /// It was acquired, from the dead.
    OwnerDied(OwnerDied<'a>),
}

impl Lock {
    /// A lock that nobody holds.
    ///
    /// # Errors
    ///
    /// If the system refuses the memory, or this libc's threads cannot be watched.
    pub fn new() -> Result<Self, OpenError> {
        Ok(Self(Handle::new()?))
    }

    /// How many bytes of a [`Region`] it takes.
    pub const SPACE: usize = space::<RawLock>();

    /// The lock at a place of a region: made there, or found.
    ///
    /// # Errors
    ///
    /// See [`PlaceError`].
    pub fn placed(region: &Region, place: usize) -> Result<Self, PlaceError> {
        region.object(place, Kind::Lock, 0, |_| ()).map(Self)
    }

    #[inline]
    fn guard(&self, taken: Taken) -> Result<LockGuard<'_>, OwnerDied<'_>> {
        let guard = LockGuard { lock: self };
        match taken {
            Taken::Free => Ok(guard),
            Taken::FromTheDead => Err(OwnerDied(guard)),
        }
    }

    /// Waits until it is free, and takes it.
    ///
    /// # Errors
    ///
    /// [`OwnerDied`]: it is held, too.
    ///
    /// # Panics
    ///
    /// In a process that was forked from one that used it, if no more processes can use it, or no thread can be started.
    #[inline]
    pub fn acquire(&self) -> Result<LockGuard<'_>, OwnerDied<'_>> {
        match self.0.acquire(self.0.arena(), None) {
            Ok(taken) => self.guard(taken),
            Err(Expired) => unreachable!("there was no time limit"),
        }
    }

    /// As [`acquire`](Self::acquire), without waiting; `None` if somebody holds it.
    #[inline]
    pub fn try_acquire(&self) -> Option<Result<LockGuard<'_>, OwnerDied<'_>>> {
        let taken = self.0.try_acquire(self.0.arena())?;
        Some(self.guard(taken))
    }

    /// As [`acquire`](Self::acquire), at most for `timeout`; the longest ones mean for ever.
    ///
    /// # Errors
    ///
    /// See [`AcquireTimeoutError`].
    pub fn acquire_timeout(
        &self,
        timeout: Duration,
    ) -> Result<LockGuard<'_>, AcquireTimeoutError<'_>> {
        self.acquire_until(Instant::now().checked_add(timeout))
    }

    /// As [`acquire_timeout`](Self::acquire_timeout), until an instant.
    ///
    /// # Errors
    ///
    /// See [`AcquireTimeoutError`].
    pub fn acquire_deadline(
        &self,
        deadline: Instant,
    ) -> Result<LockGuard<'_>, AcquireTimeoutError<'_>> {
        self.acquire_until(Some(deadline))
    }

    fn acquire_until(
        &self,
        deadline: Option<Instant>,
    ) -> Result<LockGuard<'_>, AcquireTimeoutError<'_>> {
        match self.0.acquire(self.0.arena(), deadline) {
            Ok(taken) => self.guard(taken).map_err(AcquireTimeoutError::OwnerDied),
            Err(Expired) => Err(AcquireTimeoutError::TimedOut),
        }
    }

    /// As [`acquire`](Self::acquire), without blocking the thread. Dropping the future loses nothing.
    ///
    /// # Errors
    ///
    /// As there.
    ///
    /// # Panics
    ///
    /// As there.
    pub async fn acquire_async(&self) -> Result<LockGuard<'_>, OwnerDied<'_>> {
        let arena = self.0.arena();
        let taken = match self.0.try_acquire(arena) {
            Some(taken) => taken,
            None => wait(arena, |watch| self.0.look(arena.own(), watch)).await,
        };
        self.guard(taken)
    }

    /// Releases it for whoever holds it, in whatever process (row M-97): for a guard that was forgotten.
    ///
    /// # Errors
    ///
    /// [`NotHeld`] if nobody holds it.
    pub fn release(&self) -> Result<(), NotHeld> {
        if self.0.release() {
            Ok(())
        } else {
            Err(NotHeld)
        }
    }

    /// Whether somebody who lives holds it: a snapshot.
    #[must_use]
    pub fn is_locked(&self) -> bool {
        self.0.is_locked(self.0.arena())
    }
}

/// Nobody holds the lock. (Python: `ValueError`, row M-98.)
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotHeld;

impl LockGuard<'_> {
    /// Whether it is this lock's, by whatever handle.
    pub(super) fn is_of(&self, lock: &Lock) -> bool {
        self.lock.0.is(&lock.0)
    }
}

impl Drop for LockGuard<'_> {
    #[inline]
    fn drop(&mut self) {
        self.lock.0.release();
    }
}

impl fmt::Debug for LockGuard<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LockGuard").finish_non_exhaustive()
    }
}

impl fmt::Debug for OwnerDied<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OwnerDied").finish_non_exhaustive()
    }
}

impl fmt::Display for OwnerDied<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "the process that held the lock has died; what the lock protects may be half changed",
        )
    }
}

impl std::error::Error for OwnerDied<'_> {}

impl fmt::Display for NotHeld {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the lock is not held")
    }
}

impl std::error::Error for NotHeld {}

impl fmt::Display for AcquireTimeoutError<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TimedOut => TimedOut.fmt(f),
            Self::OwnerDied(died) => died.fmt(f),
        }
    }
}

impl std::error::Error for AcquireTimeoutError<'_> {}
