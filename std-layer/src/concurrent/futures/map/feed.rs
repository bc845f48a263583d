//! Where the results of a map come from: chunk by chunk, whatever tasks they are.

use std::collections::VecDeque;
use std::future::Future as _;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Instant;

use super::chunk::Chunk;
use super::error::MapError;
use super::job::{Block, Yield};
use crate::concurrent::futures::future::Until;
use crate::concurrent::futures::{AsCompleted, Future, TaskError, as_completed};

/// Results in a row and the place of the first; what came after them, if it is no result.
pub(in crate::concurrent::futures) struct Piece<'a, T> {
    pub(super) first: usize,
    pub(super) block: Block<'a, T>,
    pub(super) error: Option<MapError>,
}

impl<T> Piece<'_, T> {
    pub(super) fn failed(first: usize, error: MapError) -> Self {
        Self {
            first,
            block: Block::new(Vec::new()),
            error: Some(error),
        }
    }
}

/// It is not ready in time.
pub(in crate::concurrent::futures) struct Late;

/// Chunks, in order or as they are ready. None: there are no more.
pub(in crate::concurrent::futures) trait Feed<'a, T> {
    fn next(&mut self, deadline: Option<Instant>) -> Result<Option<Piece<'a, T>>, Late>;
    fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Option<Piece<'a, T>>>;
    /// Cancels those whose results have not been taken.
    fn cancel(&mut self);
    /// The same chunks as they are ready.
    fn into_unordered(self: Box<Self>) -> Box<dyn Feed<'a, T> + Send + 'a>;
}

/// What a task of several items returns.
pub(in crate::concurrent::futures) trait Open<'a, T>: Send {
    fn open(self) -> Yield<'a, T>;
}

impl<'a, T: Send> Open<'a, T> for Yield<'a, T> {
    fn open(self) -> Yield<'a, T> {
        self
    }
}

impl<'a, T: Send> Open<'a, T> for Chunk<T> {
    fn open(self) -> Yield<'a, T> {
        Yield {
            block: Block::new(self.values),
            error: self.error,
        }
    }
}

pub(in crate::concurrent::futures) fn piece<'a, T, R: Open<'a, T>>(
    first: usize,
    result: Result<R, TaskError>,
) -> Piece<'a, T> {
    match result {
        Err(error) => Piece::failed(first, MapError::Failed(error)),
        Ok(chunk) => {
            let Yield { block, error } = chunk.open();
            let error = error.map(MapError::Failed);
            Piece {
                first,
                block,
                error,
            }
        }
    }
}

/// Waits for a chunk, and takes it if it is ready in time.
pub(super) fn take<'a, T, R: Open<'a, T>>(
    parts: &mut VecDeque<(usize, Future<R>)>,
    deadline: Option<Instant>,
) -> Result<Option<Piece<'a, T>>, Late> {
    let Some((_, future)) = parts.front() else {
        return Ok(None);
    };
    match deadline {
        None => future.wait_done(),
        Some(deadline) => future.wait_done_deadline(deadline).map_err(|_| Late)?,
    }
    let front = parts.pop_front();
    Ok(front.map(|(first, future)| piece(first, future.result())))
}

pub(super) fn poll_take<'a, T, R: Open<'a, T>>(
    parts: &mut VecDeque<(usize, Future<R>)>,
    context: &mut Context<'_>,
) -> Poll<Option<Piece<'a, T>>> {
    let Some((first, future)) = parts.front_mut() else {
        return Poll::Ready(None);
    };
    let piece = piece(*first, ready!(Pin::new(future).poll(context)));
    parts.pop_front();
    Poll::Ready(Some(piece))
}

/// As [`take`], but any that is ready.
pub(super) fn take_any<'a, T, R: Open<'a, T>>(
    parts: &mut VecDeque<(usize, Future<R>)>,
    deadline: Option<Instant>,
) -> Result<Option<Piece<'a, T>>, Late> {
    if parts.is_empty() {
        return Ok(None);
    }
    let mut completed = as_completed(parts.iter().map(|(_, future)| future));
    let until = deadline.map_or(Until::Ever, Until::Instant);
    let next = completed.next_within(until).map_err(|_| Late)?;
    let index = next.map(|(index, _)| index);
    drop(completed);
    Ok(index.and_then(|index| take_at(parts, index)))
}

pub(super) fn poll_take_any<'a, T, R: Open<'a, T>>(
    parts: &mut VecDeque<(usize, Future<R>)>,
    context: &mut Context<'_>,
) -> Poll<Option<Piece<'a, T>>> {
    if parts.is_empty() {
        return Poll::Ready(None);
    }
    for index in 0..parts.len() {
        let (first, future) = &mut parts[index];
        if let Poll::Ready(result) = Pin::new(future).poll(context) {
            let piece = piece(*first, result);
            parts.remove(index);
            return Poll::Ready(Some(piece));
        }
    }
    Poll::Pending
}

/// It is done.
fn take_at<'a, T, R: Open<'a, T>>(
    parts: &mut VecDeque<(usize, Future<R>)>,
    index: usize,
) -> Option<Piece<'a, T>> {
    let (first, future) = parts.remove(index)?;
    Some(piece(first, future.result()))
}

pub(super) fn cancel<R>(parts: &mut VecDeque<(usize, Future<R>)>) {
    // From the end, so that nobody begins with what is cancelled next.
    while let Some((_, future)) = parts.pop_back() {
        future.cancel();
    }
}

/// All chunks are submitted, and come in order.
pub(super) struct Eager<R>(pub(super) VecDeque<(usize, Future<R>)>);

impl<'a, T: Send + 'a, R: Open<'a, T> + 'a> Feed<'a, T> for Eager<R> {
    fn next(&mut self, deadline: Option<Instant>) -> Result<Option<Piece<'a, T>>, Late> {
        take(&mut self.0, deadline)
    }

    fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Option<Piece<'a, T>>> {
        poll_take(&mut self.0, context)
    }

    fn cancel(&mut self) {
        cancel(&mut self.0);
    }

    fn into_unordered(self: Box<Self>) -> Box<dyn Feed<'a, T> + Send + 'a> {
        let (places, futures): (Vec<_>, Vec<_>) = self.0.into_iter().unzip();
        let completed = Some(as_completed(futures));
        Box::new(Unsorted { places, completed })
    }
}

/// All chunks are submitted, and come as they are ready.
struct Unsorted<R> {
    places: Vec<usize>,
    completed: Option<AsCompleted<Future<R>>>,
}

impl<R> Unsorted<R> {
    fn piece<'a, T>(&self, next: (usize, Future<R>)) -> Piece<'a, T>
    where
        R: Open<'a, T>,
    {
        let (index, future) = next;
        piece(self.places[index], future.result())
    }
}

impl<'a, T: Send + 'a, R: Open<'a, T> + 'a> Feed<'a, T> for Unsorted<R> {
    fn next(&mut self, deadline: Option<Instant>) -> Result<Option<Piece<'a, T>>, Late> {
        let Some(completed) = &mut self.completed else {
            return Ok(None);
        };
        let until = deadline.map_or(Until::Ever, Until::Instant);
        let next = completed.next_within(until).map_err(|_| Late)?;
        Ok(next.map(|next| self.piece(next)))
    }

    fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Option<Piece<'a, T>>> {
        let Some(completed) = &mut self.completed else {
            return Poll::Ready(None);
        };
        let next = ready!(completed.poll_within(context));
        Poll::Ready(next.map(|next| self.piece(next)))
    }

    fn cancel(&mut self) {
        if let Some(completed) = self.completed.take() {
            for future in completed.into_unfinished().iter().rev() {
                future.cancel();
            }
        }
    }

    fn into_unordered(self: Box<Self>) -> Box<dyn Feed<'a, T> + Send + 'a> {
        self
    }
}
