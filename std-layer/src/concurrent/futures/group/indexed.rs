//! [`Indexed`].

use std::iter::FusedIterator;

use super::as_completed::AsCompleted;
use super::waitable::Waitable;
use crate::concurrent::futures::future::Until;

/// Futures as they are completed, with their places in the input: [`AsCompleted::with_index`].
#[derive(Debug)]
#[must_use = "it waits when it is asked for the next future"]
pub struct Indexed<S>(S);

impl<S> Indexed<S> {
    pub(super) fn new(inner: S) -> Self {
        Self(inner)
    }

    /// What is underneath.
    pub fn into_inner(self) -> S {
        self.0
    }

    #[cfg(feature = "stream")]
    pub(super) fn inner_ref(&self) -> &S {
        &self.0
    }

    pub(super) fn inner(&mut self) -> &mut S {
        &mut self.0
    }
}

impl<W: Waitable> Iterator for Indexed<AsCompleted<W>> {
    type Item = (usize, W);

    fn next(&mut self) -> Option<(usize, W)> {
        self.0.next_within(Until::Ever).ok()?
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.size_hint()
    }
}

impl<W: Waitable> ExactSizeIterator for Indexed<AsCompleted<W>> {}
impl<W: Waitable> FusedIterator for Indexed<AsCompleted<W>> {}
