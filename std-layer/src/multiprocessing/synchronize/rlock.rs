//! A lock that its holder may take again.

use std::fmt;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::time::{Duration, Instant};

use rustix::thread::gettid;
use serde::{Deserialize, Serialize};

use super::arena::Handle;
use super::futex::Expired;
use super::lock::{RawLock, Taken};
use crate::multiprocessing::shared_memory::OpenError;

/// A lock, the number of the thread that has it (the kernel's, so one number in all processes), and how often. The latter two are written by the holder only; another thread never reads its own number there.
#[derive(Debug)]
#[repr(C)]
pub(super) struct RawRLock {
    lock: RawLock,
    thread: AtomicU32,
    depth: AtomicU32,
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

fn own_number() -> u32 {
    gettid().as_raw_nonzero().get().cast_unsigned()
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

    /// Whether the calling thread holds it.
    #[must_use]
    pub fn is_mine(&self) -> bool {
        self.0.thread.load(Relaxed) == own_number() && self.0.lock.is_of(self.0.arena().member())
    }

    fn again(&self) -> Option<RLockGuard<'_>> {
        if !self.is_mine() {
            return None;
        }
        let depth = self.0.depth.load(Relaxed);
        let depth = depth.checked_add(1).expect("it was acquired 2³² times");
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
        self.0.thread.store(own_number(), Relaxed);
        self.0.depth.store(1, Relaxed);
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
            raw.thread.store(0, Relaxed);
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
