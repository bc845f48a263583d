//! Pools with options.

use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use selvedge_core::raw::MAX_WORKERS;

use super::shared::{EXITING, Initializer, Options, Shared};
use super::{PoolError, ThreadPoolExecutor, exit};

/// How long a worker sleeps for want of tasks before it ends, unless the builder says otherwise.
const KEEP_ALIVE: Duration = Duration::from_secs(60);

/// What to give a new pool: the keyword arguments of Python's `ThreadPoolExecutor` (row F-11), and more.
///
/// ```
/// use std::time::Duration;
/// use selvedge::concurrent::futures::ThreadPoolExecutor;
///
/// let pool = ThreadPoolExecutor::builder()
///     .max_workers(4)
///     .thread_name_prefix("crunch")
///     .keep_alive(Duration::from_secs(5))
///     .build()
///     .unwrap();
/// let name = pool.spawn(|| selvedge::threading::current_thread().name()).unwrap();
/// assert_eq!(name.result().unwrap(), "crunch_0");
/// ```
#[must_use = "a builder does nothing until it builds a pool"]
pub struct ThreadPoolBuilder {
    max_workers: Option<usize>,
    prefix: Option<Arc<str>>,
    initializer: Option<Box<Initializer>>,
    keep_alive: Option<Duration>,
    stack_size: Option<usize>,
    lifo: bool,
    spares: Option<usize>,
    capacity: Option<usize>,
}

/// Counts pools without a name. One role: different numbers.
static UNNAMED: AtomicU64 = AtomicU64::new(0);

/// Row F-11: what is mostly waiting gains by more threads than processors; many processors, by fewer threads than that.
fn default_workers() -> usize {
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    32.min(processors + 4)
}

impl ThreadPoolBuilder {
    /// No options.
    pub fn new() -> Self {
        Self {
            max_workers: None,
            prefix: None,
            initializer: None,
            keep_alive: Some(KEEP_ALIVE),
            stack_size: None,
            lifo: false,
            spares: None,
            capacity: None,
        }
    }

    /// How many tasks run at the same time, at most; without this, four more than there are processors, but no more than 32. A pool has no use for more than 32,767.
    pub fn max_workers(mut self, n: usize) -> Self {
        self.max_workers = Some(n);
        self
    }

    /// What the names of the threads begin with: `PREFIX_0`, `PREFIX_1` and so on; without this, or if it is empty, `ThreadPoolExecutor-N`, where N counts such pools (row F-13).
    pub fn thread_name_prefix(mut self, prefix: impl ToString) -> Self {
        let prefix = prefix.to_string();
        self.prefix = (!prefix.is_empty()).then(|| Arc::from(prefix));
        self
    }

    /// Something to call in each new thread before its first task. If it panics, the pool is broken (row F-15); see [`try_initializer`](Self::try_initializer).
    ///
    /// Context variables that it sets are set in each task of that thread.
    pub fn initializer(self, initializer: impl Fn() + Send + Sync + 'static) -> Self {
        self.try_initializer(move || -> Result<(), std::convert::Infallible> {
            initializer();
            Ok(())
        })
    }

    /// The same for one that may fail. If it does, or panics, the failure is told to the [excepthook](crate::threading::excepthook()), and the pool is *broken*: tasks that wait fail with
    /// [`TaskError::Broken`](crate::concurrent::futures::TaskError), and nothing can be submitted any more.
    ///
    /// ```
    /// use selvedge::concurrent::futures::{TaskError, ThreadPoolExecutor};
    /// # selvedge::threading::set_excepthook(selvedge::threading::ExceptHook::new(|_| ()));
    ///
    /// let pool = ThreadPoolExecutor::builder()
    ///     .try_initializer(|| Err("no licence"))
    ///     .build()
    ///     .unwrap();
    /// let future = pool.spawn(|| 1).unwrap();
    /// assert!(matches!(future.result(), Err(TaskError::Broken(_))));
    /// assert!(pool.spawn(|| 2).is_err());
    /// ```
    pub fn try_initializer<E>(
        mut self,
        initializer: impl Fn() -> Result<(), E> + Send + Sync + 'static,
    ) -> Self
    where
        E: Into<Box<dyn Error + Send + Sync>>,
    {
        self.initializer = Some(Box::new(move || initializer().map_err(Into::into)));
        self
    }

    /// How long a worker sleeps for want of tasks before its thread ends; without this, a minute. Those that worked last are woken first, so a pool with little to do shrinks to what it needs.
    pub fn keep_alive(mut self, time: Duration) -> Self {
        self.keep_alive = Some(time);
        self
    }

    /// Workers that have been started stay until the pool is shut down, as in Python.
    pub fn keep_alive_for_ever(mut self) -> Self {
        self.keep_alive = None;
        self
    }

    /// The size of each thread's stack; see [`Builder::stack_size`](crate::threading::Builder::stack_size).
    pub fn stack_size(mut self, bytes: usize) -> Self {
        self.stack_size = Some(bytes);
        self
    }

    /// The tasks that a worker submits to its own pool are run last in, first out, by that worker; without this, first in, first out. Either way others take the oldest from it. What comes from outside is first in, first out (row F-14).
    ///
    /// Last in, first out keeps recursive work small: what was split last is in the caches.
    pub fn lifo(mut self) -> Self {
        self.lifo = true;
        self
    }

    /// How many tasks may wait, at most; see [`ThreadPoolExecutor::submit`]. Without this there is no bound (row F-14).
    pub fn capacity(mut self, tasks: usize) -> Self {
        self.capacity = Some(tasks);
        self
    }

    /// How many threads more than `max_workers` there may be while tasks wait for other tasks; without this, as many as `max_workers`. With 0 the pool never has more threads than that, and nested waits still end (see [`ThreadPoolExecutor`], Waiting in a task).
    pub fn spare_workers(mut self, n: usize) -> Self {
        self.spares = Some(n);
        self
    }

    /// The pool. No thread is started yet (row F-12).
    ///
    /// # Errors
    ///
    /// [`PoolError`] if one of the numbers is 0 that must not be.
    pub fn build(self) -> Result<ThreadPoolExecutor, PoolError> {
        let max_workers = self
            .max_workers
            .unwrap_or_else(default_workers)
            .min(MAX_WORKERS as usize);
        if max_workers == 0 {
            return Err(PoolError::NoWorkers);
        }
        if self.capacity == Some(0) {
            return Err(PoolError::NoRoom);
        }
        let shared = Shared::new(Options {
            max_workers,
            prefix: self.prefix.unwrap_or_else(|| {
                let number = UNNAMED.fetch_add(1, Ordering::Relaxed);
                Arc::from(format!("ThreadPoolExecutor-{number}"))
            }),
            initializer: self.initializer,
            keep_alive: self.keep_alive,
            stack_size: self.stack_size,
            lifo: self.lifo,
            spares: self.spares.unwrap_or(max_workers),
            capacity: self.capacity,
        });
        if exit::is_ending() {
            shared.close_for(EXITING);
        }
        Ok(ThreadPoolExecutor::of(shared))
    }
}

impl Default for ThreadPoolBuilder {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for ThreadPoolBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ThreadPoolBuilder")
            .field("max_workers", &self.max_workers)
            .field("thread_name_prefix", &self.prefix)
            .field("capacity", &self.capacity)
            .finish_non_exhaustive()
    }
}
