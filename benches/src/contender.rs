//! One small trait a family of primitives, and what every contender says about itself.

pub(crate) mod context;
pub(crate) mod pool;
#[cfg(target_os = "linux")]
pub(crate) mod process;
pub(crate) mod queue;
pub(crate) mod sched;
#[cfg(target_os = "linux")]
pub(crate) mod shared;

use crate::section::Section;
use std::time::Duration;

/// How a contender counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// Selvedge. Of several in one row, the aim is for the first.
    Ours,
    /// Ours is compared with the best of these.
    Peer,
    /// Shown, but out of competition, because (the reason).
    Reference(&'static str),
}

/// Whoever is timed.
pub(crate) trait Contender {
    const NAME: &'static str;
    const ROLE: Role;
}

/// `names!(Type = "name", ...)`, with `role => ` before it where they are not peers.
macro_rules! names {
    ($($contender:ident = $name:literal),+) => {
        names!(crate::contender::Role::Peer => $($contender = $name),+);
    };
    ($role:expr => $($contender:ident = $name:literal),+) => {
        $(impl crate::contender::Contender for $contender {
            const NAME: &'static str = $name;
            const ROLE: crate::contender::Role = $role;
        })+
    };
}
pub(crate) use names;

/// Mutual exclusion between threads.
pub(crate) trait Lock: Contender + Send + Sync {
    fn new() -> Self;
    fn with(&self, act: impl FnOnce(&Section));
}

/// Mutual exclusion that its holder may enter again.
pub(crate) trait Reentrant: Contender + Send + Sync {
    fn new() -> Self;
    /// Acquires twice, acts, releases twice.
    fn twice(&self, act: impl FnOnce(&Section));
}

/// Many readers or one writer.
pub(crate) trait ReadWrite: Contender + Send + Sync {
    fn new() -> Self;
    fn read(&self, look: impl FnOnce(&Section));
    fn write(&self, act: impl FnOnce(&Section));
}

/// Whom to notify, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Notify {
    Nobody,
    /// One, while the lock is held.
    One,
    /// One, when the lock was released.
    OneAfter,
    /// All, while the lock is held.
    All,
}

/// A lock with a condition.
pub(crate) trait Monitor: Contender + Send + Sync {
    fn new() -> Self;
    /// With the lock held: waits until `ready`, acts, notifies.
    fn when(&self, ready: impl FnMut(&Section) -> bool, act: impl FnOnce(&Section), notify: Notify);
}

/// A counting semaphore.
pub(crate) trait Semaphore: Contender + Send + Sync {
    fn new(permits: u32) -> Self;
    fn with(&self, act: impl FnOnce());
}

/// Where threads wait for each other.
pub(crate) trait Barrier: Contender + Send + Sync {
    fn new(parties: usize) -> Self;
    /// True for one of them.
    fn wait(&self) -> bool;
}

/// A flag to wait for.
pub(crate) trait Event: Contender + Send + Sync {
    fn new() -> Self;
    /// Called before the start by the only thread that will ever wait.
    fn adopt(&self) {}
    fn set(&self);
    /// Waits until it is set, and clears it.
    fn take(&self);
    fn clear(&self);
}

/// Mutual exclusion between async tasks.
pub(crate) trait AsyncLock: Contender + Send + Sync + 'static {
    fn new() -> Self;
    /// Visits the section ([`Section::visit`]) with the lock held.
    fn visit(&self, pauses: bool) -> impl Future<Output = ()> + Send;
    /// Looks at the section when all is over.
    fn inspect(&mut self) -> &Section;
}

/// Things that happen later. The contender times itself, since part of a round is just waiting.
pub(crate) trait Timers: Contender {
    /// Starts a timer for each delay, then cancels each, by its index, in this order: how long that took.
    fn cancel_all(delays: &[Duration], order: &[usize]) -> Duration;
    /// Starts a timer for each delay, lets all of them become due, then takes each: how long it took to start and to take them.
    fn fire_all(delays: &[Duration]) -> Duration;
}

/// Threads.
pub(crate) trait Threads: Contender {
    /// Starts one and joins it; what it returned.
    fn start_join(work: impl FnOnce() -> u64 + Send + 'static) -> u64;
    /// The same with a name.
    fn start_join_named(name: &str, work: impl FnOnce() -> u64 + Send + 'static) -> u64;
}
