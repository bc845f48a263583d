//! What all executors have in common: the traits, and the errors of submitting.

use std::error::Error;
use std::fmt;
use std::time::{Duration, Instant};

use super::map::{Map, MapOptions, Unordered};
use super::{BrokenExecutor, Chunk, Future};

/// Something that runs what it is given, elsewhere: Python's `Executor` (row F-01), without what depends on the types of arguments and results, which is [`Submit`].
///
/// Code that is generic over it, with function items and plain arguments, runs on every executor unchanged:
///
/// ```
/// use selvedge::concurrent::futures::{MapError, Submit, SubmitErrorKind, ThreadPoolExecutor};
///
/// fn is_prime(number: u64) -> bool {
///     number > 1 && (2..).take_while(|n| n * n <= number).all(|n| number % n != 0)
/// }
///
/// fn primes<E: Submit<u64, bool>>(executor: &E, below: u64) -> usize {
///     let answers = executor.map(is_prime, 0..below).unwrap();
///     answers.filter(|answer| *answer.as_ref().unwrap()).count()
/// }
///
/// let pool = ThreadPoolExecutor::new(2).unwrap();
/// assert_eq!(primes(&pool, 100), 25);
/// ```
pub trait Executor: Send + Sync {
    /// How many tasks run at the same time, at most.
    fn max_workers(&self) -> usize;

    /// Takes no more tasks; those that were submitted run, unless they are to be cancelled (row F-08). Calling it again is no error.
    ///
    /// **Blocking & cancellation.** Blocks until the last task has ended and the workers are gone if it is to wait; never if not.
    fn shutdown(&self, how: Shutdown);

    /// Takes no more tasks and waits until the deadline, becoming stricter: when half of the time is over, it cancels what has not begun.
    ///
    /// # Errors
    ///
    /// [`StillRunning`] if there are tasks that run even now. They go on; waiting again is possible.
    fn shutdown_deadline(&self, deadline: Instant) -> Result<(), StillRunning>;

    /// [`shutdown_deadline`](Self::shutdown_deadline), so long from now. What is too far for a deadline is no limit.
    ///
    /// # Errors
    ///
    /// As there.
    fn shutdown_timeout(&self, limit: Duration) -> Result<(), StillRunning> {
        if let Some(deadline) = Instant::now().checked_add(limit) {
            return self.shutdown_deadline(deadline);
        }
        self.shutdown(Shutdown::default());
        Ok(())
    }
}

/// How to [shut down](Executor::shutdown): by default it waits, and cancels nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Shutdown {
    /// Whether the call returns when all is done, or at once.
    pub wait: bool,
    /// Whether tasks that have not begun are cancelled.
    pub cancel_futures: bool,
}

impl Default for Shutdown {
    fn default() -> Self {
        Self {
            wait: true,
            cancel_futures: false,
        }
    }
}

impl Shutdown {
    /// Waits, and cancels nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether to wait.
    #[must_use]
    pub fn wait(self, wait: bool) -> Self {
        Self { wait, ..self }
    }

    /// Whether to cancel what has not begun.
    #[must_use]
    pub fn cancel_futures(self, cancel_futures: bool) -> Self {
        Self {
            cancel_futures,
            ..self
        }
    }
}

/// The time of a [shutdown](Executor::shutdown_deadline) was over, and tasks ran.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StillRunning {
    /// So many tasks were running.
    pub running: usize,
    /// So many had not begun, and were cancelled.
    pub cancelled: usize,
}

impl fmt::Display for StillRunning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { running, cancelled } = self;
        write!(
            f,
            "{running} tasks still run ({cancelled} that had not begun were cancelled)"
        )
    }
}

impl Error for StillRunning {}

/// A task was not taken. The argument comes back.
pub struct SubmitError<A> {
    kind: SubmitErrorKind,
    argument: A,
}

/// Why a task was not taken.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum SubmitErrorKind {
    /// The executor was shut down (row F-02).
    Shutdown,
    /// The process is ending (row F-10).
    ProcessExit,
    /// It is broken (row F-15).
    Broken(BrokenExecutor),
    /// There is no room, and the caller did not want to wait.
    Full,
    /// There was no room for as long as the caller wanted to wait.
    TimedOut,
    /// The process is a fork of the one whose executor it was (row F-21).
    Forked,
}

impl<A> SubmitError<A> {
    pub(crate) fn new(kind: SubmitErrorKind, argument: A) -> Self {
        Self { kind, argument }
    }

    /// Why.
    #[must_use]
    pub fn kind(&self) -> &SubmitErrorKind {
        &self.kind
    }

    /// What was to be submitted.
    #[must_use]
    pub fn into_inner(self) -> A {
        self.argument
    }

    /// Both.
    #[must_use]
    pub fn into_parts(self) -> (SubmitErrorKind, A) {
        (self.kind, self.argument)
    }
}

impl<A> fmt::Debug for SubmitError<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SubmitError")
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

impl<A> fmt::Display for SubmitError<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.kind.fmt(f)
    }
}

impl<A> Error for SubmitError<A> {}

impl fmt::Display for SubmitErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Shutdown => "cannot schedule new futures after shutdown",
            Self::ProcessExit => "cannot schedule new futures after interpreter shutdown",
            Self::Broken(broken) => return broken.fmt(f),
            Self::Full => "the executor has no room for another task",
            Self::TimedOut => "the executor had no room for another task in time",
            Self::Forked => "the executor belongs to the process that this one is a fork of",
        })
    }
}

impl Error for SubmitErrorKind {}

/// An executor to which arguments `A` can go, and from which results `T` can come back.
///
/// What that takes is up to the executor: for threads `Send + 'static`. Functions are function pointers, which function items and closures that capture nothing turn into by themselves: so that an executor may call them elsewhere, by the place that they have in the program, as
/// `multiprocessing::Process` does. Executors of threads take closures that capture, too, by their methods of the same names; those are also compiled into the loop over a chunk, which saves about a nanosecond an item.
///
/// # The forms of `map`
///
/// All call a function with each item and hand out what it returned. A map is submitted whole when it is called, and runs even if nobody looks at its results (rows F-03, F-04); except with [`buffersize`](MapOptions::buffersize), where it goes on as the results
/// are taken. Items are grouped into chunks, each of which is one task; how many are in one is found by the number of items unless [`chunksize`](MapOptions::chunksize) says so (row F-30).
///
/// | | results come | |
/// |---|---|---|
/// | [`map`](Self::map) | in the order of the items | [`Map`] |
/// | [`map_unordered`](Self::map_unordered) | as they are ready, with the places of their items | [`Unordered`] |
///
/// Several arguments are a tuple, and several sources, of which the shortest ends it, are zipped:
///
/// ```
/// use selvedge::concurrent::futures::{Submit, ThreadPoolExecutor};
///
/// fn powers<E: Submit<(u64, u32), u64>>(executor: &E) -> Vec<u64> {
///     let items = std::iter::zip([2, 3, 10], [5, 2, 3]);
///     let map = executor.map(|(base, exponent)| base.pow(exponent), items);
///     map.unwrap().into_vec().unwrap()
/// }
///
/// let pool = ThreadPoolExecutor::new(2).unwrap();
/// assert_eq!(powers(&pool), [32, 9, 1000]);
/// ```
pub trait Submit<A: Send, T: Send>: Executor {
    /// Has `function(argument)` called (row F-02).
    ///
    /// **Blocking & cancellation.** Blocks only if the executor has a bound and is full. Dropping the future changes nothing: the task runs.
    ///
    /// # Errors
    ///
    /// [`SubmitError`], with the argument, if the executor takes nothing any more.
    fn submit(&self, function: fn(A) -> T, argument: A) -> Result<Future<T>, SubmitError<A>>;

    /// Has it called with each of these, in one task. The other methods are made of this one.
    ///
    /// # Errors
    ///
    /// As [`submit`](Self::submit).
    fn submit_chunk(
        &self,
        function: fn(A) -> T,
        items: Vec<A>,
    ) -> Result<Future<Chunk<T>>, SubmitError<Vec<A>>>;

    /// Calls a function with each item; results in the order of the items (rows F-03 to F-07).
    ///
    /// **Blocking & cancellation.** This call blocks only if the executor has a bound and is full; [`Map`] says how its results are waited for. Dropping the results cancels what has not begun (row F-07).
    ///
    /// # Errors
    ///
    /// Why the executor takes nothing any more, if there are items.
    fn map<'e, I>(&'e self, function: fn(A) -> T, items: I) -> Result<Map<'e, T>, SubmitErrorKind>
    where
        I: IntoIterator<Item = A>,
        A: 'e,
        T: 'e,
    {
        let items: Vec<A> = items.into_iter().collect();
        self.map_with(MapOptions::new(), function, items)
    }

    /// The same with chunk size, buffer size or time limit.
    ///
    /// # Errors
    ///
    /// As [`map`](Self::map).
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
        let submit = move |items| self.submit_chunk(function, items);
        Map::of_chunks(options, self.max_workers(), submit, items.into_iter())
    }

    /// Calls a function with each item; results as they are ready.
    ///
    /// # Errors
    ///
    /// As [`map`](Self::map).
    fn map_unordered<'e, I>(
        &'e self,
        function: fn(A) -> T,
        items: I,
    ) -> Result<Unordered<'e, T>, SubmitErrorKind>
    where
        I: IntoIterator<Item = A>,
        A: 'e,
        T: 'e,
    {
        self.map(function, items).map(Unordered::from_map)
    }

    /// The same with chunk size, buffer size or time limit.
    ///
    /// # Errors
    ///
    /// As [`map`](Self::map).
    fn map_unordered_with<'e, I>(
        &'e self,
        options: MapOptions,
        function: fn(A) -> T,
        items: I,
    ) -> Result<Unordered<'e, T>, SubmitErrorKind>
    where
        I: IntoIterator<Item = A>,
        I::IntoIter: Send + 'e,
        A: 'e,
        T: 'e,
    {
        self.map_with(options, function, items)
            .map(Unordered::from_map)
    }
}
