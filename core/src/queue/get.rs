//! Taking, where it may wait: rows.

use core::future::Future;
use core::time::Duration;

use super::{Call, GetTimeoutError, Queue, ShutDown, Store, TryGetError};
use crate::port::{Port, TimedPort};
use crate::raw::{Attempt, RawEventCount};
use crate::waiters::{Forever, Until};

/// A get that waits for an item: ends with one, or because the queue is shut down.
pub(crate) struct Get<'a, P: Port, S: Store> {
    queue: &'a Queue<P, S>,
}

impl<P: Port, S: Store> Attempt for Get<'_, P, S> {
    type Output = Result<S::Item, ShutDown>;

    fn attempt(&mut self) -> Option<Self::Output> {
        match self.queue.try_get() {
            Ok(item) => Some(Ok(item)),
            Err(TryGetError::ShutDown) => Some(Err(ShutDown)),
            Err(TryGetError::Empty) => None,
        }
    }

    fn is_quiet(&self) -> bool {
        self.queue.store.is_quiet(Call::Put)
    }

    fn is_vain(&self) -> bool {
        self.queue.store.is_empty()
    }

    fn served(&self) -> usize {
        self.queue.store.served()
    }

    fn is_more(&self) -> bool {
        !self.queue.is_empty()
    }
}

impl<P: Port, S: Store> Queue<P, S> {
    /// A get, and where to wait for it.
    #[inline]
    pub(crate) fn getting(&self) -> (&RawEventCount<P>, Get<'_, P, S>) {
        (&self.getters, Get { queue: self })
    }

    /// Takes the first item, waiting for one while the queue is empty.
    ///
    /// # Errors
    ///
    /// [`ShutDown`], if the queue is shut down and nothing is left.
    #[inline]
    pub fn get(&self) -> Result<S::Item, ShutDown> {
        match self.get_in_turn() {
            Ok(item) => Ok(item),
            Err(TryGetError::ShutDown) => Err(ShutDown),
            Err(TryGetError::Empty) => {
                let Ok(done) = self.getters.wait(&mut Get { queue: self }, &Forever);
                done
            }
        }
    }

    /// Takes the first item, waiting for one for at most `timeout`: zero tries once, a huge one is for ever.
    ///
    /// # Errors
    ///
    /// If nothing came in time, or the queue is shut down and nothing is left.
    #[inline]
    pub fn get_timeout(&self, timeout: Duration) -> Result<S::Item, GetTimeoutError>
    where
        P: TimedPort,
    {
        self.get_until(|| Until::timeout(timeout))
    }

    /// Takes the first item, waiting for one until `deadline` at the latest. A deadline that has passed tries once.
    ///
    /// # Errors
    ///
    /// If nothing came in time, or the queue is shut down and nothing is left.
    #[inline]
    pub fn get_deadline(&self, deadline: P::Instant) -> Result<S::Item, GetTimeoutError>
    where
        P: TimedPort,
    {
        self.get_until(|| Until::deadline(deadline))
    }

    /// As [`get`](Self::get), as a future.
    ///
    /// A poll that is about to return `Pending` for the first time tries again for a microsecond at most, on ports that say so: see [`Relax::poll_turn`](crate::port::Relax::poll_turn).
    ///
    /// A future that is dropped has taken nothing. A wake-up that it had is passed on.
    ///
    /// # Errors
    ///
    /// [`ShutDown`], if the queue is shut down and nothing is left.
    pub fn get_async(&self) -> impl Future<Output = Result<S::Item, ShutDown>> {
        self.getters.wait_async(Get { queue: self })
    }

    #[inline]
    fn get_until(&self, limit: impl FnOnce() -> Until<P>) -> Result<S::Item, GetTimeoutError>
    where
        P: TimedPort,
    {
        match self.get_in_turn() {
            Ok(item) => Ok(item),
            Err(TryGetError::ShutDown) => Err(GetTimeoutError::ShutDown),
            Err(TryGetError::Empty) => {
                Ok(self.getters.wait(&mut Get { queue: self }, &limit())??)
            }
        }
    }
}
