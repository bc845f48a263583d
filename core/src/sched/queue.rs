//! The events that wait, as a list.

use core::fmt;
use core::iter::FusedIterator;

use super::key::Key;
use super::store::Store;
use super::store::private::Listed;
use super::{Event, EventId};

/// The events that waited when [`Scheduler::queue`](super::Scheduler::queue) was called, in the order in which they will run (row D-13).
pub struct Queue<S: Store> {
    listing: S::Listing,
    at: usize,
    len: usize,
    number: u32,
}

impl<I> Event<I> {
    pub(super) fn new(key: &Key, time: Option<I>, scheduler: u32) -> Self {
        Self {
            id: EventId {
                sequence: key.sequence,
                slot: key.slot,
                scheduler,
            },
            time,
            priority: key.priority,
            sequence: key.sequence,
        }
    }
}

impl<S: Store> Queue<S> {
    pub(super) fn new(mut listing: S::Listing, len: usize, number: u32) -> Self {
        listing.as_mut()[..len].sort_unstable_by_key(|listed: &Listed<_>| listed.key.order());
        Self {
            listing,
            at: 0,
            len,
            number,
        }
    }
}

impl<S: Store> Iterator for Queue<S> {
    type Item = Event<S::Instant>;

    fn next(&mut self) -> Option<Event<S::Instant>> {
        let listed = self.listing.as_ref()[..self.len].get(self.at)?;
        self.at += 1;
        Some(Event::new(&listed.key, listed.time, self.number))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.len - self.at;
        (left, Some(left))
    }
}

impl<S: Store> ExactSizeIterator for Queue<S> {}
impl<S: Store> FusedIterator for Queue<S> {}

impl<S: Store> fmt::Debug for Queue<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Queue")
            .field("left", &self.len())
            .finish_non_exhaustive()
    }
}
