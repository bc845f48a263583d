//! Counting tasks: rows.

use core::time::Duration;

use super::{Call, Queue, Store, TooManyTasksDone};
use crate::error::{TimedOut, WouldBlock};
use crate::port::{Port, TimedPort};
use crate::raw::Attempt;
use crate::waiters::{Forever, Until};

/// A wait until all is done.
pub(crate) struct Join<'a, P: Port, S: Store> {
    queue: &'a Queue<P, S>,
}

impl<P: Port, S: Store> Attempt for Join<'_, P, S> {
    type Output = ();

    fn attempt(&mut self) -> Option<()> {
        self.queue.try_join().ok()
    }

    fn is_quiet(&self) -> bool {
        self.queue.store.is_quiet(Call::TaskDone)
    }

    fn is_more(&self) -> bool {
        // All joiners are notified at once.
        false
    }
}

impl<P: Port, S: Store> Queue<P, S> {
    /// Reports that the work on one item that was taken is done. Never waits.
    ///
    /// # Errors
    ///
    /// If that was reported for every item already.
    #[inline]
    pub fn task_done(&self) -> Result<(), TooManyTasksDone> {
        if self.store.task_done()? {
            self.joiners.notify(u32::MAX);
        }
        Ok(())
    }

    /// How many items were put and not reported as done: a snapshot (Python: `unfinished_tasks`).
    #[inline]
    pub fn unfinished_tasks(&self) -> usize {
        self.store.unfinished()
    }

    /// Waits until every item that was put is reported as done by [`task_done`](Self::task_done): at once if there is none, and
    /// as often as one likes. If more is put while somebody waits, that is waited for as well.
    pub fn join(&self) {
        if self.try_join().is_err() {
            let Ok(()) = self.joiners.wait(&mut Join { queue: self }, &Forever);
        }
    }

    /// Whether all is done, as an outcome. Never waits.
    ///
    /// # Errors
    ///
    /// [`WouldBlock`], if something is left to do.
    pub fn try_join(&self) -> Result<(), WouldBlock> {
        match self.unfinished_tasks() {
            0 => Ok(()),
            _ => Err(WouldBlock),
        }
    }

    /// As [`join`](Self::join), for at most `timeout`: zero looks once, a huge one is for ever.
    ///
    /// # Errors
    ///
    /// [`TimedOut`], if something was left to do all that time.
    pub fn join_timeout(&self, timeout: Duration) -> Result<(), TimedOut>
    where
        P: TimedPort,
    {
        self.join_until(|| Until::timeout(timeout))
    }

    /// As [`join`](Self::join), until `deadline` at the latest. A deadline that has passed looks once.
    ///
    /// # Errors
    ///
    /// [`TimedOut`], if something was left to do all that time.
    pub fn join_deadline(&self, deadline: P::Instant) -> Result<(), TimedOut>
    where
        P: TimedPort,
    {
        self.join_until(|| Until::deadline(deadline))
    }

    /// As [`join`](Self::join), as a future. Dropping it loses nothing.
    pub async fn join_async(&self) {
        if self.try_join().is_err() {
            self.joiners.go_on_async(Join { queue: self }).await;
        }
    }

    fn join_until(&self, limit: impl FnOnce() -> Until<P>) -> Result<(), TimedOut>
    where
        P: TimedPort,
    {
        match self.try_join() {
            Ok(()) => Ok(()),
            Err(WouldBlock) => self.joiners.wait(&mut Join { queue: self }, &limit()),
        }
    }
}
