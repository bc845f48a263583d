//! Tasks and their values: Python's `concurrent.futures`.
//!
//! | for | use |
//! |---|---|
//! | the value that a task will have | [`Future`], [`SharedFuture`], [`CancelOnDrop`] |
//! | completing a future by hand | [`Promise`] |
//! | one value, without an allocation | [`Oneshot`] |
//! | waiting for several | [`wait`](wait()), [`as_completed`] |
//! | an executor, whichever | [`Executor`], [`Submit`] |
//! | a function called with many items | [`Map`], [`Unordered`], [`MapOptions`] |
//! | tasks that borrow from the stack | [`ThreadPoolExecutor::scope`], [`Scope`] |
//! | a standard future, on this thread | [`block_on`] |
//! | a standard future, on a pool | [`ThreadPoolExecutor::spawn_async`] |
//! | why there is no value | [`TaskError`], [`BrokenExecutor`] |

mod block_on;
mod error;
mod executor;
mod future;
mod group;
mod map;
mod named;
mod observe;
mod promise;
mod scope;
mod spawn;
mod task;
mod thread;
mod unpack;

#[cfg(feature = "progress")]
mod progress;
#[cfg(feature = "trace")]
pub mod trace;
#[cfg(feature = "tracing")]
mod tracing;

pub use block_on::block_on;
pub use error::{
    BrokenExecutor, BrokenKind, FutureState, InvalidState, InvalidStateError, ResultTimeoutError,
    TaskError, TryResultError, Unfinished,
};
pub use executor::{Executor, Shutdown, StillRunning, Submit, SubmitError, SubmitErrorKind};
pub use future::{CancelOnDrop, Future, SharedFuture};
pub use group::{
    AsCompleted, AsCompletedTimed, DoneAndNotDone, Indexed, ReturnWhen, Waitable, as_completed,
    try_wait, wait, wait_async, wait_deadline, wait_timeout,
};
pub use map::{Chunk, Map, MapError, MapOptions, Unordered};
pub use promise::Promise;
pub use scope::{Scope, ScopedFuture};
pub use thread::{PoolError, PoolStats, ThreadPoolBuilder, ThreadPoolExecutor, WithPriority};
pub use unpack::{Apply, unpack};

#[cfg(feature = "progress")]
pub use progress::{Progress, ShowProgress};

pub use crate::threading::{Panic, PanicLocation};

/// A place for one value, without an allocation: a future for `static`s and structs. See [`selvedge_core::future::Oneshot`].
pub type Oneshot<T> = selvedge_core::future::Oneshot<crate::port::Native, T>;
