//! Maps over what is borrowed.

use std::any::type_name;
use std::borrow::Cow;
use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Instant;

use super::spawn::{Scope, ScopedFuture};
use crate::concurrent::futures::map::feed::{Feed, Late, Piece, piece};
use crate::concurrent::futures::map::job::{Job, Yield};
use crate::concurrent::futures::map::split::{Borrowed, Listed, Split};
use crate::concurrent::futures::map::{Map, MapOptions};
use crate::concurrent::futures::{SubmitErrorKind, observe};

/// Maps. As those of the pool, with what the scope may borrow.
impl<'scope> Scope<'scope, '_> {
    /// Calls a function with each item; results in the order of the items.
    ///
    /// # Errors
    ///
    /// Why the pool takes nothing any more, if there are items.
    ///
    /// ```
    /// use selvedge::concurrent::futures::ThreadPoolExecutor;
    ///
    /// let pool = ThreadPoolExecutor::new(2).unwrap();
    /// let mut cells = [1, 2, 3, 4, 5];
    /// let sums = pool.scope(|scope| {
    ///     let double = |part: &mut [i32]| {
    ///         part.iter_mut().for_each(|cell| *cell *= 2);
    ///         part.iter().sum::<i32>()
    ///     };
    ///     scope.map(double, cells.chunks_mut(2)).unwrap().into_vec().unwrap()
    /// });
    /// assert_eq!(sums, [6, 14, 10]);
    /// assert_eq!(cells, [2, 4, 6, 8, 10]);
    /// ```
    pub fn map<A, T, F, I>(
        &'scope self,
        function: F,
        items: I,
    ) -> Result<Map<'scope, T>, SubmitErrorKind>
    where
        A: Send + 'scope,
        T: Send + 'scope,
        F: Fn(A) -> T + Send + Sync + 'scope,
        I: IntoIterator<Item = A>,
    {
        let items = Listed::new(items.into_iter().collect());
        self.map_split(MapOptions::new(), function, items)
    }

    /// Calls a function with a reference to each element of a slice, which is split, and not read before.
    ///
    /// # Errors
    ///
    /// As [`map`](Self::map).
    ///
    /// ```
    /// use selvedge::concurrent::futures::ThreadPoolExecutor;
    ///
    /// let pool = ThreadPoolExecutor::new(2).unwrap();
    /// let words = vec![String::from("warp"), String::from("weft")];
    /// let upper = pool.scope(|scope| {
    ///     let upper = scope.map_slice(|word| word.to_uppercase(), &words);
    ///     upper.unwrap().into_vec().unwrap()
    /// });
    /// assert_eq!(upper, ["WARP", "WEFT"]);
    /// ```
    pub fn map_slice<A, T, F>(
        &'scope self,
        function: F,
        items: &'scope [A],
    ) -> Result<Map<'scope, T>, SubmitErrorKind>
    where
        A: Sync,
        T: Send + 'scope,
        F: Fn(&'scope A) -> T + Send + Sync + 'scope,
    {
        self.map_split(MapOptions::new(), function, Borrowed(items))
    }

    /// [`map`](Self::map) with chunk size or time limit. A buffer size is not heeded: all is submitted.
    ///
    /// # Errors
    ///
    /// As [`map`](Self::map).
    pub fn map_with<A, T, F, I>(
        &'scope self,
        options: MapOptions,
        function: F,
        items: I,
    ) -> Result<Map<'scope, T>, SubmitErrorKind>
    where
        A: Send + 'scope,
        T: Send + 'scope,
        F: Fn(A) -> T + Send + Sync + 'scope,
        I: IntoIterator<Item = A>,
    {
        let items = Listed::new(items.into_iter().collect());
        self.map_split(options, function, items)
    }

    fn map_split<S, T, F>(
        &'scope self,
        options: MapOptions,
        function: F,
        source: S,
    ) -> Result<Map<'scope, T>, SubmitErrorKind>
    where
        S: Split + 'scope,
        T: Send + 'scope,
        F: Fn(S::Item) -> T + Send + Sync + 'scope,
    {
        let deadline = options.deadline();
        let len = source.len();
        let size = options.size(len, self.pool.max_workers());
        let mut chunks = Chunks::default();
        for share in Job::shares(source, function, size) {
            let first = share.first();
            let name = Cow::Borrowed(type_name::<F>());
            match observe::named(name, || self.try_spawn(move || share.run())) {
                Ok(future) => chunks.parts.push_back((first, future)),
                Err(kind) => {
                    chunks.cancel();
                    return Err(kind);
                }
            }
        }
        Ok(Map::new(Box::new(chunks), deadline, Some(len)))
    }
}

/// Chunks of a scope, in order.
struct Chunks<'scope, T> {
    parts: VecDeque<(usize, ScopedFuture<'scope, Yield<'scope, T>>)>,
    /// For the first one.
    wait: Option<Pin<Box<dyn Future<Output = ()> + Send + 'scope>>>,
}

impl<T> Default for Chunks<'_, T> {
    fn default() -> Self {
        Self {
            parts: VecDeque::new(),
            wait: None,
        }
    }
}

impl<'scope, T: Send + 'scope> Chunks<'scope, T> {
    /// The first is done.
    fn take(&mut self) -> Option<Piece<'scope, T>> {
        self.wait = None;
        let (first, future) = self.parts.pop_front()?;
        Some(piece(first, future.result()))
    }

    fn cancel(&mut self) {
        self.wait = None;
        while let Some((_, future)) = self.parts.pop_back() {
            future.cancel();
        }
    }
}

impl<'scope, T: Send + 'scope> Feed<'scope, T> for Chunks<'scope, T> {
    fn next(&mut self, deadline: Option<Instant>) -> Result<Option<Piece<'scope, T>>, Late> {
        if let Some((_, future)) = self.parts.front() {
            match deadline {
                None => future.inner().wait_done(),
                Some(deadline) => future
                    .inner()
                    .wait_done_deadline(deadline)
                    .map_err(|_| Late)?,
            }
        }
        Ok(self.take())
    }

    fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Option<Piece<'scope, T>>> {
        if let Some((_, future)) = self.parts.front() {
            let wait = self.wait.get_or_insert_with(|| future.wait_done_boxed());
            ready!(wait.as_mut().poll(context));
        }
        Poll::Ready(self.take())
    }

    fn cancel(&mut self) {
        Chunks::cancel(self);
    }

    fn into_unordered(self: Box<Self>) -> Box<dyn Feed<'scope, T> + Send + 'scope> {
        self
    }
}
