//! The word of locks that lend their holder the priority of those who wait: the kernel's PI futexes (futex(2), `FUTEX_LOCK_PI2`).
//!
//! The word is 0, or the number of the thread that has the lock, with a bit for "the kernel knows of waiters" and one for "an owner has died". Without contention it is changed here, by compare-and-swap; otherwise by the kernel, which makes the holder run with the highest priority of those who wait, gives the lock to the first of
//! them, also when the holder ends, and says then that one has died. If nobody waited at that time, the word keeps the number of a thread that is no more, and the kernel says so to the next who asks.
//!
//! Edge `priority-lock`: releasing (Release, or the kernel) to taking (Acquire).

use std::fmt;
use std::io;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use rustix::io::Errno;
use rustix::process::{Pid, test_kill_process};
use rustix::thread::futex::{Flags, lock_pi, lock_pi2, trylock_pi, unlock_pi};
use rustix::thread::gettid;

use super::futex::absolute;

pub(crate) const WAITERS: u32 = 1 << 31;
const DIED: u32 = 1 << 30;
pub(crate) const THREAD: u32 = DIED - 1;

/// So long does a word stay that goes with nothing until it is taken for nonsense: longer than a busy machine keeps one from running who need only run.
const NONSENSE: Duration = Duration::from_secs(2);

#[derive(Debug)]
#[repr(transparent)]
pub(crate) struct PriorityWord(AtomicU32);

/// What the kernel says.
#[derive(Debug)]
pub(crate) enum Asked {
    Taken,
    /// Its owner has ended with it.
    FromTheDead,
    /// The owner is no thread any more.
    Gone,
    /// The calling thread has it.
    Own,
    Expired,
    Refused(Errno),
}

/// Why a lock that lends priority was not acquired, or not in good order.
#[derive(Debug)]
#[non_exhaustive]
pub enum PriorityLockError<G> {
    /// It was acquired, and the thread that held it before has ended with it: what it protects may be in the middle of a change.
    OwnerDied(G),
    /// The calling thread has it already, and would wait for ever.
    Own,
    /// Somebody had it all the time.
    TimedOut,
    /// The kernel refuses: it has no such locks ([`Unsupported`](io::ErrorKind::Unsupported)), or somebody has written nonsense into the lock.
    Os(io::Error),
}

impl<G> fmt::Display for PriorityLockError<G> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OwnerDied(_) => f.write_str("the thread that held the lock has ended with it"),
            Self::Own => f.write_str("the calling thread has the lock already"),
            Self::TimedOut => crate::threading::TimedOut.fmt(f),
            Self::Os(error) => write!(f, "the system refuses the lock: {error}"),
        }
    }
}

impl<G: fmt::Debug> std::error::Error for PriorityLockError<G> {}

/// Whether there is a thread of this number. (One that has just ended, or whose end nobody has collected, may be.)
pub(crate) fn is_there(thread: u32) -> bool {
    let thread = Pid::from_raw(thread.cast_signed());
    thread.is_some_and(|thread| test_kill_process(thread) != Err(Errno::SRCH))
}

/// The calling thread's number.
#[inline]
pub(crate) fn own() -> u32 {
    gettid().as_raw_nonzero().get().cast_unsigned()
}

impl PriorityWord {
    pub(crate) const fn new() -> Self {
        Self(AtomicU32::new(0))
    }

    pub(crate) fn load(&self) -> u32 {
        self.0.load(Ordering::Relaxed)
    }

    /// Takes it if the word is this one.
    #[inline]
    pub(crate) fn take(&self, from: u32, own: u32) -> bool {
        // Whom the kernel knows of it knows of on.
        let to = own | from & WAITERS;
        // edge: priority-lock
        self.0
            .compare_exchange(from, to, Ordering::Acquire, Ordering::Relaxed)
            .is_ok()
    }

    /// Asks the kernel.
    pub(crate) fn ask(&self, flags: Flags, deadline: Option<Instant>) -> Asked {
        let until = deadline.and_then(absolute);
        let mut refused = None;
        loop {
            let asked = match lock_pi2(&self.0, flags, until.as_ref()) {
                Err(Errno::NOSYS) if until.is_none() => lock_pi(&self.0, flags, None),
                asked => asked,
            };
            match asked {
                Ok(()) => return self.taken(),
                Err(Errno::INTR) => {}
                // The owner is just about to end.
                Err(Errno::AGAIN) => thread::yield_now(),
                Err(Errno::SRCH) => return Asked::Gone,
                Err(Errno::DEADLK) => return Asked::Own,
                Err(Errno::TIMEDOUT) => return Asked::Expired,
                Err(Errno::INVAL) if self.is_changing_hands(&mut refused) => {
                    if deadline.is_some_and(|deadline| deadline <= Instant::now()) {
                        return Asked::Expired;
                    }
                    thread::yield_now();
                }
                Err(errno) => return Asked::Refused(errno),
            }
        }
    }

    /// Whether to ask again after the kernel has said that what it knows does not go with the word.
    ///
    /// The kernel gives the lock of one that has ended to the first who waits, and the word is left as it was until that one runs: so long it says this to all who ask. A word that stays as it is is nonsense.
    #[cold]
    fn is_changing_hands(&self, refused: &mut Option<(u32, Instant)>) -> bool {
        let (word, now) = (self.load(), Instant::now());
        let (_, since) = *refused
            .take_if(|(before, _)| *before == word)
            .get_or_insert((word, now));
        *refused = Some((word, since));
        now - since < NONSENSE
    }

    /// After the kernel has given it to the calling thread.
    fn taken(&self) -> Asked {
        // edge: priority-lock
        let died = self.0.load(Ordering::Acquire) & DIED != 0;
        if !died {
            return Asked::Taken;
        }
        self.0.fetch_and(!DIED, Ordering::Relaxed);
        Asked::FromTheDead
    }

    /// Asks the kernel without waiting, for one who has found it taken, by a thread that may have ended: whoever waited and gave up has left its bit there, and perhaps nobody waits any more who would be given the lock. `None` if somebody has it.
    #[cold]
    pub(crate) fn inherit(&self, own: u32, flags: Flags) -> Option<Asked> {
        let word = self.load();
        let asked = loop {
            match trylock_pi(&self.0, flags) {
                Err(Errno::INTR) => {}
                asked => break asked,
            }
        };
        match asked {
            Ok(true) => Some(self.taken()),
            // It has set the bit before it looked for the owner.
            Err(Errno::SRCH) if self.take(word | WAITERS, own) || self.take(word, own) => {
                Some(Asked::FromTheDead)
            }
            // Also in the moment in which its owner ends, and if the calling thread has it.
            _ => None,
        }
    }

    #[inline]
    pub(crate) fn release(&self, own: u32, flags: Flags) {
        // edge: priority-lock
        let freed = (self.0).compare_exchange(own, 0, Ordering::Release, Ordering::Relaxed);
        if freed.is_err() {
            // Fails only if somebody has written nonsense there.
            let _ = unlock_pi(&self.0, flags);
        }
    }
}
