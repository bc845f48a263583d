//! A lock that lends its holder the priority of those who wait.

use std::fmt;
use std::marker::PhantomData;
use std::time::{Duration, Instant};

use rustix::thread::futex::Flags;

use crate::port::priority::{Asked, PriorityWord, THREAD, is_there, own};

pub use crate::port::priority::PriorityLockError;

/// A lock that lends its holder the priority of those who wait (Linux), so that a thread of high priority does not wait for all of middle priority while one of low priority has the lock.
///
/// It is what [`Lock`](super::Lock) is, but: only the thread that acquired it can release it; the kernel hands it to whoever has the highest priority; and if a thread ends with it, the next one has it, and is told. There is no form for async tasks: what the kernel lends priority for is a thread that waits. An uncontended acquire and release cost a system call more, which asks for the thread's number.
///
/// ```
/// use selvedge::threading::PriorityLock;
///
/// static LOCK: PriorityLock = PriorityLock::new();
///
/// let guard = LOCK.acquire().unwrap();
/// assert!(LOCK.is_locked());
/// drop(guard);
/// ```
#[derive(Debug)]
pub struct PriorityLock(PriorityWord);

/// The lock is held as long as this lives.
#[must_use = "the lock is released when this is dropped"]
pub struct PriorityGuard<'a> {
    lock: &'a PriorityLock,
    /// It is the thread's.
    _not_send: PhantomData<*const ()>,
}

type Acquired<'a> = Result<PriorityGuard<'a>, PriorityLockError<PriorityGuard<'a>>>;

impl Default for PriorityLock {
    fn default() -> Self {
        Self::new()
    }
}

impl PriorityLock {
    /// A lock that nobody holds.
    #[must_use]
    pub const fn new() -> Self {
        Self(PriorityWord::new())
    }

    fn guard(&self) -> PriorityGuard<'_> {
        PriorityGuard {
            lock: self,
            _not_send: PhantomData,
        }
    }

    /// Waits until it is free, and takes it.
    ///
    /// # Errors
    ///
    /// See [`PriorityLockError`]; never `TimedOut`.
    pub fn acquire(&self) -> Acquired<'_> {
        self.acquire_until(None)
    }

    /// As [`acquire`](Self::acquire), without waiting; `None` if somebody holds it.
    pub fn try_acquire(&self) -> Option<Acquired<'_>> {
        let own = own();
        if self.0.take(0, own) {
            return Some(Ok(self.guard()));
        }
        let thread = self.0.load() & THREAD;
        if thread == own || is_there(thread) {
            return None;
        }
        match self.0.inherit(own, Flags::PRIVATE)? {
            Asked::Taken => Some(Ok(self.guard())),
            _ => Some(Err(PriorityLockError::OwnerDied(self.guard()))),
        }
    }

    /// As [`acquire`](Self::acquire), at most for `timeout`; the longest ones mean for ever.
    ///
    /// # Errors
    ///
    /// See [`PriorityLockError`].
    pub fn acquire_timeout(&self, timeout: Duration) -> Acquired<'_> {
        self.acquire_until(Instant::now().checked_add(timeout))
    }

    /// As [`acquire_timeout`](Self::acquire_timeout), until an instant.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn acquire_deadline(&self, deadline: Instant) -> Acquired<'_> {
        self.acquire_until(Some(deadline))
    }

    fn acquire_until(&self, deadline: Option<Instant>) -> Acquired<'_> {
        let own = own();
        if self.0.take(0, own) {
            return Ok(self.guard());
        }
        loop {
            let word = self.0.load();
            let error = match self.0.ask(Flags::PRIVATE, deadline) {
                Asked::Taken => return Ok(self.guard()),
                Asked::FromTheDead => PriorityLockError::OwnerDied(self.guard()),
                Asked::Gone if word == self.0.load() && self.0.take(word, own) => {
                    PriorityLockError::OwnerDied(self.guard())
                }
                Asked::Gone => continue,
                Asked::Own => PriorityLockError::Own,
                Asked::Expired => PriorityLockError::TimedOut,
                Asked::Refused(errno) => PriorityLockError::Os(errno.into()),
            };
            return Err(error);
        }
    }

    /// Whether somebody holds it: a snapshot.
    #[must_use]
    pub fn is_locked(&self) -> bool {
        self.0.load() != 0
    }
}

impl Drop for PriorityGuard<'_> {
    fn drop(&mut self) {
        self.lock.0.release(own(), Flags::PRIVATE);
    }
}

impl fmt::Debug for PriorityGuard<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PriorityGuard").finish_non_exhaustive()
    }
}
