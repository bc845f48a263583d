//! What is put into queues, and how ends of queues get to their tasks.

use core::cmp::Ordering;

use selvedge_core::Mutex;

use crate::World;
use crate::tools::Count;

/// An item that is counted while it lives, and ordered by its number.
#[derive(Debug)]
pub(crate) struct Counted<'a> {
    living: &'a Count,
    /// Which one.
    pub(crate) number: u32,
}

impl<'a> Counted<'a> {
    /// One more.
    pub(crate) fn new(living: &'a Count, number: u32) -> Self {
        living.up();
        Self { living, number }
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.living.down();
    }
}

impl PartialEq for Counted<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.number == other.number
    }
}

impl Eq for Counted<'_> {}

impl PartialOrd for Counted<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Counted<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.number.cmp(&other.number)
    }
}

/// Something that one task of a rung is to own.
pub(crate) fn hand_over<W: World, T>(thing: T) -> Mutex<W::Port, Option<T>> {
    Mutex::new(Some(thing))
}
