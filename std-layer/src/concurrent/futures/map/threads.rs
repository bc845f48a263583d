//! Maps on a pool of threads.

use std::any::{type_name, type_name_of_val};
use std::borrow::Cow;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Instant;

use super::chunk::Chunk;
use super::feed::{self, Eager};
use super::job::{Job, Yield};
use super::options::MapOptions;
use super::results::Map;
use super::split::{self, Split, Visit};
use super::unordered::Unordered;
use crate::concurrent::futures::unpack::Apply;
use crate::concurrent::futures::{
    Executor, Future, Shutdown, StillRunning, Submit, SubmitError, SubmitErrorKind,
    ThreadPoolExecutor, observe,
};

/// Maps, with functions that may capture. See [`Submit`] for what all of them do, and [`Map`] for how results are taken.
///
/// Here the tasks write into one buffer, and what can be split (integers in a range, a vector) is not moved item by item: a million tiny items cost less than a nanosecond each.
impl ThreadPoolExecutor {
    /// Calls a function with each item; results in the order of the items (rows F-03 to F-07).
    ///
    /// # Errors
    ///
    /// Why the pool takes nothing any more, if there are items.
    ///
    /// ```
    /// use selvedge::concurrent::futures::ThreadPoolExecutor;
    ///
    /// let pool = ThreadPoolExecutor::new(2).unwrap();
    /// let offset = 10;
    /// let sums = pool.map(move |n| n + offset, 0..5).unwrap();
    /// assert_eq!(sums.into_vec().unwrap(), [10, 11, 12, 13, 14]);
    /// ```
    pub fn map<A, T, F, I>(&self, function: F, items: I) -> Result<Map<'static, T>, SubmitErrorKind>
    where
        A: Send + 'static,
        T: Send + 'static,
        F: Fn(A) -> T + Send + Sync + 'static,
        I: IntoIterator<Item = A>,
    {
        self.map_at_once(MapOptions::new(), function, items)
    }

    /// The same with chunk size, buffer size or time limit.
    ///
    /// # Errors
    ///
    /// As [`map`](Self::map).
    pub fn map_with<'p, A, T, F, I>(
        &'p self,
        options: MapOptions,
        function: F,
        items: I,
    ) -> Result<Map<'p, T>, SubmitErrorKind>
    where
        A: Send + 'static,
        T: Send + 'static,
        F: Fn(A) -> T + Send + Sync + 'static,
        I: IntoIterator<Item = A>,
        I::IntoIter: Send + 'p,
    {
        if options.buffersize.is_none() {
            return self.map_at_once(options, function, items);
        }
        let function = Arc::new(function);
        let submit = move |items| {
            let function = Arc::clone(&function);
            self.chunk(items, move |item| function(item))
        };
        Map::of_chunks(options, self.max_workers(), submit, items.into_iter())
    }

    /// Calls a function with each item; results as they are ready, with the places of their items.
    ///
    /// # Errors
    ///
    /// As [`map`](Self::map).
    pub fn map_unordered<A, T, F, I>(
        &self,
        function: F,
        items: I,
    ) -> Result<Unordered<'static, T>, SubmitErrorKind>
    where
        A: Send + 'static,
        T: Send + 'static,
        F: Fn(A) -> T + Send + Sync + 'static,
        I: IntoIterator<Item = A>,
    {
        self.map(function, items).map(Unordered::from_map)
    }

    /// The same with chunk size, buffer size or time limit.
    ///
    /// # Errors
    ///
    /// As [`map`](Self::map).
    pub fn map_unordered_with<'p, A, T, F, I>(
        &'p self,
        options: MapOptions,
        function: F,
        items: I,
    ) -> Result<Unordered<'p, T>, SubmitErrorKind>
    where
        A: Send + 'static,
        T: Send + 'static,
        F: Fn(A) -> T + Send + Sync + 'static,
        I: IntoIterator<Item = A>,
        I::IntoIter: Send + 'p,
    {
        self.map_with(options, function, items)
            .map(Unordered::from_map)
    }

    /// Calls a function of several arguments with each tuple; results in order.
    ///
    /// # Errors
    ///
    /// As [`map`](Self::map).
    ///
    /// ```
    /// use selvedge::concurrent::futures::ThreadPoolExecutor;
    ///
    /// let pool = ThreadPoolExecutor::new(2).unwrap();
    /// let areas = pool.starmap(|width, height| width * height, std::iter::zip([2, 3], [5, 7, 9]));
    /// assert_eq!(areas.unwrap().into_vec().unwrap(), [10, 21]);
    /// ```
    pub fn starmap<A, T, F, I>(
        &self,
        function: F,
        items: I,
    ) -> Result<Map<'static, T>, SubmitErrorKind>
    where
        A: Send + 'static,
        T: Send + 'static,
        F: Apply<A, T> + Send + Sync + 'static,
        I: IntoIterator<Item = A>,
    {
        self.map(move |arguments| function.apply(arguments), items)
    }

    fn map_at_once<'a, A, T, F, I>(
        &self,
        options: MapOptions,
        function: F,
        items: I,
    ) -> Result<Map<'a, T>, SubmitErrorKind>
    where
        A: Send + 'static,
        T: Send + 'static,
        F: Fn(A) -> T + Send + Sync + 'static,
        I: IntoIterator<Item = A>,
    {
        let deadline = options.deadline();
        let start = Start {
            pool: self,
            options,
            function,
        };
        let (parts, len) = split::dispatch(items, start)?;
        Ok(Map::new(Box::new(Eager(parts)), deadline, Some(len)))
    }

    fn chunk<A, T>(
        &self,
        items: Vec<A>,
        function: impl Fn(A) -> T + Send + 'static,
    ) -> Result<Future<Chunk<T>>, SubmitError<Vec<A>>>
    where
        A: Send + 'static,
        T: Send + 'static,
    {
        let name = Cow::Borrowed(type_name_of_val(&function));
        observe::named(name, || {
            self.submit(move |items| Chunk::of(items, function), items)
        })
    }
}

/// Cuts a source into tasks and submits them.
struct Start<'p, F> {
    pool: &'p ThreadPoolExecutor,
    options: MapOptions,
    function: F,
}

type Parts<T> = VecDeque<(usize, Future<Yield<'static, T>>)>;

impl<A, T, F> Visit<A, T> for Start<'_, F>
where
    A: Send + 'static,
    T: Send + 'static,
    F: Fn(A) -> T + Send + Sync + 'static,
{
    type Output = Result<(Parts<T>, usize), SubmitErrorKind>;

    fn visit<S: Split<Item = A> + 'static>(self, source: S) -> Self::Output {
        let Self {
            pool,
            options,
            function,
        } = self;
        let len = source.len();
        let shares = Job::shares(source, function, options.size(len, pool.max_workers()));
        let mut parts = VecDeque::with_capacity(shares.len());
        for share in shares {
            let first = share.first();
            let name = Cow::Borrowed(type_name::<F>());
            match observe::named(name, || pool.spawn(move || share.run())) {
                Ok(future) => parts.push_back((first, future)),
                Err(error) => {
                    let (kind, rest) = error.into_parts();
                    drop(rest);
                    feed::cancel(&mut parts);
                    return Err(kind);
                }
            }
        }
        Ok((parts, len))
    }
}

impl Executor for ThreadPoolExecutor {
    fn max_workers(&self) -> usize {
        self.max_workers()
    }

    fn shutdown(&self, how: Shutdown) {
        self.shutdown(how);
    }

    fn shutdown_deadline(&self, deadline: Instant) -> Result<(), StillRunning> {
        self.shutdown_deadline(deadline)
    }
}

impl<A, T> Submit<A, T> for ThreadPoolExecutor
where
    A: Send + 'static,
    T: Send + 'static,
{
    fn submit(&self, function: fn(A) -> T, argument: A) -> Result<Future<T>, SubmitError<A>> {
        self.submit(function, argument)
    }

    fn submit_chunk(
        &self,
        function: fn(A) -> T,
        items: Vec<A>,
    ) -> Result<Future<Chunk<T>>, SubmitError<Vec<A>>> {
        self.chunk(items, function)
    }

    fn map<'e, I>(&'e self, function: fn(A) -> T, items: I) -> Result<Map<'e, T>, SubmitErrorKind>
    where
        I: IntoIterator<Item = A>,
        A: 'e,
        T: 'e,
    {
        self.map_at_once(MapOptions::new(), function, items)
    }

    fn map_with<'e, I>(
        &'e self,
        options: MapOptions,
        function: fn(A) -> T,
        items: I,
    ) -> Result<Map<'e, T>, SubmitErrorKind>
    where
        I: IntoIterator<Item = A>,
        I::IntoIter: Send + 'e,
        A: 'e,
        T: 'e,
    {
        self.map_with(options, function, items)
    }
}
