//! [`Receiver`].

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::{Drain, IntoIter, Iter, Last};
use crate::queue::{GetTimeoutError, Queue, ShutDown, TooManyTasksDone, TryGetError};

/// The side of a [`channel`](super::channel()) that gets.
///
/// Blocking, fairness, cancellation, order and costs are those of [`Queue`]. In the errors, *shut down* means that the last [`Sender`](super::Sender) has been dropped and nothing is left.
///
/// Clones share the items: each goes to one of them. When the last of them is dropped, so is what is left in the channel.
pub struct Receiver<T> {
    queue: Arc<Queue<T>>,
    last: Arc<Last<T>>,
}

impl<T> Receiver<T> {
    pub(super) fn new(queue: Arc<Queue<T>>, last: Arc<Last<T>>) -> Self {
        Self { queue, last }
    }

    /// Takes the oldest item, waiting for one while the channel is empty.
    ///
    /// # Errors
    ///
    /// [`ShutDown`], if there is no sender any more and nothing is left.
    #[track_caller]
    pub fn get(&self) -> Result<T, ShutDown> {
        self.queue.get()
    }

    /// Takes the oldest item if there is one now.
    ///
    /// # Errors
    ///
    /// If the channel is empty, or there is no sender any more as well.
    pub fn try_get(&self) -> Result<T, TryGetError> {
        self.queue.try_get()
    }

    /// Takes the oldest item, waiting for one for at most `timeout`: zero tries once, a huge one is for ever.
    ///
    /// # Errors
    ///
    /// If nothing came in time, or there is no sender any more and nothing is left.
    #[track_caller]
    pub fn get_timeout(&self, timeout: Duration) -> Result<T, GetTimeoutError> {
        self.queue.get_timeout(timeout)
    }

    /// Takes the oldest item, waiting for one until `deadline` at the latest.
    ///
    /// # Errors
    ///
    /// If nothing came in time, or there is no sender any more and nothing is left.
    #[track_caller]
    pub fn get_deadline(&self, deadline: Instant) -> Result<T, GetTimeoutError> {
        self.queue.get_deadline(deadline)
    }

    /// As [`get`](Self::get), as a future.
    ///
    /// # Cancel safety
    ///
    /// A dropped future has taken nothing. If an item was meant for it, that is passed on.
    ///
    /// # Errors
    ///
    /// [`ShutDown`], if there is no sender any more and nothing is left.
    pub async fn get_async(&self) -> Result<T, ShutDown> {
        self.queue.get_async().await
    }

    /// All items that come, waiting for each, until there is no sender any more.
    pub fn iter(&self) -> Iter<'_, T> {
        Iter(self)
    }

    /// The items that are there, without waiting.
    pub fn drain(&self) -> Drain<'_, T> {
        Drain(self)
    }

    /// Reports that the work on one item that was taken is done; see [`Queue::task_done`].
    ///
    /// # Errors
    ///
    /// If that was reported for every item already.
    pub fn task_done(&self) -> Result<(), TooManyTasksDone> {
        self.queue.task_done()
    }

    /// Whether the last sender is gone. Something may be left to take.
    pub fn is_closed(&self) -> bool {
        self.queue.is_shut_down()
    }

    /// The queue between the two sides: for its questions, and for a select.
    pub fn as_queue(&self) -> &Queue<T> {
        &self.queue
    }
}

impl<T> Clone for Receiver<T> {
    fn clone(&self) -> Self {
        Self::new(Arc::clone(&self.queue), Arc::clone(&self.last))
    }
}

impl<'a, T> IntoIterator for &'a Receiver<T> {
    type Item = T;
    type IntoIter = Iter<'a, T>;

    fn into_iter(self) -> Iter<'a, T> {
        self.iter()
    }
}

impl<T> IntoIterator for Receiver<T> {
    type Item = T;
    type IntoIter = IntoIter<T>;

    fn into_iter(self) -> IntoIter<T> {
        IntoIter(self)
    }
}

impl<T> fmt::Debug for Receiver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receiver")
            .field("capacity", &self.queue.capacity())
            .finish_non_exhaustive()
    }
}
