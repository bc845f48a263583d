//! Taking: rows Q-10 to Q-12.

use std::time::{Duration, Instant};

use super::{GetTimeoutError, Queue, ShutDown, TryGetError};
use crate::threading::Permit;

impl<T> Queue<T> {
    /// Takes the oldest item, waiting for one while the queue is empty.
    ///
    /// # Errors
    ///
    /// [`ShutDown`], if the queue is shut down and nothing is left.
    #[track_caller]
    pub fn get(&self) -> Result<T, ShutDown> {
        self.get_from(self.items.acquire())
    }

    /// Takes the oldest item if there is one now (Python: `get_nowait`).
    ///
    /// # Errors
    ///
    /// If the queue is empty, or shut down with nothing left.
    ///
    /// # Examples
    ///
    /// ```
    /// use selvedge::queue::{Queue, TryGetError};
    ///
    /// let queue = Queue::new(0);
    /// assert_eq!(queue.try_get(), Err(TryGetError::Empty));
    /// queue.put(1).unwrap();
    /// assert_eq!(queue.try_get(), Ok(1));
    /// ```
    pub fn try_get(&self) -> Result<T, TryGetError> {
        if let Some(item) = self.items.try_acquire() {
            return Ok(self.get_from(item)?);
        }
        let state = self.state.lock();
        if state.shut && state.items.is_empty() {
            return Err(TryGetError::ShutDown);
        }
        Err(TryGetError::Empty)
    }

    /// Takes the oldest item, waiting for one for at most `timeout`: zero tries once, a huge one is for ever.
    ///
    /// # Errors
    ///
    /// If nothing came in time, or the queue is shut down and nothing is left.
    #[track_caller]
    pub fn get_timeout(&self, timeout: Duration) -> Result<T, GetTimeoutError> {
        Ok(self.get_from(self.items.acquire_timeout(timeout)?)?)
    }

    /// Takes the oldest item, waiting for one until `deadline` at the latest.
    ///
    /// # Errors
    ///
    /// If nothing came in time, or the queue is shut down and nothing is left.
    #[track_caller]
    pub fn get_deadline(&self, deadline: Instant) -> Result<T, GetTimeoutError> {
        Ok(self.get_from(self.items.acquire_deadline(deadline)?)?)
    }

    /// As [`get`](Self::get), as a future.
    ///
    /// # Cancel safety
    ///
    /// A dropped future has taken nothing. If an item was meant for it, that is passed on.
    ///
    /// # Errors
    ///
    /// [`ShutDown`], if the queue is shut down and nothing is left.
    pub async fn get_async(&self) -> Result<T, ShutDown> {
        self.get_from(self.items.acquire_async().await)
    }

    fn get_from(&self, permit: Permit<'_>) -> Result<T, ShutDown> {
        // In a statement of its own, so that the lock is released before anything else.
        let item = self.state.lock().items.pop_front();
        let Some(item) = item else {
            // Dropping `permit` passes it on (invariant 2).
            return Err(ShutDown);
        };
        permit.keep();
        if self.capacity().is_some() {
            self.spaces.release(1);
        }
        Ok(item)
    }
}
