//! What a timer is made of, and how it is named.

use core::fmt;

/// No entry: the end of the list of vacant entries, the head of an empty slot.
pub(super) const NIL: u32 = u32::MAX;

/// One place of a [`Storage`](super::Storage): a timer, or room for one.
///
/// Storages make them with [`VACANT`](Entry::VACANT) and otherwise leave them alone.
#[derive(Debug)]
pub struct Entry<T> {
    pub(super) deadline: u64,
    /// The number of the insertion that filled this entry last; never used twice.
    pub(super) stamp: u64,
    pub(super) prev: u32,
    /// In a vacant entry: the next vacant one.
    pub(super) next: u32,
    pub(super) value: Option<T>,
}

impl<T> Entry<T> {
    /// Room for one timer.
    pub const VACANT: Self = Self {
        deadline: 0,
        stamp: 0,
        prev: NIL,
        next: NIL,
        value: None,
    };
}

/// Names one timer of one [`Timers`](super::Timers).
///
/// A key is never used again: when its timer has fired or was cancelled, it names nothing, whoever has the place now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Key {
    pub(super) stamp: u64,
    pub(super) index: u32,
}

/// A timer whose time has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Expired<T> {
    /// What [`insert`](super::Timers::insert) returned; it names nothing from now on.
    pub key: Key,
    /// When it was due.
    pub deadline: u64,
    /// What was inserted.
    pub value: T,
}

/// There is no room for another timer. The value comes back.
#[derive(Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Full<T>(pub T);

impl<T> fmt::Debug for Full<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Full(..)")
    }
}

impl<T> fmt::Display for Full<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no room for another timer")
    }
}

impl<T> core::error::Error for Full<T> {}
