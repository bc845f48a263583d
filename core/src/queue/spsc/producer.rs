//! [`Producer`].

use core::fmt;
use core::time::Duration;

use super::Sides;
use crate::port::{Port, TimedPort};
use crate::queue::{PutError, PutTimeoutError, TryPutError};
use crate::raw::{Attempt, PutHalf};
use crate::waiters::{Forever, Limit, Until};

/// The end of an [`Spsc`](super::Spsc) that puts. Dropping it lets the consumer know that nothing more will come.
pub struct Producer<'a, P: Port, T, const N: usize> {
    // In this order: the consumer is woken after the half has left.
    half: PutHalf<'a, T, N>,
    sides: Sides<'a, P>,
}

/// A put under way.
struct Putting<'h, 'a, T, const N: usize> {
    half: &'h mut PutHalf<'a, T, N>,
    /// Not put yet.
    item: Option<T>,
}

/// The item is not pinned with it.
impl<T, const N: usize> Unpin for Putting<'_, '_, T, N> {}

#[inline(always)]
fn try_put<T, const N: usize>(half: &mut PutHalf<'_, T, N>, item: T) -> Result<(), TryPutError<T>> {
    if half.is_alone() {
        return Err(TryPutError::ShutDown(item));
    }
    half.push(item).map_err(TryPutError::Full)
}

impl<T, const N: usize> Attempt for Putting<'_, '_, T, N> {
    type Output = Result<(), PutError<T>>;

    fn attempt(&mut self) -> Option<Self::Output> {
        match try_put(self.half, self.item.take()?) {
            Ok(()) => Some(Ok(())),
            Err(TryPutError::ShutDown(item)) => Some(Err(PutError(item))),
            Err(TryPutError::Full(item)) => {
                self.item = Some(item);
                None
            }
        }
    }

    /// The consumer's cursor is a plain store: only the heavy fence finds it.
    fn is_quiet(&self) -> bool {
        false
    }

    /// There is no other producer to pass anything on to.
    fn is_more(&self) -> bool {
        false
    }
}

impl<'a, P: Port, T, const N: usize> Producer<'a, P, T, N> {
    pub(super) fn new(half: PutHalf<'a, T, N>, sides: Sides<'a, P>) -> Self {
        Self { half, sides }
    }

    /// Puts an item, waiting for room while the queue is full.
    ///
    /// # Errors
    ///
    /// The item, if the consumer is gone, before or meanwhile.
    #[inline]
    pub fn put(&mut self, item: T) -> Result<(), PutError<T>> {
        match self.try_put(item) {
            Ok(()) => Ok(()),
            Err(TryPutError::ShutDown(item)) => Err(PutError(item)),
            Err(TryPutError::Full(item)) => match self.put_waiting(item, &Forever) {
                Ok(()) => Ok(()),
                Err(PutTimeoutError::TimedOut(item) | PutTimeoutError::ShutDown(item)) => {
                    Err(PutError(item))
                }
            },
        }
    }

    /// Puts an item if there is room for it now. Wait-free, and callable from interrupts (see [`Spsc`](super::Spsc)).
    ///
    /// # Errors
    ///
    /// The item, if the queue is full, or the consumer gone.
    #[inline]
    pub fn try_put(&mut self, item: T) -> Result<(), TryPutError<T>> {
        try_put(&mut self.half, item)?;
        self.sides.wake_other();
        Ok(())
    }

    /// Puts an item, waiting for room for at most `timeout`: zero tries once, a huge one is for ever.
    ///
    /// # Errors
    ///
    /// The item, if there was no room in time, or the consumer is gone.
    pub fn put_timeout(&mut self, item: T, timeout: Duration) -> Result<(), PutTimeoutError<T>>
    where
        P: TimedPort,
    {
        match self.try_put(item) {
            Ok(()) => Ok(()),
            Err(TryPutError::ShutDown(item)) => Err(PutTimeoutError::ShutDown(item)),
            Err(TryPutError::Full(item)) => self.put_waiting(item, &Until::timeout(timeout)),
        }
    }

    /// Puts an item, waiting for room until `deadline` at the latest. A deadline that has passed tries once.
    ///
    /// # Errors
    ///
    /// The item, if there was no room in time, or the consumer is gone.
    pub fn put_deadline(&mut self, item: T, deadline: P::Instant) -> Result<(), PutTimeoutError<T>>
    where
        P: TimedPort,
    {
        match self.try_put(item) {
            Ok(()) => Ok(()),
            Err(TryPutError::ShutDown(item)) => Err(PutTimeoutError::ShutDown(item)),
            Err(TryPutError::Full(item)) => self.put_waiting(item, &Until::deadline(deadline)),
        }
    }

    /// As [`put`](Self::put), as a future.
    ///
    /// A poll that is about to return `Pending` for the first time tries again for a microsecond at most, on ports that say so: see [`Relax::poll_turn`](crate::port::Relax::poll_turn).
    ///
    /// # Cancel safety
    ///
    /// A dropped future has put nothing; the item is dropped with it.
    ///
    /// # Errors
    ///
    /// The item, if the consumer is gone, before or meanwhile.
    pub async fn put_async(&mut self, item: T) -> Result<(), PutError<T>> {
        let putting = Putting {
            half: &mut self.half,
            item: Some(item),
        };
        self.sides.mine.wait_async(putting).await?;
        self.sides.wake_other();
        Ok(())
    }

    #[cold]
    fn put_waiting<L: Limit<P>>(&mut self, item: T, limit: &L) -> Result<(), PutTimeoutError<T>> {
        let mut putting = Putting {
            half: &mut self.half,
            item: Some(item),
        };
        match self.sides.mine.wait(&mut putting, limit) {
            Ok(put) => put?,
            Err(_) => {
                if let Some(item) = putting.item {
                    return Err(PutTimeoutError::TimedOut(item));
                }
            }
        }
        self.sides.wake_other();
        Ok(())
    }

    /// Whether the consumer is gone.
    #[inline]
    pub fn is_disconnected(&self) -> bool {
        self.half.is_alone()
    }
}

impl<P: Port, T, const N: usize> fmt::Debug for Producer<'_, P, T, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Producer")
            .field("is_disconnected", &self.is_disconnected())
            .finish_non_exhaustive()
    }
}
