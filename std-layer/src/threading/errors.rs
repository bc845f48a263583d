//! What can go wrong with threads: one small type for each operation.

use std::{fmt, io};

use selvedge_core::error::TimedOut;

use super::panics::Panic;

/// Why a thread was not started. Nothing has changed: after [`Os`](StartError::Os) the start may be tried again.
#[derive(Debug)]
#[non_exhaustive]
pub enum StartError {
    /// It has been started before. (Python: `RuntimeError`, row T-33.)
    AlreadyStarted,
    /// Its target has been called by [`Thread::run`](super::Thread::run), and there is nothing left to run.
    AlreadyRun,
    /// The system cannot make a thread: no memory for the stack, too many threads.
    Os(io::Error),
}

/// Why there is no value to be had from a thread.
#[derive(Debug)]
#[non_exhaustive]
pub enum JoinError {
    /// It has not been started, so its end cannot be waited for. (Python: `RuntimeError`, row T-35.)
    NotStarted,
    /// A thread that waits for its own end would wait for ever. (Python: `RuntimeError`, row T-35.)
    CurrentThread,
    /// Its target panicked.
    Panicked(Panic),
    /// It ended by [`exit`](super::exit), without a value.
    Exited,
    /// Its value has been handed out by an earlier join. Never for a thread whose value is `()`.
    ValueTaken,
    /// The process was forked while it ran, and this is the child: the thread does not exist here (row T-51).
    Forked,
}

/// Why a join that does not wait failed.
#[derive(Debug)]
pub enum TryJoinError {
    /// The thread still runs.
    Running,
    /// It is over, or cannot be joined at all.
    Failed(JoinError),
}

/// Why a join with a time limit failed.
#[derive(Debug)]
pub enum JoinTimeoutError {
    /// The thread still runs.
    TimedOut,
    /// It is over, or cannot be joined at all.
    Failed(JoinError),
}

/// The thread has been started, and what was to be changed cannot be any more. (Python: `RuntimeError`, row T-42.)
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AlreadyStarted;

/// The target has been called already, or is to be called by the thread. (Python: `AttributeError`, row T-34.)
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AlreadyRun;

/// The shutdown of threads has begun, and nothing can be registered for it any more. (Python: `RuntimeError`, row T-20.)
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ShuttingDown;

/// A stack size out of range; the setting is unchanged. (Python: `ValueError`, row T-16.)
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum StackSizeError {
    /// Below 32 KiB.
    TooSmall,
    /// More than half of the address space.
    TooLarge,
}

/// Any failure of a thread: what `?` turns the others into. (Python's `ThreadError` is its `RuntimeError`, row T-18.)
///
/// ```
/// use selvedge::threading::{Builder, ThreadError};
///
/// fn both() -> Result<i32, ThreadError> {
///     let thread = Builder::new().spawn(|| 7)?;
///     Ok(thread.join()?)
/// }
/// assert_eq!(both().unwrap(), 7);
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum ThreadError {
    /// See [`StartError`].
    Start(StartError),
    /// See [`JoinError`].
    Join(JoinError),
    /// See [`JoinTimeoutError`].
    TimedOut,
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AlreadyStarted => f.write_str("threads can be started only once"),
            Self::AlreadyRun => f.write_str("the target of the thread has been called already"),
            Self::Os(error) => write!(f, "the system cannot start a thread: {error}"),
        }
    }
}

impl std::error::Error for StartError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Os(error) => Some(error),
            _ => None,
        }
    }
}

impl fmt::Display for JoinError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotStarted => f.write_str("the thread has not been started"),
            Self::CurrentThread => f.write_str("a thread cannot join itself"),
            Self::Panicked(panic) => write!(f, "the thread panicked: {panic}"),
            Self::Exited => f.write_str("the thread ended without a value"),
            Self::ValueTaken => f.write_str("the value of the thread has been taken already"),
            Self::Forked => f.write_str("the thread does not exist in this forked process"),
        }
    }
}

impl std::error::Error for JoinError {}

impl fmt::Display for TryJoinError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Running => f.write_str("the thread still runs"),
            Self::Failed(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for TryJoinError {}

impl fmt::Display for JoinTimeoutError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TimedOut => f.write_str("timed out: the thread still runs"),
            Self::Failed(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for JoinTimeoutError {}

macro_rules! plain_errors {
    ($($name:ident: $text:literal;)*) => {$(
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str($text)
            }
        }

        impl std::error::Error for $name {}
    )*};
}

plain_errors! {
    AlreadyStarted: "the thread has been started already";
    AlreadyRun: "the target of the thread has been called already";
    ShuttingDown: "the shutdown of threads has begun";
}

impl fmt::Display for StackSizeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooSmall => "a stack has at least 32 KiB",
            Self::TooLarge => "the stack does not fit into the address space",
        })
    }
}

impl std::error::Error for StackSizeError {}

impl fmt::Display for ThreadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Start(error) => error.fmt(f),
            Self::Join(error) => error.fmt(f),
            Self::TimedOut => JoinTimeoutError::TimedOut.fmt(f),
        }
    }
}

impl std::error::Error for ThreadError {}

impl From<JoinError> for TryJoinError {
    fn from(error: JoinError) -> Self {
        Self::Failed(error)
    }
}

impl From<JoinError> for JoinTimeoutError {
    fn from(error: JoinError) -> Self {
        Self::Failed(error)
    }
}

impl From<TimedOut> for JoinTimeoutError {
    fn from(_: TimedOut) -> Self {
        Self::TimedOut
    }
}

impl From<StartError> for ThreadError {
    fn from(error: StartError) -> Self {
        Self::Start(error)
    }
}

impl From<JoinError> for ThreadError {
    fn from(error: JoinError) -> Self {
        Self::Join(error)
    }
}

impl From<JoinTimeoutError> for ThreadError {
    fn from(error: JoinTimeoutError) -> Self {
        match error {
            JoinTimeoutError::TimedOut => Self::TimedOut,
            JoinTimeoutError::Failed(error) => Self::Join(error),
        }
    }
}
