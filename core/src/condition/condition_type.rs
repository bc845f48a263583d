//! [`Condition`]: a lock and its condition, in the shape of Python's class.

use core::fmt;
use core::ops::{Deref, DerefMut};
use core::time::Duration;

use super::condvar::Condvar;
use super::monitor::{Guarded, Monitor};
use crate::RLock;
use crate::error::TimedOut;
use crate::port::{Clock, Identity, Port, TimedPort};
use crate::raw::Suspend;

/// A lock together with a condition on it: Python's `threading.Condition` (rows T-69 to T-80).
///
/// `L` is [`RLock`], [`Lock`](crate::Lock) or [`Mutex`](crate::Mutex), owned; or a reference to one, or another pointer in [`Shared`](crate::Shared), so that several conditions can share a lock. The
/// chapter's default is a new `RLock`: [`default`](Self::default).
///
/// `wait` and `notify` are methods of the guard, so the lock is provably held by the caller (row T-79 cannot happen, and Python's `RuntimeError` needs no twin). The behaviour of waits and
/// notifications is described at [`Condvar`].
///
/// ```
/// # use selvedge::port::Native; // on a hosted system
/// use selvedge_core::{Condition, Mutex};
///
/// static BOX: Condition<Mutex<Native, Option<&str>>> = Condition::new(Mutex::new(None));
///
/// let reader = std::thread::spawn(|| {
///     let mut guard = BOX.acquire();
///     guard.wait_for(|content| content.is_some());
///     guard.take().unwrap()
/// });
/// let mut guard = BOX.acquire();
/// **guard = Some("letter");
/// guard.notify_all();
/// drop(guard);
/// assert_eq!(reader.join().unwrap(), "letter");
/// ```
pub struct Condition<L: Monitor> {
    lock: L,
    condvar: Condvar<L::Port>,
}

/// A [`Condition`] whose lock is held. Derefs to the lock's own guard.
#[must_use = "the lock is released as soon as the guard is dropped"]
pub struct ConditionGuard<'a, L: Monitor + 'a> {
    guard: L::Guard<'a>,
    condvar: &'a Condvar<L::Port>,
}

impl<L: Monitor> Condition<L> {
    maybe_const! {
        /// A condition on `lock`.
        pub fn new(lock: L) -> Self {
            Self { lock, condvar: Condvar::new() }
        }
    }

    fn guard<'a>(&'a self, guard: L::Guard<'a>) -> ConditionGuard<'a, L> {
        ConditionGuard {
            guard,
            condvar: &self.condvar,
        }
    }

    /// Waits for the lock (row T-70).
    #[track_caller]
    pub fn acquire(&self) -> ConditionGuard<'_, L> {
        self.guard(self.lock.monitor_acquire())
    }

    /// Takes the lock if that needs no waiting. Never blocks.
    #[track_caller]
    pub fn try_acquire(&self) -> Option<ConditionGuard<'_, L>> {
        Some(self.guard(self.lock.monitor_try_acquire()?))
    }

    /// Waits for the lock, for `timeout` at most.
    ///
    /// # Errors
    ///
    /// [`TimedOut`]; the lock is as it was.
    #[track_caller]
    pub fn acquire_timeout(&self, timeout: Duration) -> Result<ConditionGuard<'_, L>, TimedOut>
    where
        L::Port: TimedPort,
    {
        match <L::Port as Clock>::after(<L::Port as Clock>::now(), timeout) {
            Some(deadline) => self.acquire_deadline(deadline),
            None => Ok(self.acquire()),
        }
    }

    /// Waits for the lock until `deadline`.
    ///
    /// # Errors
    ///
    /// [`TimedOut`]; the lock is as it was.
    #[track_caller]
    pub fn acquire_deadline(
        &self,
        deadline: <L::Port as Clock>::Instant,
    ) -> Result<ConditionGuard<'_, L>, TimedOut>
    where
        L::Port: TimedPort,
    {
        Ok(self.guard(self.lock.monitor_acquire_deadline(deadline)?))
    }

    /// Waits for the lock without blocking the task that polls.
    pub async fn acquire_async(&self) -> ConditionGuard<'_, L> {
        self.guard(self.lock.monitor_acquire_async().await)
    }

    /// The lock.
    pub fn lock(&self) -> &L {
        &self.lock
    }

    /// The condition alone, to notify without the lock; see there what that means.
    pub fn condvar(&self) -> &Condvar<L::Port> {
        &self.condvar
    }
}

impl<'a, L: Monitor + 'a> ConditionGuard<'a, L> {
    /// Releases the lock, waits to be notified, and takes the lock again. See [`Condvar::wait`].
    ///
    /// # Panics
    ///
    /// If the lock is not held, because somebody released it behind the guard's back.
    #[track_caller]
    pub fn wait(&mut self) {
        self.condvar.wait(&mut self.guard);
    }

    /// As [`wait`](Self::wait), for `timeout` at most. See [`Condvar::wait_timeout`].
    ///
    /// # Errors
    ///
    /// [`TimedOut`] if no notification came; the lock is held all the same.
    #[track_caller]
    pub fn wait_timeout(&mut self, timeout: Duration) -> Result<(), TimedOut>
    where
        L::Port: TimedPort,
    {
        self.condvar.wait_timeout(&mut self.guard, timeout)
    }

    /// As [`wait`](Self::wait), until `deadline`.
    ///
    /// # Errors
    ///
    /// As [`wait_timeout`](Self::wait_timeout).
    #[track_caller]
    pub fn wait_deadline(&mut self, deadline: <L::Port as Clock>::Instant) -> Result<(), TimedOut>
    where
        L::Port: TimedPort,
    {
        self.condvar.wait_deadline(&mut self.guard, deadline)
    }

    /// Waits until `predicate` holds. See [`Condvar::wait_for`].
    #[track_caller]
    pub fn wait_for(&mut self, mut predicate: impl FnMut(&mut Self) -> bool) {
        while !predicate(self) {
            self.wait();
        }
    }

    /// As [`wait_for`](Self::wait_for), for `timeout` at most in all.
    ///
    /// # Errors
    ///
    /// [`TimedOut`] if the predicate did not hold when it was asked last.
    #[track_caller]
    pub fn wait_for_timeout(
        &mut self,
        timeout: Duration,
        predicate: impl FnMut(&mut Self) -> bool,
    ) -> Result<(), TimedOut>
    where
        L::Port: TimedPort,
    {
        match <L::Port as Clock>::after(<L::Port as Clock>::now(), timeout) {
            Some(deadline) => self.wait_for_deadline(deadline, predicate),
            None => {
                self.wait_for(predicate);
                Ok(())
            }
        }
    }

    /// As [`wait_for`](Self::wait_for), until `deadline`.
    ///
    /// # Errors
    ///
    /// As [`wait_for_timeout`](Self::wait_for_timeout).
    #[track_caller]
    pub fn wait_for_deadline(
        &mut self,
        deadline: <L::Port as Clock>::Instant,
        mut predicate: impl FnMut(&mut Self) -> bool,
    ) -> Result<(), TimedOut>
    where
        L::Port: TimedPort,
    {
        while !predicate(self) {
            if self.wait_deadline(deadline).is_err() {
                return if predicate(self) {
                    Ok(())
                } else {
                    Err(TimedOut)
                };
            }
        }
        Ok(())
    }

    /// Ends the waits of the `n` that wait longest, or of all if there are fewer, and says how many (row T-74).
    pub fn notify(&self, n: u32) -> u32 {
        self.condvar.notify(n)
    }

    /// Ends the waits of all that wait now, and says how many (row T-75).
    pub fn notify_all(&self) -> u32 {
        self.condvar.notify_all()
    }
}

impl<'a, L: Monitor + 'a> ConditionGuard<'a, L>
where
    L::Guard<'a>: Guarded<Port = L::Port>,
    <<L::Guard<'a> as Guarded>::Raw as Suspend<L::Port>>::Saved: Unpin,
{
    /// As [`wait`](Self::wait), without blocking the task that polls. See [`Condvar::wait_async`].
    ///
    /// # Panics
    ///
    /// As [`wait`](Self::wait), at the first poll.
    pub async fn wait_async(self) -> Self {
        Self {
            guard: self.condvar.wait_async(self.guard).await,
            condvar: self.condvar,
        }
    }

    /// As [`wait_for`](Self::wait_for), without blocking the task that polls.
    ///
    /// # Panics
    ///
    /// As [`wait_async`](Self::wait_async).
    pub async fn wait_for_async(mut self, mut predicate: impl FnMut(&mut Self) -> bool) -> Self {
        while !predicate(&mut self) {
            self = self.wait_async().await;
        }
        self
    }
}

impl<'a, L: Monitor + 'a> Deref for ConditionGuard<'a, L> {
    type Target = L::Guard<'a>;

    fn deref(&self) -> &L::Guard<'a> {
        &self.guard
    }
}

impl<'a, L: Monitor + 'a> DerefMut for ConditionGuard<'a, L> {
    fn deref_mut(&mut self) -> &mut L::Guard<'a> {
        &mut self.guard
    }
}

impl<P: Port + Identity> Default for Condition<RLock<P>> {
    /// On a new `RLock`, as in Python.
    fn default() -> Self {
        Self::new(RLock::default())
    }
}

impl<L: Monitor + fmt::Debug> fmt::Debug for Condition<L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Condition")
            .field("lock", &self.lock)
            .field("waiting", &self.condvar.waiting())
            .finish()
    }
}

impl<'a, L: Monitor + 'a> fmt::Debug for ConditionGuard<'a, L>
where
    L::Guard<'a>: fmt::Debug,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConditionGuard")
            .field("guard", &self.guard)
            .finish_non_exhaustive()
    }
}
