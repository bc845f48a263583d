//! Locks, semaphores, conditions, events and barriers for processes (rows M-97 to M-113).
//!
//! | | |
//! |---|---|
//! | [`Lock`], [`RLock`] | one at a time; the death of its holder is told to the next |
//! | [`PriorityLock`] | a lock that lends its holder the priority of those who wait |
//! | [`Semaphore`], [`BoundedSemaphore`] | so many at a time; what a dead process held comes back |
//! | [`Condition`] | wait until something is true |
//! | [`Event`] | once for all |
//! | [`Barrier`] | wait for each other; breaks when somebody dies |
//! | [`Region`] | places for all of these in memory of one's own |
//!
//! They lie in arenas: memory without a name, that goes when the last process lets go of it. Nothing is left behind by whoever is killed. Up to 64 processes can use an object at the same time.
//!
//! With glibc on a 64-bit Linux, in one PID namespace. Before Linux 5.16, which cannot wait for several words, who waits notices the death of another process up to 10 ms late.

mod arena;
mod asynchronous;
mod awake;
mod barrier;
mod condition;
mod event;
mod futex;
mod lifeline;
mod lock;
mod look;
mod priority;
pub(super) mod queue;
mod region;
mod rlock;
mod semaphore;
mod wait_for;
mod watch;

pub use barrier::{Barrier, BrokenBarrier};
pub use condition::{Condition, WaitError};
pub use event::Event;
pub use lock::{AcquireTimeoutError, Lock, LockGuard, NotHeld, OwnerDied};
pub use priority::{PriorityGuard, PriorityLock};
pub use region::{PlaceError, Region};
pub use rlock::{RAcquireTimeoutError, RLock, RLockGuard, ROwnerDied};
pub use semaphore::{BoundedSemaphore, Permit, Semaphore, TooManyReleases};
