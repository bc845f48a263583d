//! What can come of a task besides its value, and what can go wrong in asking for it.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use super::Future;
use crate::threading::{Panic, TimedOut};
pub use selvedge_core::raw::{FutureState, InvalidState};

/// Why a future has no value (rows F-38, F-39, F-55, F-56).
#[derive(Debug)]
#[non_exhaustive]
pub enum TaskError {
    /// It was cancelled before it began. (Python: `CancelledError`.)
    Cancelled,
    /// The task panicked. (Python: the exception that the task raised.)
    Panicked(Panic),
    /// Whoever completed the future said so: [`Promise::set_exception`](super::Promise::set_exception).
    Failed(Box<dyn Error + Send + Sync>),
    /// The executor cannot run it any more, or it was given up. (Python: `BrokenExecutor`.)
    Broken(BrokenExecutor),
}

/// What a future that was cancelled lends.
pub(super) static CANCELLED: TaskError = TaskError::Cancelled;

impl TaskError {
    /// Whether it was cancelled.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        matches!(self, Self::Cancelled)
    }

    /// The panic, if it was one.
    #[must_use]
    pub fn as_panic(&self) -> Option<&Panic> {
        match self {
            Self::Panicked(panic) => Some(panic),
            _ => None,
        }
    }
}

impl fmt::Display for TaskError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cancelled => f.write_str("the future was cancelled"),
            Self::Panicked(panic) => write!(f, "the task panicked: {panic}"),
            Self::Failed(error) => error.fmt(f),
            Self::Broken(broken) => broken.fmt(f),
        }
    }
}

impl Error for TaskError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Cancelled => None,
            Self::Panicked(panic) => Some(panic),
            Self::Failed(error) => error.source(),
            Self::Broken(broken) => Some(broken),
        }
    }
}

impl From<Panic> for TaskError {
    fn from(panic: Panic) -> Self {
        Self::Panicked(panic)
    }
}

impl From<BrokenExecutor> for TaskError {
    fn from(broken: BrokenExecutor) -> Self {
        Self::Broken(broken)
    }
}

impl From<Box<dyn Error + Send + Sync>> for TaskError {
    fn from(error: Box<dyn Error + Send + Sync>) -> Self {
        Self::Failed(error)
    }
}

/// What broke (row F-56).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum BrokenKind {
    /// A pool of threads. (Python: `BrokenThreadPool`.)
    ThreadPool,
    /// A pool of processes. (Python: `BrokenProcessPool`.)
    ProcessPool,
    /// Whoever was to complete the future dropped it instead.
    Abandoned,
}

/// An executor that cannot run tasks any more, or a task that nobody will run (row F-56).
#[derive(Debug, Clone)]
pub struct BrokenExecutor {
    kind: BrokenKind,
    message: Arc<str>,
}

impl BrokenExecutor {
    pub(crate) fn new(kind: BrokenKind, message: impl Into<Arc<str>>) -> Self {
        Self {
            kind,
            message: message.into(),
        }
    }

    pub(super) fn abandoned() -> Self {
        Self::new(
            BrokenKind::Abandoned,
            "whoever was to complete the future has dropped it",
        )
    }

    /// What broke.
    #[must_use]
    pub fn kind(&self) -> BrokenKind {
        self.kind
    }

    /// What is known about it.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl fmt::Display for BrokenExecutor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Error for BrokenExecutor {}

/// [`Future::try_result`] has no value.
pub enum TryResultError<T> {
    /// It is not done yet, or a callback is looking at its value: here it is again.
    NotDone(Future<T>),
    /// It will never have one.
    Failed(TaskError),
}

/// A timed form of [`Future::result`] has no value.
pub enum ResultTimeoutError<T> {
    /// It was not done in time: here it is again. (Python: `TimeoutError`.)
    TimedOut(Future<T>),
    /// It will never have one.
    Failed(TaskError),
}

macro_rules! gives_back {
    ($name:ident, $again:ident, $text:literal) => {
        impl<T> $name<T> {
            /// The future, if it may still have a value.
            #[must_use]
            pub fn into_future(self) -> Option<Future<T>> {
                match self {
                    Self::$again(future) => Some(future),
                    Self::Failed(_) => None,
                }
            }
        }

        impl<T> fmt::Debug for $name<T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self {
                    Self::$again(future) => {
                        f.debug_tuple(stringify!($again)).field(future).finish()
                    }
                    Self::Failed(error) => f.debug_tuple("Failed").field(error).finish(),
                }
            }
        }

        impl<T> fmt::Display for $name<T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self {
                    Self::$again(_) => f.write_str($text),
                    Self::Failed(error) => error.fmt(f),
                }
            }
        }

        impl<T> Error for $name<T> {
            fn source(&self) -> Option<&(dyn Error + 'static)> {
                match self {
                    Self::$again(_) => None,
                    Self::Failed(error) => Some(error),
                }
            }
        }
    };
}

gives_back!(TryResultError, NotDone, "the future is not done");
gives_back!(ResultTimeoutError, TimedOut, "timed out");

/// A value came too late, or twice (row F-43): the first one stays. (Python: `InvalidStateError`.)
pub struct InvalidStateError<V> {
    state: FutureState,
    value: V,
}

impl<V> InvalidStateError<V> {
    pub(super) fn new(invalid: InvalidState, value: V) -> Self {
        Self {
            state: invalid.state,
            value,
        }
    }

    /// The state in which the future was.
    #[must_use]
    pub fn state(&self) -> FutureState {
        self.state
    }

    /// What was not set.
    #[must_use]
    pub fn into_value(self) -> V {
        self.value
    }
}

impl<V> fmt::Debug for InvalidStateError<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InvalidStateError")
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}

impl<V> fmt::Display for InvalidStateError<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        InvalidState { state: self.state }.fmt(f)
    }
}

impl<V> Error for InvalidStateError<V> {}

/// [`as_completed`](super::as_completed) ran out of time (row F-51).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Unfinished {
    /// How many futures were not done.
    pub unfinished: usize,
    /// Of so many.
    pub total: usize,
}

impl fmt::Display for Unfinished {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} (of {}) futures unfinished",
            self.unfinished, self.total
        )
    }
}

impl Error for Unfinished {}

impl From<Unfinished> for TimedOut {
    fn from(_: Unfinished) -> Self {
        Self
    }
}
