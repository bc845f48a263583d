//! Waiting for a condition until something is true.

use std::time::{Duration, Instant};

use super::condition::{Condition, WaitError};
use super::lock::LockGuard;

impl Condition {
    /// Waits until `predicate` holds; it is called with the lock held, first without waiting (row M-107). Other forms: [`wait_for_timeout`](Self::wait_for_timeout), [`wait_for_deadline`](Self::wait_for_deadline), [`wait_for_async`](Self::wait_for_async).
    ///
    /// The predicate has the guard, so that it may notify others.
    ///
    /// # Errors
    ///
    /// [`WaitError::OwnerDied`]: the lock is held, and the predicate was not asked again, as what it would look at may be half changed; who has seen to that may wait again. [`WaitError::TooMany`].
    ///
    /// # Panics
    ///
    /// If the guard is of another lock. A panic of the predicate releases the lock.
    ///
    /// ```
    /// use selvedge::multiprocessing::sharedctypes::Value;
    /// use selvedge::multiprocessing::spawn;
    /// use selvedge::multiprocessing::synchronize::Condition;
    ///
    /// let (condition, jobs) = (Condition::new().unwrap(), Value::new(0_u32).unwrap());
    /// let child = spawn(
    ///     |(condition, jobs): (Condition, Value<u32>)| {
    ///         let guard = condition.acquire().unwrap();
    ///         jobs.set(3);
    ///         condition.notify_all(&guard);
    ///     },
    ///     (condition.clone(), jobs.try_clone().unwrap()),
    /// )
    /// .unwrap();
    /// let guard = condition.acquire().unwrap();
    /// let guard = condition.wait_for(guard, |_| jobs.get() == 3).unwrap();
    /// drop(guard);
    /// child.join().unwrap();
    /// ```
    pub fn wait_for<'a>(
        &'a self,
        guard: LockGuard<'a>,
        predicate: impl FnMut(&LockGuard<'a>) -> bool,
    ) -> Result<LockGuard<'a>, WaitError<'a>> {
        self.wait_for_until(guard, None, predicate)
    }

    /// As [`wait_for`](Self::wait_for), at most for `timeout` in all, not counting the time until the lock is had again; the longest ones mean for ever. When time has run out, the predicate is asked once more. With zero it is asked once, and the lock is not released (row M-107).
    ///
    /// # Errors
    ///
    /// [`WaitError::TimedOut`] if the predicate did not hold when it was asked last; the others as there.
    ///
    /// # Panics
    ///
    /// As there.
    pub fn wait_for_timeout<'a>(
        &'a self,
        guard: LockGuard<'a>,
        timeout: Duration,
        predicate: impl FnMut(&LockGuard<'a>) -> bool,
    ) -> Result<LockGuard<'a>, WaitError<'a>> {
        self.wait_for_until(guard, Instant::now().checked_add(timeout), predicate)
    }

    /// As [`wait_for_timeout`](Self::wait_for_timeout), until an instant.
    ///
    /// # Errors
    ///
    /// As there.
    ///
    /// # Panics
    ///
    /// As there.
    pub fn wait_for_deadline<'a>(
        &'a self,
        guard: LockGuard<'a>,
        deadline: Instant,
        predicate: impl FnMut(&LockGuard<'a>) -> bool,
    ) -> Result<LockGuard<'a>, WaitError<'a>> {
        self.wait_for_until(guard, Some(deadline), predicate)
    }

    fn wait_for_until<'a>(
        &'a self,
        mut guard: LockGuard<'a>,
        deadline: Option<Instant>,
        mut predicate: impl FnMut(&LockGuard<'a>) -> bool,
    ) -> Result<LockGuard<'a>, WaitError<'a>> {
        self.check(&guard);
        while !predicate(&guard) {
            if deadline.is_some_and(|deadline| deadline <= Instant::now()) {
                return Err(WaitError::TimedOut(guard));
            }
            guard = match self.wait_until(guard, deadline) {
                // What ran out of time asks once more.
                Ok(guard) | Err(WaitError::TimedOut(guard)) => guard,
                Err(error) => return Err(error),
            };
        }
        Ok(guard)
    }

    /// As [`wait_for`](Self::wait_for), without blocking the thread. Dropping the future loses nothing: see [`wait_async`](Self::wait_async).
    ///
    /// # Errors
    ///
    /// As there.
    ///
    /// # Panics
    ///
    /// As there.
    pub async fn wait_for_async<'a>(
        &'a self,
        mut guard: LockGuard<'a>,
        mut predicate: impl FnMut(&LockGuard<'a>) -> bool,
    ) -> Result<LockGuard<'a>, WaitError<'a>> {
        self.check(&guard);
        while !predicate(&guard) {
            guard = self.wait_async(guard).await?;
        }
        Ok(guard)
    }
}
