//! Taking one item after the other.

use core::iter::FusedIterator;

use super::{Queue, Store};
use crate::port::Port;

/// Takes items until the queue is shut down and nothing is left, waiting while it is empty. See [`Queue::iter`].
pub struct Iter<'a, P: Port, S: Store> {
    queue: &'a Queue<P, S>,
}

/// Takes items while there are any. See [`Queue::drain`].
pub struct Drain<'a, P: Port, S: Store> {
    queue: &'a Queue<P, S>,
}

impl<P: Port, S: Store> Queue<P, S> {
    /// Takes items until the queue is shut down and nothing is left, waiting while it is empty: the loop of a worker. Several may run at a time, and each item goes to one.
    pub fn iter(&self) -> Iter<'_, P, S> {
        Iter { queue: self }
    }

    /// Takes what is there, item by item, and ends when there is nothing. Never waits. Items that are not taken, because the iterator is dropped before, stay.
    pub fn drain(&self) -> Drain<'_, P, S> {
        Drain { queue: self }
    }
}

impl<P: Port, S: Store> Iterator for Iter<'_, P, S> {
    type Item = S::Item;

    #[inline]
    fn next(&mut self) -> Option<S::Item> {
        self.queue.get().ok()
    }
}

/// A queue that is shut down stays so.
impl<P: Port, S: Store> FusedIterator for Iter<'_, P, S> {}

impl<P: Port, S: Store> Iterator for Drain<'_, P, S> {
    type Item = S::Item;

    #[inline]
    fn next(&mut self) -> Option<S::Item> {
        self.queue.try_get().ok()
    }
}

impl<'a, P: Port, S: Store> IntoIterator for &'a Queue<P, S> {
    type Item = S::Item;
    type IntoIter = Iter<'a, P, S>;

    fn into_iter(self) -> Iter<'a, P, S> {
        self.iter()
    }
}

impl<P: Port, S: Store> core::fmt::Debug for Iter<'_, P, S> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Iter").field("queue", self.queue).finish()
    }
}

impl<P: Port, S: Store> core::fmt::Debug for Drain<'_, P, S> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Drain").field("queue", self.queue).finish()
    }
}
