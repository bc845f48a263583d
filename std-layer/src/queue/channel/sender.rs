//! [`Sender`].

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::Last;
use crate::queue::{PutError, PutTimeoutError, Queue, TryPutError};

/// The side of a [`channel`](super::channel()) that puts.
///
/// Blocking, fairness, cancellation, order and costs are those of [`Queue`]. In the errors, *shut down* means that the last [`Receiver`](super::Receiver) has been dropped.
///
/// Clones put into the same channel. When the last of them is dropped, receivers take what is left and then hear of it.
pub struct Sender<T> {
    queue: Arc<Queue<T>>,
    last: Arc<Last<T>>,
}

impl<T> Sender<T> {
    pub(super) fn new(queue: Arc<Queue<T>>, last: Arc<Last<T>>) -> Self {
        Self { queue, last }
    }

    /// Puts an item, waiting for room while the channel is full.
    ///
    /// # Errors
    ///
    /// The item, if there is no receiver any more, before or meanwhile.
    #[track_caller]
    pub fn put(&self, item: T) -> Result<(), PutError<T>> {
        self.queue.put(item)
    }

    /// Puts an item if there is room for it now.
    ///
    /// # Errors
    ///
    /// The item, if the channel is full, or there is no receiver any more.
    pub fn try_put(&self, item: T) -> Result<(), TryPutError<T>> {
        self.queue.try_put(item)
    }

    /// Puts an item, waiting for room for at most `timeout`: zero tries once, a huge one is for ever.
    ///
    /// # Errors
    ///
    /// The item, if there was no room in time, or there is no receiver any more.
    #[track_caller]
    pub fn put_timeout(&self, item: T, timeout: Duration) -> Result<(), PutTimeoutError<T>> {
        self.queue.put_timeout(item, timeout)
    }

    /// Puts an item, waiting for room until `deadline` at the latest.
    ///
    /// # Errors
    ///
    /// The item, if there was no room in time, or there is no receiver any more.
    #[track_caller]
    pub fn put_deadline(&self, item: T, deadline: Instant) -> Result<(), PutTimeoutError<T>> {
        self.queue.put_deadline(item, deadline)
    }

    /// As [`put`](Self::put), as a future.
    ///
    /// # Cancel safety
    ///
    /// A dropped future has put nothing; the item is dropped with it. A turn that it had is passed on.
    ///
    /// # Errors
    ///
    /// The item, if there is no receiver any more, before or meanwhile.
    pub async fn put_async(&self, item: T) -> Result<(), PutError<T>> {
        self.queue.put_async(item).await
    }

    /// Whether the last receiver is gone. One that is there may go before the next put.
    pub fn is_closed(&self) -> bool {
        self.queue.is_shut_down()
    }

    /// The queue between the two sides: for its questions, for [`join`](Queue::join), and for a select.
    pub fn as_queue(&self) -> &Queue<T> {
        &self.queue
    }
}

impl<T> Clone for Sender<T> {
    fn clone(&self) -> Self {
        Self::new(Arc::clone(&self.queue), Arc::clone(&self.last))
    }
}

impl<T> fmt::Debug for Sender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sender")
            .field("capacity", &self.queue.capacity())
            .finish_non_exhaustive()
    }
}
