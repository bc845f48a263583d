//! `wait` and its forms.
//!
//! # Safety
//!
//! Enlists handles that are borrowed until the end.
#![allow(unsafe_code, reason = "enlists handles that are borrowed")]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use selvedge_core::raw::FutureState;

use super::enrolment::Enrolment;
use super::waitable::{Handle, Waitable, awaited, first_ones, state_of};
use crate::concurrent::futures::future::Until;
use crate::concurrent::futures::task::{Group, host};
use crate::threading::Event;

/// When [`wait`](wait()) returns (rows F-47 to F-49).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum ReturnWhen {
    /// When any future is finished or cancelled.
    FirstCompleted,
    /// When any future has failed: its task panicked, or it was completed with an error; otherwise when all are done. A cancelled future has not failed.
    FirstException,
    /// When all are finished or cancelled.
    #[default]
    AllCompleted,
}

/// Which futures are done, by their indices in the slice, in its order (row F-46). A future that was there twice has its first index.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DoneAndNotDone {
    /// Finished or cancelled.
    pub done: Vec<usize>,
    /// Neither.
    pub not_done: Vec<usize>,
}

impl DoneAndNotDone {
    fn of<W: Waitable>(futures: &[W]) -> Self {
        let all = |index: &usize| state_of(&futures[*index]).is_done();
        let (done, not_done) = match first_ones(futures) {
            None => (0..futures.len()).partition(all),
            Some(firsts) => firsts.into_iter().partition(all),
        };
        Self { done, not_done }
    }
}

/// Waits for several futures (row F-46).
///
/// They may belong to different executors, and be there twice. Nothing is left behind in those that are not done. A completion costs the same however many wait for how many, and wakes the waiter only if that was the one it waited for.
///
/// An empty slice is done at once.
///
/// ```
/// use selvedge::concurrent::futures::{self, Promise, ReturnWhen, Waitable};
///
/// let (number, three) = Promise::new();
/// let (text, word) = Promise::new();
/// number.set_result(3).unwrap();
///
/// let first = futures::wait(&[&three as &dyn Waitable, &word], ReturnWhen::FirstCompleted);
/// assert_eq!((first.done, first.not_done), (vec![0], vec![1]));
///
/// text.set_result("done").unwrap();
/// let all = futures::wait(&[&three as &dyn Waitable, &word], ReturnWhen::AllCompleted);
/// assert_eq!(all.done, [0, 1]);
/// ```
pub fn wait<W: Waitable>(futures: &[W], when: ReturnWhen) -> DoneAndNotDone {
    wait_within(futures, when, || Until::Ever)
}

/// Which futures are done now. Never blocks.
pub fn try_wait<W: Waitable>(futures: &[W]) -> DoneAndNotDone {
    DoneAndNotDone::of(futures)
}

/// As [`wait`](wait()), for `timeout` at most. That time ran out is no error: not everything is done then.
///
/// ```
/// use std::time::Duration;
/// use selvedge::concurrent::futures::{self, Promise, ReturnWhen};
///
/// let (promise, future) = Promise::<u32>::new();
/// let waited = futures::wait_timeout(&[&future], ReturnWhen::AllCompleted, Duration::from_millis(1));
/// assert_eq!(waited.not_done, [0]);
/// # drop(promise);
/// ```
pub fn wait_timeout<W: Waitable>(
    futures: &[W],
    when: ReturnWhen,
    timeout: Duration,
) -> DoneAndNotDone {
    wait_within(futures, when, || Until::after(timeout))
}

/// As [`wait`](wait()), until `deadline` at most.
pub fn wait_deadline<W: Waitable>(
    futures: &[W],
    when: ReturnWhen,
    deadline: Instant,
) -> DoneAndNotDone {
    wait_within(futures, when, || Until::Instant(deadline))
}

/// As [`wait`](wait()), without blocking the task that polls. Dropping the future of this wait gives up, and leaves nothing behind.
pub async fn wait_async<W: Waitable>(futures: &[W], when: ReturnWhen) -> DoneAndNotDone {
    if !is_over(futures, when) {
        let (group, enrolment) = enrol(futures, when);
        group.over.wait_async().await;
        drop(enrolment);
    }
    DoneAndNotDone::of(futures)
}

fn wait_within<W: Waitable>(
    futures: &[W],
    when: ReturnWhen,
    until: impl FnOnce() -> Until,
) -> DoneAndNotDone {
    if !is_over(futures, when) {
        wait_contended(futures, when, until());
    }
    DoneAndNotDone::of(futures)
}

fn wait_contended<W: Waitable>(futures: &[W], when: ReturnWhen, until: Until) {
    let host = host();
    if let Some(host) = host {
        for future in futures {
            let mut helped = false;
            while awaited(future).is_pending() && host.help(awaited(future)) {
                helped = true;
            }
            if helped && is_over(futures, when) {
                return;
            }
        }
    }
    let (group, _enrolment) = enrol(futures, when);
    let mut sleep = || match until {
        Until::Ever => group.over.wait(),
        Until::Instant(deadline) => drop(group.over.wait_deadline(deadline)),
    };
    match host {
        Some(host) if !group.over.is_set() => host.sleep(None, &mut sleep),
        _ => sleep(),
    }
}

/// Whether the wait is over, by a look at the futures.
fn is_over<W: Waitable>(futures: &[W], when: ReturnWhen) -> bool {
    let all = || futures.iter().all(|future| state_of(future).is_done());
    match when {
        _ if futures.is_empty() => true,
        ReturnWhen::FirstCompleted => futures.iter().any(|future| state_of(future).is_done()),
        ReturnWhen::FirstException => {
            let failed = |future| state_of(future) == FutureState::Failed;
            futures.iter().any(failed) || all()
        }
        ReturnWhen::AllCompleted => all(),
    }
}

/// Counts the futures that are done.
struct Counting {
    /// So many more until it is over. Orders nothing: the event does, and the states that are looked at in the end.
    left: AtomicUsize,
    or_first_failure: bool,
    over: Event,
}

impl Group for Counting {
    fn completed(&self, _index: usize, failed: bool) {
        // Wrapping below zero is of no account.
        let left = self.left.fetch_sub(1, Ordering::Relaxed);
        if left == 1 || failed && self.or_first_failure {
            self.over.set();
        }
    }
}

fn enrol<W: Waitable>(futures: &[W], when: ReturnWhen) -> (Arc<Counting>, Enrolment) {
    let group = Arc::new(Counting {
        left: AtomicUsize::new(match when {
            ReturnWhen::FirstCompleted => 1,
            ReturnWhen::FirstException | ReturnWhen::AllCompleted => futures.len(),
        }),
        or_first_failure: when == ReturnWhen::FirstException,
        over: Event::new(),
    });
    let tasks = futures.iter().map(Handle::task);
    // SAFETY: the handles are borrowed for longer than the enrolment lives; if that is leaked, nobody follows its pointers any more.
    let enrolment = unsafe { Enrolment::begin(&group, tasks, |group| group.over.is_set()) };
    (group, enrolment)
}
