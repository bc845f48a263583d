//! Locks, semaphores, conditions, events and barriers for processes (rows M-97 to M-113).
//!
//! | | |
//! |---|---|
//! | [`Lock`], [`RLock`] | one at a time; the death of its holder is told to the next |
//! | [`Semaphore`], [`BoundedSemaphore`] | so many at a time; what a dead process held comes back |
//! | [`Condition`] | wait until something is true |
//! | [`Event`] | once for all |
//! | [`Barrier`] | wait for each other; breaks when somebody dies |
//!
//! They lie in arenas: memory without a name, that goes when the last process lets go of it. Nothing is left behind by whoever is killed. Up to 64 processes can use an object at the same time.
//!
//! Linux 5.16 or later, with glibc on a 64-bit system, in one PID namespace.

mod arena;
mod barrier;
mod condition;
mod event;
mod futex;
mod lifeline;
mod lock;
mod rlock;
mod semaphore;
mod watch;

pub use barrier::{Barrier, BrokenBarrier};
pub use condition::{Condition, WaitError};
pub use event::Event;
pub use lock::{AcquireTimeoutError, Lock, LockGuard, NotHeld, OwnerDied};
pub use rlock::{RAcquireTimeoutError, RLock, RLockGuard, ROwnerDied};
pub use semaphore::{BoundedSemaphore, Permit, Semaphore, TooManyReleases};
