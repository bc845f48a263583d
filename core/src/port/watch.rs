//! Watching who holds and who waits, for ports that look for deadlocks.

use core::panic::Location;

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

/// Receives what blocking users of locks do. Everything is called in the task it is about, and costs nothing where [`ON`](Watch::ON) is false.
///
/// Asynchronous acquisitions are not reported: a task that waits holds up no thread.
pub trait Watch {
    /// Whether anybody listens.
    const ON: bool;

    /// The caller is about to sleep until it gets `object` (or is notified).
    fn waits(object: Object, at: &'static Location<'static>);

    /// The caller does not wait any more. Comes after each `waits`, before `acquired` if it got it.
    fn ends_wait();

    /// The caller has `object` now (once more, for a reentrant lock).
    fn acquired(object: Object, at: &'static Location<'static>);

    /// `object` was released (one level of it), perhaps by another task than the one that acquired it.
    fn released(object: Object);
}

/// Nobody listens.
#[derive(Debug, Clone, Copy)]
pub struct NoWatch;

impl Watch for NoWatch {
    const ON: bool = false;

    #[inline(always)]
    fn waits(_: Object, _: &'static Location<'static>) {}

    #[inline(always)]
    fn ends_wait() {}

    #[inline(always)]
    fn acquired(_: Object, _: &'static Location<'static>) {}

    #[inline(always)]
    fn released(_: Object) {}
}

/// An acquisition of `object` with its reports: `try_take` first, and `wait` if that fails.
#[inline]
#[track_caller]
pub(crate) fn watched<P: super::Port, E>(
    object: Object,
    try_take: impl FnOnce() -> bool,
    wait: impl FnOnce() -> Result<(), E>,
) -> Result<(), E> {
    if !P::Watch::ON {
        return wait();
    }
    let at = Location::caller();
    if !try_take() {
        P::Watch::waits(object, at);
        let outcome = wait();
        P::Watch::ends_wait();
        outcome?;
    }
    P::Watch::acquired(object, at);
    Ok(())
}
