//! Waiting for a child's end, in five forms (rows S-52, S-53).

use std::time::{Duration, Instant};

use super::process::Child;
use super::{ExitStatus, Popen, TimeoutExpired};
use std::sync::Arc;

impl Popen {
    /// Waits until the child has ended.
    ///
    /// Any number of threads may wait; each is told.
    pub fn wait(&self) -> ExitStatus {
        // Most are waited for while they run: a look at what is known needs no system call.
        let mut status = self.child.known();
        loop {
            if let Some(status) = status {
                return status;
            }
            self.child.sleep(None);
            status = self.child.try_wait();
        }
    }

    /// Whether it has ended, and how. Never waits, neither for the child nor for other threads that do. (Python's `poll`.)
    ///
    /// ```
    /// use selvedge::subprocess::{Command, Signal};
    ///
    /// let child = Command::new("sleep").arg("1000").start().unwrap();
    /// assert_eq!(child.try_wait(), None);
    /// child.terminate().unwrap();
    /// assert_eq!(child.wait().signal(), Some(Signal::TERM));
    /// ```
    pub fn try_wait(&self) -> Option<ExitStatus> {
        self.child.try_wait()
    }

    /// Waits until the child has ended, but no longer than `timeout`: zero looks once, a huge one is for ever.
    ///
    /// # Errors
    ///
    /// If the child has not ended in time; it goes on, and can be waited for again.
    pub fn wait_timeout(&self, timeout: Duration) -> Result<ExitStatus, TimeoutExpired> {
        wait_until(&self.child, Instant::now().checked_add(timeout))
            .ok_or_else(|| TimeoutExpired::new(self.child.args.clone(), timeout))
    }

    /// Waits until the child has ended, but no longer than until `deadline`.
    ///
    /// # Errors
    ///
    /// If the child has not ended in time; it goes on, and can be waited for again.
    pub fn wait_deadline(&self, deadline: Instant) -> Result<ExitStatus, TimeoutExpired> {
        let begin = Instant::now();
        wait_until(&self.child, Some(deadline)).ok_or_else(|| {
            let timeout = deadline.saturating_duration_since(begin);
            TimeoutExpired::new(self.child.args.clone(), timeout)
        })
    }

    /// As [`wait`](Self::wait), as a future, for any executor: one thread of this module waits for all children that tasks wait for, and wakes them. (If the system refuses that thread, the wait blocks.)
    ///
    /// # Cancel safety
    ///
    /// A dropped future loses nothing: the child goes on, and can be waited for again.
    pub async fn wait_async(&self) -> ExitStatus {
        if let Some(status) = self.child.try_wait() {
            return status;
        }
        if !self.child.watch() {
            return self.wait();
        }
        loop {
            self.child.over.wait_async().await;
            if let Some(status) = self.child.try_wait() {
                return status;
            }
        }
    }
}

/// Waits until a deadline; `None` is for ever.
pub(super) fn wait_until(child: &Arc<Child>, deadline: Option<Instant>) -> Option<ExitStatus> {
    loop {
        if let Some(status) = child.try_wait() {
            return Some(status);
        }
        if deadline.is_some_and(|deadline| Instant::now() >= deadline) {
            return None;
        }
        if !child.sleep(deadline) {
            sleep_by_helper(child, deadline);
        }
    }
}

/// Without a pidfd the kernel has no wait with a time limit.
fn sleep_by_helper(child: &Arc<Child>, deadline: Option<Instant>) {
    if !child.watch() {
        // Neither a descriptor nor a thread to be had: better late than never.
        child.sleep(None);
        return;
    }
    if let Some(deadline) = deadline {
        // Whether the time is up, the caller sees.
        let _ = child.over.wait_deadline(deadline);
    } else {
        child.over.wait();
    }
}
