//! [`AsCompletedTimed`].

use std::iter::FusedIterator;

use super::as_completed::AsCompleted;
use super::indexed::Indexed;
use super::waitable::Waitable;
use crate::concurrent::futures::error::Unfinished;
use crate::concurrent::futures::future::Until;

/// Futures as they are completed, until an instant: [`AsCompleted::timeout`].
///
/// When time is up it gives [`Unfinished`] once, and ends. The futures that were left are in [`into_unfinished`](Self::into_unfinished).
///
/// ```
/// use std::time::Duration;
/// use selvedge::concurrent::futures::{as_completed, Promise};
///
/// let (_promises, futures): (Vec<Promise<u32>>, Vec<_>) = (0..2).map(|_| Promise::new()).unzip();
/// let mut done = as_completed(futures).timeout(Duration::from_millis(1));
/// assert_eq!(done.next().unwrap().unwrap_err().to_string(), "2 (of 2) futures unfinished");
/// assert!(done.next().is_none());
/// assert_eq!(done.into_unfinished().len(), 2);
/// ```
#[derive(Debug)]
#[must_use = "it waits when it is asked for the next future"]
pub struct AsCompletedTimed<W: Waitable> {
    inner: AsCompleted<W>,
    until: Until,
    is_over: bool,
}

impl<W: Waitable> AsCompletedTimed<W> {
    pub(super) fn new(inner: AsCompleted<W>, until: Until) -> Self {
        Self {
            inner,
            until,
            is_over: false,
        }
    }

    /// How many have not been given back.
    #[must_use]
    pub fn unfinished(&self) -> usize {
        self.inner.unfinished()
    }

    /// The futures that have not been given back, in the order of the input. Some of them may be done.
    #[must_use]
    pub fn into_unfinished(self) -> Vec<W> {
        self.inner.into_unfinished()
    }

    /// Gives the index with each future: where it was in the input.
    pub fn with_index(self) -> Indexed<Self> {
        Indexed::new(self)
    }

    fn next_or_late(&mut self) -> Option<Result<(usize, W), Unfinished>> {
        if self.is_over {
            return None;
        }
        self.inner
            .next_within(self.until)
            .map_err(|_| {
                self.is_over = true;
                Unfinished {
                    unfinished: self.inner.unfinished(),
                    total: self.inner.total(),
                }
            })
            .transpose()
    }
}

impl<W: Waitable> Iterator for AsCompletedTimed<W> {
    type Item = Result<W, Unfinished>;

    fn next(&mut self) -> Option<Self::Item> {
        Some(self.next_or_late()?.map(|(_, future)| future))
    }
}

impl<W: Waitable> FusedIterator for AsCompletedTimed<W> {}

impl<W: Waitable> Iterator for Indexed<AsCompletedTimed<W>> {
    type Item = Result<(usize, W), Unfinished>;

    fn next(&mut self) -> Option<Self::Item> {
        self.inner().next_or_late()
    }
}

impl<W: Waitable> FusedIterator for Indexed<AsCompletedTimed<W>> {}
