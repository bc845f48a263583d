//! [`as_completed`].
//!
//! # Safety
//!
//! Enlists handles that it owns, and lets each go after it was completed, or after it was taken off.
#![allow(unsafe_code, reason = "enlists handles that it owns")]

use std::fmt;
use std::iter::FusedIterator;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use super::enrolment::Enrolment;
use super::indexed::Indexed;
use super::ready::Ready;
use super::timed::AsCompletedTimed;
use super::waitable::{Handle, Waitable, awaited, first_ones};
use crate::concurrent::futures::future::Until;
use crate::concurrent::futures::task::host;
use crate::threading::TimedOut;

/// Gives futures back as they are completed (row F-51): those that are done already first, then each as it is finished or cancelled.
///
/// It takes futures, or references to futures; one that is there twice comes once. It is an iterator that waits, and with the feature `stream` a stream; [`next_async`](AsCompleted::next_async) needs no feature.
///
/// * **Blocking.** `next` waits until one is done: awake for a moment, then asleep. No thread and no timer is behind it, and a completion costs the same however many are left.
/// * **Time limit.** [`timeout`](AsCompleted::timeout), counted from that call. (Python begins to count at the first `next`, row F-52.)
/// * **Dropping** it leaves nothing behind in the futures that were not done; those that it owns are dropped, which lets their tasks run.
///
/// ```
/// use selvedge::concurrent::futures::{as_completed, Promise};
///
/// let (promises, futures): (Vec<_>, Vec<_>) = (0..3).map(|_| Promise::new()).unzip();
/// for (value, promise) in promises.iter().enumerate().rev() {
///     promise.set_result(value).unwrap();
/// }
/// let mut values: Vec<usize> = as_completed(futures).map(|future| future.result().unwrap()).collect();
/// values.sort();
/// assert_eq!(values, [0, 1, 2]);
/// ```
///
/// Which one it was (row F-E05 maps futures back to what they were made for):
///
/// ```
/// use selvedge::concurrent::futures::{as_completed, Promise};
///
/// let names = ["slow", "quick"];
/// let (promises, futures): (Vec<_>, Vec<_>) = names.iter().map(|_| Promise::new()).unzip();
/// let mut done = as_completed(futures).with_index();
/// promises[1].set_result(()).unwrap();
/// let (index, _future) = done.next().unwrap();
/// assert_eq!(names[index], "quick");
/// ```
pub fn as_completed<I>(futures: I) -> AsCompleted<I::Item>
where
    I: IntoIterator,
    I::Item: Waitable,
{
    AsCompleted::new(futures.into_iter().collect())
}

/// What [`as_completed`] returns.
#[must_use = "it waits when it is asked for the next future"]
pub struct AsCompleted<W: Waitable> {
    // Before the futures: it is dropped first.
    enrolment: Enrolment,
    ready: Arc<Ready>,
    /// Those that have not been given back.
    futures: Vec<Option<W>>,
    /// Where they were in the input, if that is not where they are here.
    places: Option<Vec<usize>>,
    left: usize,
    /// The futures before this one need no help of ours.
    helped: usize,
}

impl<W: Waitable> AsCompleted<W> {
    fn new(futures: Vec<W>) -> Self {
        let places = first_ones(&futures);
        let mut futures: Vec<_> = futures.into_iter().map(Some).collect();
        if let Some(places) = &places {
            futures = places.iter().map(|&place| futures[place].take()).collect();
        }
        let ready = Arc::new(Ready::new(futures.len()));
        let tasks = futures.iter().flatten().map(Handle::task);
        // SAFETY: we own the handles until they have left.
        let enrolment = unsafe { Enrolment::begin(&ready, tasks, |_| false) };
        Self {
            enrolment,
            ready,
            left: futures.len(),
            futures,
            places,
            helped: 0,
        }
    }

    /// How many have not been given back.
    #[must_use]
    pub fn unfinished(&self) -> usize {
        self.left
    }

    /// How many there were at the beginning.
    #[must_use]
    pub fn total(&self) -> usize {
        self.futures.len()
    }

    /// The futures that have not been given back, in the order of the input. Some of them may be done.
    #[must_use]
    pub fn into_unfinished(self) -> Vec<W> {
        let Self {
            enrolment, futures, ..
        } = self;
        drop(enrolment);
        futures.into_iter().flatten().collect()
    }

    /// Gives the index with each future: where it was in the input.
    pub fn with_index(self) -> Indexed<Self> {
        Indexed::new(self)
    }

    /// Gives up `timeout` from now, with an error (row F-51). What is done by then is given back even if it is asked for later.
    pub fn timeout(self, timeout: Duration) -> AsCompletedTimed<W> {
        AsCompletedTimed::new(self, Until::after(timeout))
    }

    /// Gives up at `deadline`, with an error. What is done by then is given back even if it is asked for later.
    pub fn deadline(self, deadline: Instant) -> AsCompletedTimed<W> {
        AsCompletedTimed::new(self, Until::Instant(deadline))
    }

    /// Waits for the next one that is done.
    pub(in crate::concurrent::futures) fn next_within(
        &mut self,
        until: Until,
    ) -> Result<Option<(usize, W)>, TimedOut> {
        if self.left == 0 {
            return Ok(None);
        }
        loop {
            if let Some(index) = self.ready.pop() {
                return Ok(self.give(index));
            }
            if self.help() {
                continue;
            }
            let slept = self.sleep(until);
            if slept.is_err() {
                // What came in time is never reported as late.
                return match self.ready.pop() {
                    Some(index) => Ok(self.give(index)),
                    None => Err(TimedOut),
                };
            }
        }
    }

    /// If the calling thread belongs to an executor: has it run one of the tasks that nobody has begun with.
    fn help(&mut self) -> bool {
        let Some(host) = host() else { return false };
        while let Some(future) = self.futures.get(self.helped) {
            if let Some(future) = future
                && awaited(future).is_pending()
                && host.help(awaited(future))
            {
                return true;
            }
            self.helped += 1;
        }
        false
    }

    fn sleep(&self, until: Until) -> Result<(), TimedOut> {
        match host() {
            None => self.ready.sleep(until),
            Some(host) => {
                let mut slept = Ok(());
                host.sleep(None, &mut || slept = self.ready.sleep(until));
                slept
            }
        }
    }

    /// As `next_within`, for tasks.
    pub(in crate::concurrent::futures) fn poll_within(
        &mut self,
        context: &Context<'_>,
    ) -> Poll<Option<(usize, W)>> {
        if self.left == 0 {
            return Poll::Ready(None);
        }
        self.ready.poll(context).map(|index| self.give(index))
    }

    /// A future that was completed: it has been taken off its list.
    fn give(&mut self, index: usize) -> Option<(usize, W)> {
        self.enrolment.leave(index);
        self.left -= 1;
        let future = self.futures[index].take()?;
        let place = self.places.as_ref().map_or(index, |places| places[index]);
        Some((place, future))
    }
}

/// The futures in it are never pinned.
impl<W: Waitable> Unpin for AsCompleted<W> {}

impl<W: Waitable> Iterator for AsCompleted<W> {
    type Item = W;

    fn next(&mut self) -> Option<W> {
        let (_, future) = self.next_within(Until::Ever).ok()??;
        Some(future)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl<W: Waitable> ExactSizeIterator for AsCompleted<W> {}
impl<W: Waitable> FusedIterator for AsCompleted<W> {}

impl<W: Waitable> fmt::Debug for AsCompleted<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AsCompleted")
            .field("unfinished", &self.left)
            .field("total", &self.total())
            .finish_non_exhaustive()
    }
}
