//! The results of a map, in order.

use std::collections::VecDeque;
use std::fmt;
use std::future::poll_fn;
use std::iter::FusedIterator;
use std::task::{Context, Poll, Waker};
use std::time::Instant;

use super::chunk::Chunk;
use super::error::MapError;
use super::feed::{Eager, Feed, Late, Piece};
use super::job::Block;
use super::lazy::Lazy;
use super::options::MapOptions;
use crate::concurrent::futures::{Future, SubmitError, SubmitErrorKind};

/// The results of a [map](crate::concurrent::futures::Submit::map), in the order of the items (rows F-03 to F-07).
///
/// An iterator: [`next`](Iterator::next) waits for the next result. If that is a failure, it is the last thing that comes, and what has not begun then is cancelled. In one task of several items ([`chunksize`](super::MapOptions::chunksize)) the items behind a failing one are not called for; those before it have their
/// results, which is more than row F-30 asks for.
///
/// **Blocking & cancellation.** `next` blocks until the result is there, for no longer than the [time limit](super::MapOptions::timeout); a thread of the same pool runs the awaited task itself if nobody has begun with it. [`try_next`](Self::try_next) never blocks; [`next_async`](Self::next_async) may be dropped and loses nothing.
/// Dropping it cancels what has not begun, *if a result was asked for before*; a map that nobody ever looked at runs to its end (row F-04).
///
/// **Fairness.** Chunks are begun in the order of the items.
///
/// **From interrupts?** No.
///
/// ```
/// use selvedge::concurrent::futures::ThreadPoolExecutor;
///
/// let pool = ThreadPoolExecutor::new(2).unwrap();
/// let squares = pool.map(|n| n * n, [3, 1, 2]).unwrap();
/// let squares: Result<Vec<i32>, _> = squares.collect();
/// assert_eq!(squares.unwrap(), [9, 1, 4]);
/// ```
#[must_use = "a map runs without it, but nobody learns what came of it"]
pub struct Map<'a, T> {
    // Before the feed, which it may point into the memory of.
    block: Block<'a, T>,
    /// What comes behind the block.
    error: Option<MapError>,
    feed: Option<Box<dyn Feed<'a, T> + Send + 'a>>,
    deadline: Option<Instant>,
    /// How many results were taken, and how many of them before the block.
    taken: usize,
    before: usize,
    /// The place of the first item of the block.
    first: usize,
    /// How many items there are, if that is known.
    total: Option<usize>,
    began: bool,
}

impl<'a, T: Send + 'a> Map<'a, T> {
    pub(in crate::concurrent::futures) fn new(
        feed: Box<dyn Feed<'a, T> + Send + 'a>,
        deadline: Option<Instant>,
        total: Option<usize>,
    ) -> Self {
        Self {
            block: Block::new(Vec::new()),
            error: None,
            feed: Some(feed),
            deadline,
            taken: 0,
            before: 0,
            first: 0,
            total,
            began: false,
        }
    }

    /// By tasks that get their items in a list.
    pub(crate) fn of_chunks<A, I>(
        options: MapOptions,
        workers: usize,
        mut submit: impl FnMut(Vec<A>) -> Result<Future<Chunk<T>>, SubmitError<Vec<A>>> + Send + 'a,
        mut items: I,
    ) -> Result<Self, SubmitErrorKind>
    where
        A: Send + 'a,
        I: Iterator<Item = A> + Send + 'a,
    {
        let deadline = options.deadline();
        if let Some(tasks) = options.buffersize {
            let size = options.size_of_unknown();
            let feed = Lazy::new(items, size, tasks, submit)?;
            return Ok(Self::new(Box::new(feed), deadline, None));
        }
        // Known from the start, or by taking all items first.
        let (lower, upper) = items.size_hint();
        let mut parts = VecDeque::new();
        let mut first = 0;
        let submitted = if upper == Some(lower) {
            let size = options.size(lower, workers);
            submit_all(&mut items, size, &mut first, &mut parts, &mut submit)
        } else {
            let mut items = items.collect::<Vec<_>>().into_iter();
            let size = options.size(items.len(), workers);
            submit_all(&mut items, size, &mut first, &mut parts, &mut submit)
        };
        if let Err(kind) = submitted {
            parts.iter().rev().for_each(|(_, future)| {
                future.cancel();
            });
            return Err(kind);
        }
        Ok(Self::new(Box::new(Eager(parts)), deadline, Some(first)))
    }

    /// The next result if it is ready: nothing if it is not, and `Some(None)` if there are no more.
    pub fn try_next(&mut self) -> Option<Option<Result<T, MapError>>> {
        // A poll waits for nothing, helps nobody, and is not late.
        let deadline = self.deadline.take();
        let next = self.poll_advance(&mut Context::from_waker(Waker::noop()));
        self.deadline = deadline;
        match next {
            Poll::Ready(next) => Some(next),
            Poll::Pending => None,
        }
    }

    /// The next result, awaited. The time limit is looked at whenever the future is polled; nothing polls it because of it.
    ///
    /// **Cancellation.** The future may be dropped at any time; nothing is lost.
    pub async fn next_async(&mut self) -> Option<Result<T, MapError>> {
        poll_fn(|context| self.poll_advance(context)).await
    }

    /// Waits for all, and takes them at once: faster than one by one, by far if the items are small.
    ///
    /// # Errors
    ///
    /// The first failure. What has not begun then is cancelled.
    pub fn into_vec(mut self) -> Result<Vec<T>, MapError> {
        self.began = true;
        let mut blocks = Vec::new();
        loop {
            if self.block.len() > 0 {
                blocks.push(std::mem::replace(&mut self.block, Block::new(Vec::new())));
            }
            if let Some(error) = self.error.take() {
                return Err(error);
            }
            let Some(feed) = &mut self.feed else {
                return Ok(Block::join(blocks));
            };
            match feed.next(self.deadline) {
                Ok(piece) => self.accept(piece),
                Err(Late) => return Err(MapError::TimedOut),
            }
        }
    }

    /// How many results have not been taken, if that is known: it is unless items are taken late.
    #[must_use]
    pub fn remaining(&self) -> Option<usize> {
        Some(self.total? - self.taken)
    }

    /// The same, but results come as they are ready.
    pub(super) fn unordered(mut self) -> Self {
        self.feed = self.feed.take().map(Feed::into_unordered);
        self
    }

    /// The place of the item whose result was the last.
    #[inline]
    pub(super) fn last_place(&self) -> usize {
        self.first + self.taken - self.before - 1
    }

    /// The next one, in time.
    #[inline]
    fn advance(&mut self) -> Result<Option<Result<T, MapError>>, Late> {
        loop {
            if let Some(value) = self.block.next() {
                self.taken += 1;
                return Ok(Some(Ok(value)));
            }
            if let Some(error) = self.error.take() {
                self.end();
                return Ok(Some(Err(error)));
            }
            let Some(feed) = &mut self.feed else {
                return Ok(None);
            };
            self.began = true;
            let piece = feed.next(self.deadline)?;
            self.accept(piece);
        }
    }

    fn poll_advance(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<T, MapError>>> {
        loop {
            if self.block.len() > 0 || self.error.is_some() || self.feed.is_none() {
                return Poll::Ready(self.next());
            }
            let Some(feed) = &mut self.feed else {
                continue;
            };
            self.began = true;
            let Poll::Ready(piece) = feed.poll_next(context) else {
                if self
                    .deadline
                    .is_some_and(|deadline| Instant::now() >= deadline)
                {
                    self.end();
                    return Poll::Ready(Some(Err(MapError::TimedOut)));
                }
                return Poll::Pending;
            };
            self.accept(piece);
        }
    }

    fn accept(&mut self, piece: Option<Piece<'a, T>>) {
        match piece {
            None => self.feed = None,
            Some(piece) => {
                self.before = self.taken;
                self.first = piece.first;
                self.block = piece.block;
                self.error = piece.error;
            }
        }
    }

    /// There will be nothing more; what has not begun is cancelled.
    #[cold]
    fn end(&mut self) {
        if let Some(mut feed) = self.feed.take() {
            feed.cancel();
        }
        self.total = Some(self.taken);
    }
}

fn submit_all<A, T>(
    items: &mut impl Iterator<Item = A>,
    size: usize,
    first: &mut usize,
    parts: &mut VecDeque<(usize, Future<Chunk<T>>)>,
    submit: &mut impl FnMut(Vec<A>) -> Result<Future<Chunk<T>>, SubmitError<Vec<A>>>,
) -> Result<(), SubmitErrorKind> {
    loop {
        let chunk: Vec<A> = items.take(size).collect();
        if chunk.is_empty() {
            return Ok(());
        }
        let count = chunk.len();
        let future = submit(chunk).map_err(|error| error.into_parts().0)?;
        parts.push_back((*first, future));
        *first += count;
    }
}

/// The results in it are never pinned.
impl<T> Unpin for Map<'_, T> {}

impl<'a, T: Send + 'a> Iterator for Map<'a, T> {
    type Item = Result<T, MapError>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        if let Some(value) = self.block.next() {
            self.taken += 1;
            return Some(Ok(value));
        }
        self.advance().unwrap_or_else(|Late| {
            self.end();
            Some(Err(MapError::TimedOut))
        })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        // Fewer, if one of them fails.
        (0, self.remaining())
    }
}

impl<'a, T: Send + 'a> FusedIterator for Map<'a, T> {}

impl<T> Drop for Map<'_, T> {
    fn drop(&mut self) {
        if let Some(feed) = &mut self.feed
            && self.began
        {
            feed.cancel();
        }
    }
}

impl<T> fmt::Debug for Map<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Map")
            .field("taken", &self.taken)
            .field("total", &self.total)
            .finish_non_exhaustive()
    }
}

#[cfg(feature = "stream")]
mod streams {
    use std::pin::Pin;
    use std::task::{Context, Poll};

    use futures_core::{FusedStream, Stream};

    use super::Map;
    use crate::concurrent::futures::MapError;

    impl<'a, T: Send + 'a> Stream for Map<'a, T> {
        type Item = Result<T, MapError>;

        fn poll_next(
            mut self: Pin<&mut Self>,
            context: &mut Context<'_>,
        ) -> Poll<Option<Self::Item>> {
            self.poll_advance(context)
        }

        fn size_hint(&self) -> (usize, Option<usize>) {
            Iterator::size_hint(self)
        }
    }

    impl<'a, T: Send + 'a> FusedStream for Map<'a, T> {
        fn is_terminated(&self) -> bool {
            self.feed.is_none() && self.error.is_none() && self.block.len() == 0
        }
    }
}
