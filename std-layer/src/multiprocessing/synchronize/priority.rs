//! A lock for processes that lends its holder the priority of those who wait.
//!
//! # Whose it is
//!
//! The kernel's word (`port/priority.rs`) has the number of a thread. As long as anybody waits in the kernel, that is enough: the kernel knows the thread itself, and hands the lock on when it ends, however its process does. If nobody waits when it ends, the number stays, and some day another thread may have it. So beside it stands who
//! asked last: the number, and the process as other locks have it (`lock.rs`). Everybody writes that before the compare-and-swap, and takes what was there before; who gets the lock writes it once more. So whoever finds the lock taken and nobody waiting has before it the process of the thread in the word: from the word's holder, or from
//! its own predecessor. If that process is dead (`watch.rs`), so is the owner, whoever has its number now.
//!
//! Two who ask in the same few instructions may hide the entry of a third one that gets the lock in between and dies before it has written it again; then one of the two has seen it. What remains is a waiter that has given up and left its bit in the word, and after that an owner that dies while nobody waits, and whose number is given to a thread again
//! before anybody asks: then the lock is free when that thread ends.
//!
//! No list of the thread's is needed, and nothing in shared memory is followed.

use std::fmt;
use std::marker::PhantomData;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use rustix::thread::futex::Flags;
use serde::{Deserialize, Serialize};

use super::arena::{Arena, Handle};
use super::lock::owner;
use super::region::{Kind, PlaceError, Region, space};
use super::watch::Watch;
use crate::multiprocessing::shared_memory::OpenError;
use crate::port::priority::{Asked, PriorityWord, THREAD, WAITERS, is_there, own};
use crate::threading::PriorityLockError;

#[derive(Debug)]
#[repr(C)]
pub(super) struct RawPriorityLock {
    word: PriorityWord,
    /// Who asked last: process (32 bits), thread (32 bits).
    last: AtomicU64,
}

fn entry(arena: &Arena, own: u32) -> u64 {
    u64::from(arena.own()) << 32 | u64::from(own)
}

/// How it was taken, or why not.
enum Got {
    Free,
    FromTheDead,
    Not(PriorityLockError<()>),
}

impl RawPriorityLock {
    fn acquire(&self, arena: &Arena, deadline: Option<Instant>) -> Got {
        let own = own();
        let entry = entry(arena, own);
        let before = self.last.swap(entry, Ordering::AcqRel);
        let got = if self.word.take(0, own) {
            Got::Free
        } else {
            self.wait(arena, own, before, deadline)
        };
        if !matches!(got, Got::Not(_)) {
            self.last.store(entry, Ordering::Release);
        }
        got
    }

    #[cold]
    fn wait(&self, arena: &Arena, own: u32, before: u64, deadline: Option<Instant>) -> Got {
        loop {
            let word = self.word.load();
            let thread = word & THREAD;
            if thread == 0 && self.word.take(word, own) {
                return if word & !WAITERS == 0 {
                    Got::Free
                } else {
                    Got::FromTheDead
                };
            }
            let last = self.last.load(Ordering::Acquire);
            let mut known = [last, before].into_iter();
            let process = known.find(|entry| *entry as u32 == thread);
            let is_dead = process
                .and_then(|entry| owner((entry >> 32) as u32))
                .is_some_and(|owner| !Watch::new(arena).is_alive(owner));
            // With waiters it is the kernel's.
            if is_dead && word & WAITERS == 0 {
                if self.word.take(word, own) {
                    return Got::FromTheDead;
                }
                continue;
            }
            return match self.word.ask(Flags::empty(), deadline) {
                Asked::Taken => Got::Free,
                Asked::FromTheDead => Got::FromTheDead,
                Asked::Gone if self.word.take(word, own) => Got::FromTheDead,
                Asked::Gone => continue,
                Asked::Own => Got::Not(PriorityLockError::Own),
                Asked::Expired => Got::Not(PriorityLockError::TimedOut),
                Asked::Refused(errno) => Got::Not(PriorityLockError::Os(errno.into())),
            };
        }
    }

    fn try_acquire(&self, arena: &Arena) -> Option<Got> {
        let own = own();
        let got = if self.word.take(0, own) {
            Got::Free
        } else {
            self.try_inherit(arena, own)?
        };
        self.last.store(entry(arena, own), Ordering::Release);
        Some(got)
    }

    /// Takes it without waiting from one that is no more.
    #[cold]
    fn try_inherit(&self, arena: &Arena, own: u32) -> Option<Got> {
        let last = self.last.load(Ordering::Acquire);
        let word = self.word.load();
        let thread = word & THREAD;
        if thread == own {
            return None;
        }
        let process = owner((last >> 32) as u32).filter(|_| last as u32 == thread);
        if process.is_some_and(|process| Watch::new(arena).is_alive(process)) {
            // Then the number is its own.
            if is_there(thread) {
                return None;
            }
        } else if process.is_some() && word & WAITERS == 0 {
            return self.word.take(word, own).then_some(Got::FromTheDead);
        }
        // Otherwise the kernel knows: it may have waiters, who come first, and those who have given up have left their bit.
        match self.word.inherit(own, Flags::empty())? {
            Asked::Taken => Some(Got::Free),
            _ => Some(Got::FromTheDead),
        }
    }
}

/// A [`Lock`](super::Lock) that lends its holder the priority of those who wait, across processes (Linux's PI futexes).
///
/// As [`threading::PriorityLock`](crate::threading::PriorityLock): it is the thread's that acquired it, and goes to whoever has the highest priority. If that thread ends, or its process is killed, the next one has the lock, at once if it waits already, and is told. There is no form for async tasks: what the kernel lends priority for is a thread that waits.
///
/// ```
/// use selvedge::multiprocessing::spawn;
/// use selvedge::multiprocessing::synchronize::PriorityLock;
/// use selvedge::threading::PriorityLockError;
///
/// let lock = PriorityLock::new().unwrap();
/// let child = spawn(
///     |lock: PriorityLock| -> () {
///         std::mem::forget(lock.acquire().unwrap());
///         std::process::abort()
///     },
///     lock.clone(),
/// )
/// .unwrap();
/// assert!(child.join().is_err());
/// let Err(PriorityLockError::OwnerDied(guard)) = lock.acquire() else {
///     panic!("it died with the lock");
/// };
/// drop(guard);
/// drop(lock.acquire().unwrap());
/// ```
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PriorityLock(Handle<RawPriorityLock>);

/// The lock is held as long as this lives.
#[must_use = "the lock is released when this is dropped"]
pub struct PriorityGuard<'a> {
    lock: &'a PriorityLock,
    /// It is the thread's.
    _not_send: PhantomData<*const ()>,
}

type Acquired<'a> = Result<PriorityGuard<'a>, PriorityLockError<PriorityGuard<'a>>>;

impl PriorityLock {
    /// A lock that nobody holds.
    ///
    /// # Errors
    ///
    /// As [`Lock::new`](super::Lock::new).
    pub fn new() -> Result<Self, OpenError> {
        Ok(Self(Handle::new()?))
    }

    /// How many bytes of a [`Region`] it takes.
    pub const SPACE: usize = space::<RawPriorityLock>();

    /// The lock at a place of a region: made there, or found.
    ///
    /// # Errors
    ///
    /// See [`PlaceError`].
    pub fn placed(region: &Region, place: usize) -> Result<Self, PlaceError> {
        let raw = region.object(place, Kind::PriorityLock, 0, |_| ());
        raw.map(Self)
    }

    fn outcome(&self, got: Got) -> Acquired<'_> {
        let guard = || PriorityGuard {
            lock: self,
            _not_send: PhantomData,
        };
        Err(match got {
            Got::Free => return Ok(guard()),
            Got::FromTheDead => PriorityLockError::OwnerDied(guard()),
            Got::Not(PriorityLockError::Os(error)) => PriorityLockError::Os(error),
            Got::Not(PriorityLockError::Own) => PriorityLockError::Own,
            Got::Not(_) => PriorityLockError::TimedOut,
        })
    }

    /// Waits until it is free, and takes it.
    ///
    /// # Errors
    ///
    /// See [`PriorityLockError`]; never `TimedOut`.
    ///
    /// # Panics
    ///
    /// As [`Lock::acquire`](super::Lock::acquire).
    pub fn acquire(&self) -> Acquired<'_> {
        self.outcome(self.0.acquire(self.0.arena(), None))
    }

    /// As [`acquire`](Self::acquire), without waiting; `None` if somebody holds it.
    pub fn try_acquire(&self) -> Option<Acquired<'_>> {
        let got = self.0.try_acquire(self.0.arena())?;
        Some(self.outcome(got))
    }

    /// As [`acquire`](Self::acquire), at most for `timeout`; the longest ones mean for ever.
    ///
    /// # Errors
    ///
    /// See [`PriorityLockError`].
    pub fn acquire_timeout(&self, timeout: Duration) -> Acquired<'_> {
        let deadline = Instant::now().checked_add(timeout);
        self.outcome(self.0.acquire(self.0.arena(), deadline))
    }

    /// As [`acquire_timeout`](Self::acquire_timeout), until an instant.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn acquire_deadline(&self, deadline: Instant) -> Acquired<'_> {
        self.outcome(self.0.acquire(self.0.arena(), Some(deadline)))
    }
}

impl Drop for PriorityGuard<'_> {
    fn drop(&mut self) {
        self.lock.0.word.release(own(), Flags::empty());
    }
}

impl fmt::Debug for PriorityGuard<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PriorityGuard").finish_non_exhaustive()
    }
}
