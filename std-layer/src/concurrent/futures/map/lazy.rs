//! A map that takes its items as there is room (row X-18).

use std::collections::VecDeque;
use std::task::{Context, Poll};
use std::time::Instant;

use super::chunk::Chunk;
use super::error::MapError;
use super::feed::{Feed, Late, Piece, cancel, poll_take, poll_take_any, take, take_any};
use crate::concurrent::futures::{Future, SubmitError, SubmitErrorKind};

pub(super) struct Lazy<I, S, T> {
    /// None when it has come to its end.
    items: Option<I>,
    size: usize,
    tasks: usize,
    submit: S,
    first: usize,
    parts: VecDeque<(usize, Future<Chunk<T>>)>,
    refused: Option<SubmitErrorKind>,
    is_unordered: bool,
}

impl<A, I, S, T> Lazy<I, S, T>
where
    I: Iterator<Item = A>,
    S: FnMut(Vec<A>) -> Result<Future<Chunk<T>>, SubmitError<Vec<A>>>,
{
    /// Submits as much as there is room for.
    pub(super) fn new(
        items: I,
        size: usize,
        tasks: usize,
        submit: S,
    ) -> Result<Self, SubmitErrorKind> {
        let mut new = Self {
            items: Some(items),
            size,
            tasks,
            submit,
            first: 0,
            parts: VecDeque::new(),
            refused: None,
            is_unordered: false,
        };
        new.fill();
        match new.refused.take() {
            None => Ok(new),
            Some(kind) => {
                cancel(&mut new.parts);
                Err(kind)
            }
        }
    }

    fn fill(&mut self) {
        while self.parts.len() < self.tasks
            && let Some(items) = &mut self.items
        {
            let chunk: Vec<A> = items.take(self.size).collect();
            if chunk.is_empty() {
                self.items = None;
                return;
            }
            let count = chunk.len();
            match (self.submit)(chunk) {
                Ok(future) => self.parts.push_back((self.first, future)),
                Err(error) => {
                    self.refused = Some(error.into_parts().0);
                    self.items = None;
                }
            }
            self.first += count;
        }
    }

    /// There was a piece, or there are no more; and then room for the next task.
    fn after<'a>(&mut self, piece: Option<Piece<'a, T>>) -> Option<Piece<'a, T>> {
        if piece.as_ref().is_some_and(|piece| piece.error.is_none()) {
            self.fill();
        }
        piece.or_else(|| {
            let error = MapError::Refused(self.refused.take()?);
            Some(Piece::failed(self.first, error))
        })
    }
}

impl<'a, A, I, S, T> Feed<'a, T> for Lazy<I, S, T>
where
    A: 'a,
    I: Iterator<Item = A> + Send + 'a,
    S: FnMut(Vec<A>) -> Result<Future<Chunk<T>>, SubmitError<Vec<A>>> + Send + 'a,
    T: Send + 'a,
{
    fn next(&mut self, deadline: Option<Instant>) -> Result<Option<Piece<'a, T>>, Late> {
        let piece = if self.is_unordered {
            take_any(&mut self.parts, deadline)?
        } else {
            take(&mut self.parts, deadline)?
        };
        Ok(self.after(piece))
    }

    fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Option<Piece<'a, T>>> {
        let poll = if self.is_unordered {
            poll_take_any(&mut self.parts, context)
        } else {
            poll_take(&mut self.parts, context)
        };
        poll.map(|piece| self.after(piece))
    }

    fn cancel(&mut self) {
        self.items = None;
        cancel(&mut self.parts);
    }

    fn into_unordered(mut self: Box<Self>) -> Box<dyn Feed<'a, T> + Send + 'a> {
        self.is_unordered = true;
        self
    }
}
