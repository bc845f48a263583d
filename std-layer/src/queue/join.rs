//! Counting tasks: rows Q-13 to Q-15.

use std::time::{Duration, Instant};

use selvedge_core::error::{TimedOut, WouldBlock};

use super::{Queue, TooManyTasksDone};

impl<T> Queue<T> {
    /// Reports that the work on one item that was taken is done. Never waits.
    ///
    /// # Errors
    ///
    /// If that was reported for every item already.
    ///
    /// # Examples
    ///
    /// ```
    /// use selvedge::queue::{Queue, TooManyTasksDone};
    ///
    /// let queue = Queue::new(0);
    /// queue.put("dishes").unwrap();
    /// queue.get().unwrap();
    /// assert!(queue.try_join().is_err());
    /// queue.task_done().unwrap();
    /// queue.join();
    /// assert_eq!(queue.task_done(), Err(TooManyTasksDone));
    /// ```
    pub fn task_done(&self) -> Result<(), TooManyTasksDone> {
        let mut state = self.state.lock();
        if state.unfinished == 0 {
            return Err(TooManyTasksDone);
        }
        self.subtract(&mut state, 1);
        Ok(())
    }

    /// How many items were put and not reported as done (Python: `unfinished_tasks`).
    pub fn unfinished_tasks(&self) -> usize {
        self.state.lock().unfinished
    }

    /// Waits until every item that was put is reported as done by [`task_done`](Self::task_done): at once if there is none, and
    /// as often as one likes.
    #[track_caller]
    pub fn join(&self) {
        if self.try_join().is_err() {
            self.all_done.wait();
        }
    }

    /// Whether all is done.
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
    #[track_caller]
    pub fn join_timeout(&self, timeout: Duration) -> Result<(), TimedOut> {
        match self.try_join() {
            Ok(()) => Ok(()),
            Err(WouldBlock) => self.all_done.wait_timeout(timeout),
        }
    }

    /// As [`join`](Self::join), until `deadline` at the latest.
    ///
    /// # Errors
    ///
    /// [`TimedOut`], if something was left to do all that time.
    #[track_caller]
    pub fn join_deadline(&self, deadline: Instant) -> Result<(), TimedOut> {
        match self.try_join() {
            Ok(()) => Ok(()),
            Err(WouldBlock) => self.all_done.wait_deadline(deadline),
        }
    }

    /// As [`join`](Self::join), as a future. Dropping it loses nothing.
    pub async fn join_async(&self) {
        if self.try_join().is_err() {
            self.all_done.wait_async().await;
        }
    }
}
