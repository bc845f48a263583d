//! Putting: rows M-80, M-83.

use std::time::{Duration, Instant};

use super::super::asynchronous::wait;
use super::super::futex::Expired;
use super::raw::Put;
use super::ring::Ring;
use super::{Encode, PutError, PutTimeoutError, Queue, TryPutError};

impl<T, C: Encode<T>> Queue<T, C> {
    /// The item as bytes, if it fits.
    fn bytes(&self, item: &T) -> Result<Vec<u8>, PutError<()>> {
        match C::encode(item) {
            Err(error) => Err(PutError::Pack((), error)),
            Ok(bytes) if bytes.len() > self.ring.longest() => {
                Err(PutError::TooLarge((), bytes.len()))
            }
            Ok(bytes) => Ok(bytes),
        }
    }

    /// Puts an item, and waits for room for that.
    ///
    /// # Errors
    ///
    /// See [`PutError`]: the item comes back.
    pub fn put(&self, item: T) -> Result<(), PutError<T>> {
        match self.put_until(item, None) {
            Ok(()) => Ok(()),
            Err(PutTimeoutError::Refused(refused)) => Err(refused),
            Err(PutTimeoutError::TimedOut(_)) => unreachable!("there was no time limit"),
        }
    }

    /// As [`put`](Self::put), without waiting.
    ///
    /// # Errors
    ///
    /// See [`TryPutError`]: the item comes back.
    pub fn try_put(&self, item: T) -> Result<(), TryPutError<T>> {
        let bytes = match self.bytes(&item) {
            Ok(bytes) => bytes,
            Err(error) => return Err(TryPutError::Refused(error.of(item))),
        };
        match self.raw.try_put(self.raw.arena(), &self.ring, &bytes) {
            Some(Put::Done) => Ok(()),
            Some(Put::Closed) => Err(TryPutError::Refused(PutError::Closed(item))),
            Some(Put::Full(_)) | None => Err(TryPutError::Full(item)),
        }
    }

    /// As [`put`](Self::put), at most for `timeout`; the longest ones mean for ever.
    ///
    /// # Errors
    ///
    /// See [`PutTimeoutError`]: the item comes back.
    pub fn put_timeout(&self, item: T, timeout: Duration) -> Result<(), PutTimeoutError<T>> {
        self.put_until(item, Instant::now().checked_add(timeout))
    }

    /// As [`put_timeout`](Self::put_timeout), until an instant.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn put_deadline(&self, item: T, deadline: Instant) -> Result<(), PutTimeoutError<T>> {
        self.put_until(item, Some(deadline))
    }

    fn put_until(&self, item: T, deadline: Option<Instant>) -> Result<(), PutTimeoutError<T>> {
        let bytes = match self.bytes(&item) {
            Ok(bytes) => bytes,
            Err(error) => return Err(PutTimeoutError::Refused(error.of(item))),
        };
        let arena = self.raw.arena();
        match self.raw.put_until(arena, &self.ring, &bytes, deadline) {
            Ok(Put::Closed) => Err(PutTimeoutError::Refused(PutError::Closed(item))),
            Ok(_) => Ok(()),
            Err(Expired) => Err(PutTimeoutError::TimedOut(item)),
        }
    }

    /// As [`put`](Self::put), without blocking the thread. A future that is dropped before its end has not put the item, which goes with it.
    ///
    /// # Errors
    ///
    /// As there.
    pub async fn put_async(&self, item: T) -> Result<(), PutError<T>> {
        let bytes = match self.bytes(&item) {
            Ok(bytes) => bytes,
            Err(error) => return Err(error.of(item)),
        };
        let (raw, arena) = (&*self.raw, self.raw.arena());
        debug_assert!(Ring::need(bytes.len()) <= self.ring.units() as usize);
        let outcome = match raw.try_put(arena, &self.ring, &bytes) {
            None | Some(Put::Full(_)) => {
                wait(arena, |watch| {
                    raw.look_put(watch, arena.member(), &self.ring, &bytes)
                })
                .await
            }
            Some(outcome) => outcome,
        };
        match outcome {
            Put::Closed => Err(PutError::Closed(item)),
            Put::Done | Put::Full(_) => Ok(()),
        }
    }
}
