//! Putting, where it may wait: rows.

use core::time::Duration;

use super::{Call, PutError, PutTimeoutError, Queue, Store, TryPutError};
use crate::port::{Port, TimedPort};
use crate::raw::{Attempt, RawEventCount};
use crate::waiters::{Forever, Limit, Until};

/// A put that waits for room: ends with the item put, or given back because the queue is shut down.
pub(crate) struct Put<'a, P: Port, S: Store> {
    queue: &'a Queue<P, S>,
    /// Empty only after the end, or if the store has lost it by a panic.
    item: &'a mut Option<S::Item>,
}

impl<P: Port, S: Store> Attempt for Put<'_, P, S> {
    type Output = Result<(), PutError<S::Item>>;

    fn attempt(&mut self) -> Option<Self::Output> {
        match self.queue.try_put(self.item.take()?) {
            Ok(()) => Some(Ok(())),
            Err(TryPutError::ShutDown(item)) => Some(Err(PutError(item))),
            Err(TryPutError::Full(item)) => {
                *self.item = Some(item);
                None
            }
        }
    }

    fn is_quiet(&self) -> bool {
        self.queue.store.is_quiet(Call::Get)
    }

    fn served(&self) -> usize {
        self.queue.store.served()
    }

    fn is_more(&self) -> bool {
        !self.queue.is_full()
    }

    fn is_void(&self) -> bool {
        self.item.is_none()
    }
}

impl<P: Port, S: Store> Queue<P, S> {
    /// A put of the item that is in this place, and where to wait for it.
    #[inline]
    pub(crate) fn putting<'a>(
        &'a self,
        item: &'a mut Option<S::Item>,
    ) -> (&'a RawEventCount<P>, Put<'a, P, S>) {
        (&self.putters, Put { queue: self, item })
    }

    /// Puts an item, waiting for room while the queue is full.
    ///
    /// # Errors
    ///
    /// The item, if the queue is shut down, before or meanwhile.
    #[inline]
    pub fn put(&self, item: S::Item) -> Result<(), PutError<S::Item>> {
        match self.put_in_turn(item) {
            Ok(()) => Ok(()),
            Err(TryPutError::ShutDown(item)) => Err(PutError(item)),
            Err(TryPutError::Full(item)) => match self.put_waiting(item, &Forever) {
                Ok(done) => done,
            },
        }
    }

    /// Puts an item, waiting for room for at most `timeout`: zero tries once, a huge one is for ever.
    ///
    /// # Errors
    ///
    /// The item, if there was no room in time or the queue is shut down.
    #[inline]
    pub fn put_timeout(
        &self,
        item: S::Item,
        timeout: Duration,
    ) -> Result<(), PutTimeoutError<S::Item>>
    where
        P: TimedPort,
    {
        self.put_until(item, || Until::timeout(timeout))
    }

    /// Puts an item, waiting for room until `deadline` at the latest. A deadline that has passed tries once.
    ///
    /// # Errors
    ///
    /// The item, if there was no room in time or the queue is shut down.
    #[inline]
    pub fn put_deadline(
        &self,
        item: S::Item,
        deadline: P::Instant,
    ) -> Result<(), PutTimeoutError<S::Item>>
    where
        P: TimedPort,
    {
        self.put_until(item, || Until::deadline(deadline))
    }

    /// As [`put`](Self::put), as a future.
    ///
    /// A poll that is about to return `Pending` for the first time tries again for a microsecond at most, on ports that say so: see [`Relax::poll_turn`](crate::port::Relax::poll_turn).
    ///
    /// A future that is dropped has put nothing, and the item is dropped with it. A wake-up that it had is passed on.
    ///
    /// # Errors
    ///
    /// The item, if the queue is shut down, before or meanwhile.
    pub async fn put_async(&self, item: S::Item) -> Result<(), PutError<S::Item>> {
        let item = match self.try_put(item) {
            Ok(()) => return Ok(()),
            Err(TryPutError::ShutDown(item)) => return Err(PutError(item)),
            Err(TryPutError::Full(item)) => item,
        };
        let mut item = Some(item);
        let put = Put {
            queue: self,
            item: &mut item,
        };
        self.putters.go_on_async(put).await
    }

    #[inline]
    fn put_until(
        &self,
        item: S::Item,
        limit: impl FnOnce() -> Until<P>,
    ) -> Result<(), PutTimeoutError<S::Item>>
    where
        P: TimedPort,
    {
        match self.put_in_turn(item) {
            Ok(()) => Ok(()),
            Err(TryPutError::ShutDown(item)) => Err(PutTimeoutError::ShutDown(item)),
            Err(TryPutError::Full(item)) => match self.put_waiting(item, &limit()) {
                Ok(done) => Ok(done?),
                Err((_, item)) => Err(PutTimeoutError::TimedOut(item)),
            },
        }
    }

    /// Waits; when time runs out the item comes back.
    #[cold]
    #[allow(
        clippy::type_complexity,
        reason = "the outcome of the wait, and inside that of the put"
    )]
    fn put_waiting<L: Limit<P>>(
        &self,
        item: S::Item,
        limit: &L,
    ) -> Result<Result<(), PutError<S::Item>>, (L::Expired, S::Item)> {
        let mut item = Some(item);
        let mut put = Put {
            queue: self,
            item: &mut item,
        };
        match self.putters.wait(&mut put, limit) {
            Ok(done) => Ok(done),
            Err(expired) => match item {
                Some(item) => Err((expired, item)),
                // A try that takes the item for good ends the wait.
                None => unreachable!("a put that is not over has its item"),
            },
        }
    }
}
