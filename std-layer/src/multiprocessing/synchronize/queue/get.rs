//! Getting: rows M-82, M-83.

use std::time::{Duration, Instant};

use super::super::asynchronous::wait;
use super::super::futex::Expired;
use super::raw::Get;
use super::{Decode, GetError, GetTimeoutError, Queue, TryGetError};

impl<T, C: Decode<T>> Queue<T, C> {
    /// `None` if it was empty.
    fn item(got: Get) -> Option<Result<T, GetError>> {
        Some(match got {
            Get::Item(bytes) => C::decode(bytes).map_err(GetError::Unpack),
            Get::Closed => Err(GetError::Closed),
            Get::Lost => Err(GetError::Lost),
            Get::Damaged => Err(GetError::Damaged),
            Get::Empty(_) => return None,
        })
    }

    /// Takes the first item, and waits for one.
    ///
    /// # Errors
    ///
    /// See [`GetError`].
    pub fn get(&self) -> Result<T, GetError> {
        match self.get_until(None) {
            Ok(item) => Ok(item),
            Err(GetTimeoutError::Failed(error)) => Err(error),
            Err(GetTimeoutError::TimedOut) => unreachable!("there was no time limit"),
        }
    }

    /// As [`get`](Self::get), without waiting.
    ///
    /// # Errors
    ///
    /// See [`TryGetError`].
    pub fn try_get(&self) -> Result<T, TryGetError> {
        let got = self.raw.try_get(self.raw.arena(), &self.ring);
        match got.and_then(Self::item) {
            None => Err(TryGetError::Empty),
            Some(item) => item.map_err(TryGetError::Failed),
        }
    }

    /// As [`get`](Self::get), at most for `timeout`; the longest ones mean for ever.
    ///
    /// # Errors
    ///
    /// See [`GetTimeoutError`].
    pub fn get_timeout(&self, timeout: Duration) -> Result<T, GetTimeoutError> {
        self.get_until(Instant::now().checked_add(timeout))
    }

    /// As [`get_timeout`](Self::get_timeout), until an instant.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn get_deadline(&self, deadline: Instant) -> Result<T, GetTimeoutError> {
        self.get_until(Some(deadline))
    }

    fn get_until(&self, deadline: Option<Instant>) -> Result<T, GetTimeoutError> {
        let got = self.raw.get_until(self.raw.arena(), &self.ring, deadline);
        match got.map(Self::item) {
            Ok(Some(item)) => item.map_err(GetTimeoutError::Failed),
            Ok(None) | Err(Expired) => Err(GetTimeoutError::TimedOut),
        }
    }

    /// As [`get`](Self::get), without blocking the thread. A future that is dropped before its end has not taken anything.
    ///
    /// # Errors
    ///
    /// As there.
    pub async fn get_async(&self) -> Result<T, GetError> {
        let (raw, arena) = (&*self.raw, self.raw.arena());
        loop {
            let got = match raw.try_get(arena, &self.ring) {
                None | Some(Get::Empty(_)) => {
                    let _sleeper = raw.sleeper();
                    wait(arena, |watch| {
                        raw.look_get(watch, arena.member(), &self.ring)
                    })
                    .await
                }
                Some(got) => got,
            };
            if let Some(item) = Self::item(got) {
                return item;
            }
        }
    }
}
