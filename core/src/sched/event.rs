//! What a scheduler tells about its events, and its errors.

use core::fmt;
use core::time::Duration;

/// Names one event of one scheduler. It is never used again: when its event has run or was cancelled, it names nothing.
///
/// Each scheduler has a number, from its first event on, which its names carry: so a name means nothing to another scheduler. (The numbers are used again after 2³² schedulers.)
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct EventId {
    pub(super) sequence: u64,
    pub(super) slot: u32,
    pub(super) scheduler: u32,
}

/// An event that waits, or has just been taken out: when, how urgent, and the how-manieth (row D-14). The action is not part of it, because it can be called only once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Event<I> {
    /// What it is cancelled by.
    pub id: EventId,
    /// When it is due; `None` for never, because the delay was more than the clock can tell.
    pub time: Option<I>,
    /// Of two events due at the same time, the one with the lower number comes first.
    pub priority: i32,
    /// How many events had been entered before it; decides where time and priority are equal.
    pub sequence: u64,
}

/// The next event, which is not due yet (row D-09).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Next<I> {
    /// When it is due; `None` for never.
    pub time: Option<I>,
    /// How long until then; [`Duration::MAX`] for never.
    pub remaining: Duration,
}

/// What is at the head of the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Head<I, A> {
    /// An event whose time has come, and its action. It is not in the queue any more.
    Due(Event<I>, A),
    /// An event that is not due yet.
    Later(Next<I>),
    /// Nothing.
    Empty,
}

/// There is no room for another event. The action comes back.
#[derive(Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Full<A>(pub A);

impl<A> fmt::Debug for Full<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Full(..)")
    }
}

impl<A> fmt::Display for Full<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no room for another event")
    }
}

impl<A> core::error::Error for Full<A> {}

/// The event is not in the queue: it has run, is running, or was cancelled before; or it is another scheduler's. (Python: `ValueError`, row D-06.)
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct NotQueued;

impl fmt::Display for NotQueued {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the event is not in the queue")
    }
}

impl core::error::Error for NotQueued {}
