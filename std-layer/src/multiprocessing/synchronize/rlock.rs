//! A lock that its holder may take again.
//!
//! # Whose it is
//!
//! Beside the lock's word stands its holder: the process as the lock's word has it (slot and generation, 32 bits), and the thread, by a number that this process gives to one thread only (32 bits), 0 for nobody. The holder writes that after it has taken the lock, and takes it back before it releases it. So a thread that finds itself
//! there has the lock: only it has written that, and has not taken it back. What a dead process leaves there is of a generation that nobody has again for 2²⁴ processes; and a thread's number is not used again as the system's are, so one that ended with the lock is not taken for another one.

use std::cell::Cell;
use std::fmt;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::arena::{Arena, Handle};
use super::futex::Expired;
use super::lock::{RawLock, Taken};
use super::region::{Kind, PlaceError, Region, space};
use crate::multiprocessing::shared_memory::OpenError;

/// A lock, how often its holder has it, and who that is.
#[derive(Debug)]
#[repr(C)]
pub(super) struct RawRLock {
    lock: RawLock,
    depth: AtomicU32,
    holder: AtomicU64,
}

/// A lock for processes that the same thread may take again: Python's `multiprocessing.RLock` (row M-99).
///
/// As [`Lock`](super::Lock), with these differences: it belongs to a thread of a process, only that one can release it, and it is free when it has been released as often as it was taken.
///
/// ```
/// use selvedge::multiprocessing::synchronize::RLock;
///
/// let lock = RLock::new().unwrap();
/// let outer = lock.acquire().unwrap();
/// let inner = lock.acquire().unwrap();
/// drop(outer);
/// assert!(lock.is_mine());
/// drop(inner);
/// assert!(!lock.is_mine());
/// ```
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RLock(Handle<RawRLock>);

/// One level of holding it.
#[must_use = "the lock is released when this is dropped"]
pub struct RLockGuard<'a> {
    lock: &'a RLock,
    /// It is the thread's.
    _not_send: std::marker::PhantomData<*const ()>,
}

/// The lock is held, and whoever held it before died with it: what it protects may be in the middle of a change.
#[must_use = "the lock is released when this is dropped"]
pub struct ROwnerDied<'a>(RLockGuard<'a>);

impl<'a> ROwnerDied<'a> {
    /// Goes on with the lock.
    pub fn into_guard(self) -> RLockGuard<'a> {
        self.0
    }
}

/// Why a lock was not acquired in time, or in good order.
#[derive(Debug)]
pub enum RAcquireTimeoutError<'a> {
    /// Somebody else had it all the time.
    TimedOut,
    /// It was acquired, from the dead.
    OwnerDied(ROwnerDied<'a>),
}

/// A number of the calling thread that no other thread of this process has had, but after 2³² threads.
fn own_number() -> u32 {
    static LAST: AtomicU32 = AtomicU32::new(0);
    thread_local! {
        static NUMBER: Cell<u32> = const { Cell::new(0) };
    }
    NUMBER.with(|number| {
        while number.get() == 0 {
            number.set(LAST.fetch_add(1, Relaxed).wrapping_add(1));
        }
        number.get()
    })
}

/// The calling thread, as a holder.
fn own(arena: &Arena) -> u64 {
    u64::from(arena.own()) << 32 | u64::from(own_number())
}

impl RLock {
    /// A lock that nobody holds.
    ///
    /// # Errors
    ///
    /// As [`Lock::new`](super::Lock::new).
    pub fn new() -> Result<Self, OpenError> {
        Ok(Self(Handle::new()?))
    }

    /// How many bytes of a [`Region`] it takes.
    pub const SPACE: usize = space::<RawRLock>();

    /// The lock at a place of a region: made there, or found.
    ///
    /// # Errors
    ///
    /// See [`PlaceError`].
    pub fn placed(region: &Region, place: usize) -> Result<Self, PlaceError> {
        region.object(place, Kind::RLock, 0, |_| ()).map(Self)
    }

    /// Whether the calling thread holds it.
    #[must_use]
    pub fn is_mine(&self) -> bool {
        self.0.holder.load(Relaxed) == own(self.0.arena())
    }

    fn again(&self) -> Option<RLockGuard<'_>> {
        if !self.is_mine() {
            return None;
        }
        // After 2³² times, which only nonsense in the memory is, it is never free again.
        let depth = self.0.depth.load(Relaxed).saturating_add(1);
        self.0.depth.store(depth, Relaxed);
        Some(self.guard())
    }

    fn guard(&self) -> RLockGuard<'_> {
        RLockGuard {
            lock: self,
            _not_send: std::marker::PhantomData,
        }
    }

    fn taken(&self, taken: Taken) -> Result<RLockGuard<'_>, ROwnerDied<'_>> {
        self.0.depth.store(1, Relaxed);
        self.0.holder.store(own(self.0.arena()), Relaxed);
        match taken {
            Taken::Free => Ok(self.guard()),
            Taken::FromTheDead => Err(ROwnerDied(self.guard())),
        }
    }

    /// Waits until it is free or the calling thread's, and takes it once more.
    ///
    /// # Errors
    ///
    /// [`ROwnerDied`]: it is held, too.
    ///
    /// # Panics
    ///
    /// As [`Lock::acquire`](super::Lock::acquire).
    pub fn acquire(&self) -> Result<RLockGuard<'_>, ROwnerDied<'_>> {
        if let Some(guard) = self.again() {
            return Ok(guard);
        }
        match self.0.lock.acquire(self.0.arena(), None) {
            Ok(taken) => self.taken(taken),
            Err(Expired) => unreachable!("there was no time limit"),
        }
    }

    /// As [`acquire`](Self::acquire), without waiting; `None` if somebody else holds it.
    pub fn try_acquire(&self) -> Option<Result<RLockGuard<'_>, ROwnerDied<'_>>> {
        if let Some(guard) = self.again() {
            return Some(Ok(guard));
        }
        let taken = self.0.lock.try_acquire(self.0.arena())?;
        Some(self.taken(taken))
    }

    /// As [`acquire`](Self::acquire), at most for `timeout`; the longest ones mean for ever.
    ///
    /// # Errors
    ///
    /// See [`RAcquireTimeoutError`].
    pub fn acquire_timeout(
        &self,
        timeout: Duration,
    ) -> Result<RLockGuard<'_>, RAcquireTimeoutError<'_>> {
        self.acquire_until(Instant::now().checked_add(timeout))
    }

    /// As [`acquire_timeout`](Self::acquire_timeout), until an instant.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn acquire_deadline(
        &self,
        deadline: Instant,
    ) -> Result<RLockGuard<'_>, RAcquireTimeoutError<'_>> {
        self.acquire_until(Some(deadline))
    }

    fn acquire_until(
        &self,
        deadline: Option<Instant>,
    ) -> Result<RLockGuard<'_>, RAcquireTimeoutError<'_>> {
        if let Some(guard) = self.again() {
            return Ok(guard);
        }
        match self.0.lock.acquire(self.0.arena(), deadline) {
            Ok(taken) => self.taken(taken).map_err(RAcquireTimeoutError::OwnerDied),
            Err(Expired) => Err(RAcquireTimeoutError::TimedOut),
        }
    }
}

impl Drop for RLockGuard<'_> {
    fn drop(&mut self) {
        let raw = &self.lock.0;
        // Another process may have written anything there.
        let depth = raw.depth.load(Relaxed).saturating_sub(1);
        raw.depth.store(depth, Relaxed);
        if depth == 0 {
            raw.holder.store(0, Relaxed);
            raw.lock.release();
        }
    }
}

impl fmt::Debug for RLockGuard<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RLockGuard").finish_non_exhaustive()
    }
}

impl fmt::Debug for ROwnerDied<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ROwnerDied").finish_non_exhaustive()
    }
}

impl fmt::Display for ROwnerDied<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "the process that held the lock has died; what the lock protects may be half changed",
        )
    }
}

impl std::error::Error for ROwnerDied<'_> {}

impl fmt::Display for RAcquireTimeoutError<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TimedOut => crate::threading::TimedOut.fmt(f),
            Self::OwnerDied(died) => died.fmt(f),
        }
    }
}

impl std::error::Error for RAcquireTimeoutError<'_> {}
