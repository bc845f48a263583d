//! [`Consumer`].

use core::fmt;
use core::time::Duration;

use super::Sides;
use crate::port::{Port, TimedPort};
use crate::queue::{GetTimeoutError, ShutDown, TryGetError};
use crate::raw::{Attempt, GetHalf};
use crate::waiters::{Forever, Until};

/// The end of an [`Spsc`](super::Spsc) that gets. Dropping it drops the items that are in the queue, and lets the producer know that nobody will take any more.
pub struct Consumer<'a, P: Port, T, const N: usize> {
    // In this order: the producer is woken after the half has left.
    half: GetHalf<'a, T, N>,
    sides: Sides<'a, P>,
}

/// A get under way.
struct Getting<'h, 'a, T, const N: usize>(&'h mut GetHalf<'a, T, N>);

#[inline(always)]
fn try_get<T, const N: usize>(half: &mut GetHalf<'_, T, N>) -> Result<T, TryGetError> {
    if let Some(item) = half.pop() {
        return Ok(item);
    }
    if !half.is_alone() {
        return Err(TryGetError::Empty);
    }
    // It may have put between the two looks, but does so no more.
    half.pop().ok_or(TryGetError::ShutDown)
}

impl<T, const N: usize> Attempt for Getting<'_, '_, T, N> {
    type Output = Result<T, ShutDown>;

    fn attempt(&mut self) -> Option<Self::Output> {
        match try_get(self.0) {
            Ok(item) => Some(Ok(item)),
            Err(TryGetError::Empty) => None,
            Err(TryGetError::ShutDown) => Some(Err(ShutDown)),
        }
    }

    /// The producer's cursor is a plain store: only the heavy fence finds it.
    fn is_quiet(&self) -> bool {
        false
    }

    /// There is no other consumer to pass anything on to.
    fn is_more(&self) -> bool {
        false
    }
}

impl<'a, P: Port, T, const N: usize> Consumer<'a, P, T, N> {
    pub(super) fn new(half: GetHalf<'a, T, N>, sides: Sides<'a, P>) -> Self {
        Self { half, sides }
    }

    /// Takes the oldest item, waiting for one while the queue is empty.
    ///
    /// # Errors
    ///
    /// [`ShutDown`], if the producer is gone and nothing is left.
    #[inline]
    pub fn get(&mut self) -> Result<T, ShutDown> {
        match self.try_get() {
            Ok(item) => Ok(item),
            Err(TryGetError::ShutDown) => Err(ShutDown),
            Err(TryGetError::Empty) => {
                let Ok(got) = self.sides.mine.wait(&mut Getting(&mut self.half), &Forever);
                self.got(got?)
            }
        }
    }

    /// Takes the oldest item if there is one now. Wait-free, and callable from interrupts (see [`Spsc`](super::Spsc)).
    ///
    /// # Errors
    ///
    /// If the queue is empty, or the producer gone as well.
    #[inline]
    pub fn try_get(&mut self) -> Result<T, TryGetError> {
        let item = try_get(&mut self.half)?;
        self.got(item)
    }

    /// Takes the oldest item, waiting for one for at most `timeout`: zero tries once, a huge one is for ever.
    ///
    /// # Errors
    ///
    /// If nothing came in time, or the producer is gone and nothing is left.
    pub fn get_timeout(&mut self, timeout: Duration) -> Result<T, GetTimeoutError>
    where
        P: TimedPort,
    {
        match self.try_get() {
            Ok(item) => Ok(item),
            Err(TryGetError::ShutDown) => Err(GetTimeoutError::ShutDown),
            Err(TryGetError::Empty) => self.get_until(&Until::timeout(timeout)),
        }
    }

    /// Takes the oldest item, waiting for one until `deadline` at the latest. A deadline that has passed tries once.
    ///
    /// # Errors
    ///
    /// If nothing came in time, or the producer is gone and nothing is left.
    pub fn get_deadline(&mut self, deadline: P::Instant) -> Result<T, GetTimeoutError>
    where
        P: TimedPort,
    {
        match self.try_get() {
            Ok(item) => Ok(item),
            Err(TryGetError::ShutDown) => Err(GetTimeoutError::ShutDown),
            Err(TryGetError::Empty) => self.get_until(&Until::deadline(deadline)),
        }
    }

    #[cold]
    fn get_until(&mut self, until: &Until<P>) -> Result<T, GetTimeoutError>
    where
        P: TimedPort,
    {
        let got = self.sides.mine.wait(&mut Getting(&mut self.half), until)?;
        self.got(got?)
    }

    /// As [`get`](Self::get), as a future.
    ///
    /// A poll that is about to return `Pending` for the first time tries again for a microsecond at most, on ports that say so: see [`Relax::poll_turn`](crate::port::Relax::poll_turn).
    ///
    /// # Cancel safety
    ///
    /// A dropped future has taken nothing.
    ///
    /// # Errors
    ///
    /// [`ShutDown`], if the producer is gone and nothing is left.
    pub async fn get_async(&mut self) -> Result<T, ShutDown> {
        let getting = Getting(&mut self.half);
        let item = self.sides.mine.wait_async(getting).await?;
        self.got(item)
    }

    /// There is room for one more.
    #[inline(always)]
    fn got<E>(&self, item: T) -> Result<T, E> {
        self.sides.wake_other();
        Ok(item)
    }

    /// All items that come, waiting for each, until the producer is gone.
    pub fn iter(&mut self) -> impl Iterator<Item = T> {
        core::iter::from_fn(|| self.get().ok())
    }

    /// The items that are there, without waiting.
    pub fn drain(&mut self) -> impl Iterator<Item = T> {
        core::iter::from_fn(|| self.try_get().ok())
    }

    /// Whether the producer is gone. Something may be left to take.
    #[inline]
    pub fn is_disconnected(&self) -> bool {
        self.half.is_alone()
    }
}

impl<P: Port, T, const N: usize> fmt::Debug for Consumer<'_, P, T, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Consumer")
            .field("is_disconnected", &self.is_disconnected())
            .finish_non_exhaustive()
    }
}
