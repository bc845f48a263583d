//! Tasks: row M-95.

use std::time::{Duration, Instant};

use super::super::asynchronous::wait;
use super::super::futex::Expired;
use super::tasks::Joined;
use super::{Abandoned, Codec, JoinTimeoutError, Queue, TooManyTasksDone};

impl<T, C: Codec> Queue<T, C> {
    /// Reports that the work on one item that was taken is done.
    ///
    /// # Errors
    ///
    /// If that was reported for every item already.
    pub fn task_done(&self) -> Result<(), TooManyTasksDone> {
        if self.raw.task_done(self.raw.arena()) {
            Ok(())
        } else {
            Err(TooManyTasksDone)
        }
    }

    /// How many items were put and not reported as done: a snapshot.
    #[must_use]
    pub fn unfinished_tasks(&self) -> usize {
        self.raw.unfinished() as usize
    }

    fn outcome(joined: Joined) -> Result<(), Abandoned> {
        match joined {
            Joined::Done => Ok(()),
            Joined::Abandoned(tasks) => Err(Abandoned(tasks)),
        }
    }

    /// Waits until every item that was put is reported as done by [`task_done`](Self::task_done).
    ///
    /// # Errors
    ///
    /// [`Abandoned`]: somebody died with tasks that it had taken, and not reported. They are not waited for any more; others may be left: join again.
    pub fn join(&self) -> Result<(), Abandoned> {
        match self.raw.join_until(self.raw.arena(), None) {
            Ok(joined) => Self::outcome(joined),
            Err(Expired) => unreachable!("there was no time limit"),
        }
    }

    /// As [`join`](Self::join), at most for `timeout`; zero looks once, and the longest ones mean for ever.
    ///
    /// # Errors
    ///
    /// See [`JoinTimeoutError`].
    pub fn join_timeout(&self, timeout: Duration) -> Result<(), JoinTimeoutError> {
        self.join_until(Instant::now().checked_add(timeout))
    }

    /// As [`join_timeout`](Self::join_timeout), until an instant.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn join_deadline(&self, deadline: Instant) -> Result<(), JoinTimeoutError> {
        self.join_until(Some(deadline))
    }

    fn join_until(&self, deadline: Option<Instant>) -> Result<(), JoinTimeoutError> {
        match self.raw.join_until(self.raw.arena(), deadline) {
            Ok(joined) => Self::outcome(joined).map_err(JoinTimeoutError::Abandoned),
            Err(Expired) => Err(JoinTimeoutError::TimedOut),
        }
    }

    /// As [`join`](Self::join), without waiting.
    ///
    /// # Errors
    ///
    /// See [`JoinTimeoutError`]: time is up at once.
    pub fn try_join(&self) -> Result<(), JoinTimeoutError> {
        self.join_until(Some(Instant::now()))
    }

    /// As [`join`](Self::join), without blocking the thread. Dropping the future loses nothing.
    ///
    /// # Errors
    ///
    /// As there.
    pub async fn join_async(&self) -> Result<(), Abandoned> {
        let (raw, arena) = (&*self.raw, self.raw.arena());
        Self::outcome(wait(arena, |watch| raw.look_join(watch, arena.member())).await)
    }
}
