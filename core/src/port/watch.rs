//! Watching who holds and who waits, for ports that look for deadlocks.

use core::panic::Location;

use super::Port;
use crate::waiters::Limit;

/// What kind of object is watched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// [`Lock`](crate::Lock).
    Lock,
    /// [`Mutex`](crate::Mutex).
    Mutex,
    /// [`RLock`](crate::RLock).
    RLock,
    /// [`Condvar`](crate::Condvar) and [`Condition`](crate::Condition).
    Condition,
}

/// An object that is watched: its kind and its address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Object {
    /// What it is.
    pub kind: Kind,
    /// Where it is.
    pub address: usize,
}

/// A wait of the calling task.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Wait {
    /// What it waits for: to get it, or to be notified of it.
    pub object: Object,
    /// For a condition: the lock that it lets go for the time of the wait, with all its levels, and must have again to come out of it, however the wait ends.
    pub retakes: Option<Object>,
    /// Whether it gives up by itself at some time. Taking `retakes` again has no limit.
    pub timed: bool,
    /// Who called.
    pub at: &'static Location<'static>,
}

/// Receives what blocking users of locks do. Everything is called in the task it is about, and costs nothing where [`ON`](Watch::ON) is false.
///
/// What is reported as held is held: releases are reported just before they happen, acquisitions just after. Forms that never block report acquisitions only.
///
/// [`wants`](Watch::wants) and [`waits`](Watch::waits) may panic; the caller then unwinds and has changed nothing. The others must not.
pub trait Watch {
    /// Whether anybody listens.
    const ON: bool;

    /// The caller is going to take `wait.object` by a form that can block. It may have it already, if it is reentrant.
    fn wants(_wait: &Wait) {}

    /// The caller is about to sleep until it gets `wait.object` (or is notified).
    fn waits(_wait: &Wait) {}

    /// The caller does not wait any more, and has the lock again that a wait on a condition let go. Comes after each `waits` that returned, before `acquired` if it got it.
    fn ends_wait() {}

    /// The caller has `object` now, for the `level`-th time.
    fn acquired(_object: Object, _level: u32, _at: &'static Location<'static>) {}

    /// The asynchronous task that the caller polls has `object` now, for the `level`-th time. Its waits are not reported: a task that waits holds up no thread.
    fn acquired_async(_object: Object, _level: u32) {}

    /// `object` is about to be released, perhaps by another task than the one that acquired it, so that `level` levels are left.
    fn released(_object: Object, _level: u32) {}

    /// A guard of `object` is given up, and the lock stays held without one.
    fn kept(_object: Object) {}
}

/// Nobody listens.
#[derive(Debug, Clone, Copy)]
pub struct NoWatch;

impl Watch for NoWatch {
    const ON: bool = false;
}

/// A lock as its watched acquisition sees it.
pub(crate) trait Watched {
    type Port: Port;

    /// What it is reported as.
    fn object(&self) -> Object;

    /// How often the caller, who holds it, has it.
    fn level(&self) -> u32 {
        1
    }

    /// Takes it if that needs no waiting.
    fn try_take(&self) -> bool;

    /// Waits for it and takes it.
    fn take<L: Limit<Self::Port>>(&self, limit: &L) -> Result<(), L::Expired>;
}

/// Takes a lock by a blocking form, and reports it.
#[inline]
#[track_caller]
pub(crate) fn take<W: Watched + ?Sized, L: Limit<W::Port>>(
    lock: &W,
    limit: impl FnOnce() -> L,
) -> Result<(), L::Expired> {
    if !<W::Port as Port>::Watch::ON {
        return lock.take(&limit());
    }
    let limit = limit();
    let wait = Wait {
        object: lock.object(),
        retakes: None,
        timed: limit.is_timed(),
        at: Location::caller(),
    };
    <W::Port as Port>::Watch::wants(&wait);
    if !lock.try_take() {
        <W::Port as Port>::Watch::waits(&wait);
        let outcome = lock.take(&limit);
        <W::Port as Port>::Watch::ends_wait();
        outcome?;
    }
    <W::Port as Port>::Watch::acquired(wait.object, lock.level(), wait.at);
    Ok(())
}

/// Takes a lock if that needs no waiting, and reports it.
#[inline]
#[track_caller]
pub(crate) fn try_take<W: Watched + ?Sized>(lock: &W) -> bool {
    let taken = lock.try_take();
    if <W::Port as Port>::Watch::ON && taken {
        <W::Port as Port>::Watch::acquired(lock.object(), lock.level(), Location::caller());
    }
    taken
}

/// Reports that an asynchronous task has taken a lock.
#[inline]
pub(crate) fn taken_async<W: Watched + ?Sized>(lock: &W) {
    if <W::Port as Port>::Watch::ON {
        <W::Port as Port>::Watch::acquired_async(lock.object(), lock.level());
    }
}
