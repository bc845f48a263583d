//! The asynchronous forms of [`AsCompleted`].

use std::future::{Future, poll_fn};

use super::as_completed::AsCompleted;
use super::indexed::Indexed;
use super::waitable::Waitable;

impl<W: Waitable> AsCompleted<W> {
    /// The next future that is done, without blocking the task that polls; `None` after the last. Dropped before it is ready, it has taken nothing.
    pub fn next_async(&mut self) -> impl Future<Output = Option<W>> {
        poll_fn(|context| {
            self.poll_within(context)
                .map(|next| next.map(|(_, future)| future))
        })
    }
}

impl<W: Waitable> Indexed<AsCompleted<W>> {
    /// As [`AsCompleted::next_async`], with the index.
    pub fn next_async(&mut self) -> impl Future<Output = Option<(usize, W)>> {
        poll_fn(|context| self.inner().poll_within(context))
    }
}

#[cfg(feature = "stream")]
mod streams {
    use std::pin::Pin;
    use std::task::{Context, Poll};

    use futures_core::{FusedStream, Stream};

    use super::{AsCompleted, Indexed, Waitable};

    impl<W: Waitable> Stream for AsCompleted<W> {
        type Item = W;

        fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<W>> {
            self.poll_within(context)
                .map(|next| next.map(|(_, future)| future))
        }

        fn size_hint(&self) -> (usize, Option<usize>) {
            (self.unfinished(), Some(self.unfinished()))
        }
    }

    impl<W: Waitable> FusedStream for AsCompleted<W> {
        fn is_terminated(&self) -> bool {
            self.unfinished() == 0
        }
    }

    impl<W: Waitable> Stream for Indexed<AsCompleted<W>> {
        type Item = (usize, W);

        fn poll_next(
            mut self: Pin<&mut Self>,
            context: &mut Context<'_>,
        ) -> Poll<Option<Self::Item>> {
            self.inner().poll_within(context)
        }
    }

    impl<W: Waitable> FusedStream for Indexed<AsCompleted<W>> {
        fn is_terminated(&self) -> bool {
            self.inner_ref().unfinished() == 0
        }
    }
}
