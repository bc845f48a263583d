//! Putting: rows Q-08, Q-09, Q-12.

use std::time::{Duration, Instant};

use super::{PutError, PutTimeoutError, Queue, TryPutError};
use crate::threading::Permit;

impl<T> Queue<T> {
    /// Puts an item, waiting for room while the queue is full.
    ///
    /// # Errors
    ///
    /// The item, if the queue is shut down, before or meanwhile.
    #[track_caller]
    pub fn put(&self, item: T) -> Result<(), PutError<T>> {
        let space = if self.capacity().is_some() {
            Some(self.spaces.acquire())
        } else {
            None
        };
        self.put_into(space, item)
    }

    /// Puts an item if there is room for it now (Python: `put_nowait`).
    ///
    /// # Errors
    ///
    /// The item, if the queue is full or shut down.
    ///
    /// # Examples
    ///
    /// ```
    /// use selvedge::queue::{Queue, TryPutError};
    ///
    /// let queue = Queue::new(1);
    /// assert_eq!(queue.try_put("one"), Ok(()));
    /// assert_eq!(queue.try_put("two"), Err(TryPutError::Full("two")));
    /// ```
    pub fn try_put(&self, item: T) -> Result<(), TryPutError<T>> {
        let space = match self.capacity() {
            None => None,
            Some(_) => match self.spaces.try_acquire() {
                Some(space) => Some(space),
                None if self.is_shut_down() => return Err(TryPutError::ShutDown(item)),
                None => return Err(TryPutError::Full(item)),
            },
        };
        Ok(self.put_into(space, item)?)
    }

    /// Puts an item, waiting for room for at most `timeout`: zero tries once, a huge one is for ever.
    ///
    /// # Errors
    ///
    /// The item, if there was no room in time or the queue is shut down.
    #[track_caller]
    pub fn put_timeout(&self, item: T, timeout: Duration) -> Result<(), PutTimeoutError<T>> {
        let space = match self.capacity() {
            None => None,
            Some(_) => match self.spaces.acquire_timeout(timeout) {
                Ok(space) => Some(space),
                Err(_) => return Err(PutTimeoutError::TimedOut(item)),
            },
        };
        Ok(self.put_into(space, item)?)
    }

    /// Puts an item, waiting for room until `deadline` at the latest.
    ///
    /// # Errors
    ///
    /// The item, if there was no room in time or the queue is shut down.
    #[track_caller]
    pub fn put_deadline(&self, item: T, deadline: Instant) -> Result<(), PutTimeoutError<T>> {
        let space = match self.capacity() {
            None => None,
            Some(_) => match self.spaces.acquire_deadline(deadline) {
                Ok(space) => Some(space),
                Err(_) => return Err(PutTimeoutError::TimedOut(item)),
            },
        };
        Ok(self.put_into(space, item)?)
    }

    /// As [`put`](Self::put), as a future.
    ///
    /// # Cancel safety
    ///
    /// A dropped future has put nothing; the item is dropped with it. A turn that it had is passed on.
    ///
    /// # Errors
    ///
    /// The item, if the queue is shut down, before or meanwhile.
    pub async fn put_async(&self, item: T) -> Result<(), PutError<T>> {
        let space = match self.capacity() {
            None => None,
            Some(_) => Some(self.spaces.acquire_async().await),
        };
        self.put_into(space, item)
    }

    fn put_into(&self, space: Option<Permit<'_>>, item: T) -> Result<(), PutError<T>> {
        let mut state = self.state.lock();
        if state.shut {
            // Dropping `space` passes it on (invariant 2).
            return Err(PutError(item));
        }
        self.push(&mut state, item);
        drop(state);
        if let Some(space) = space {
            space.keep();
        }
        self.items.release(1);
        Ok(())
    }
}
