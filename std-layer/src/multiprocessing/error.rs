//! What can go wrong with a process.

use std::{fmt, io};

use super::outcome::ChildPanic;
use super::parcel::{PackError, UnpackError};
use crate::contextvars::ExportError;
use crate::subprocess::{self, ExitStatus};

/// Why a process could not be started.
#[derive(Debug)]
#[non_exhaustive]
pub enum StartError {
    /// It has been started before. (Python: `AssertionError`, row M-03.)
    AlreadyStarted,
    /// Its target has been called by [`Process::run`](super::Process::run), and there is nothing left to start.
    AlreadyRun,
    /// This process is a daemon, and those may not have children: nobody would end them. (Python: `AssertionError`, row M-03.)
    Daemon,
    /// The process is a fork of the one that made this object. (Python: `AssertionError`, row M-03.)
    NotTheParent,
    /// The argument cannot be serialized.
    Argument(PackError),
    /// The value of a context variable that goes into other processes cannot be serialized.
    Context(ExportError),
    /// The function is part of a shared library, where a new process would not find it.
    OtherImage,
    /// This process has so many other threads, and a copy of it would have their locks and not them. See [`fork`](super::fork()).
    OtherThreads(usize),
    /// The system does not tell how many threads there are, or refuses the copy of this process.
    Fork(io::Error),
    /// The server that copies itself cannot be used: the system refuses what it needs, or it has ended several times in a row. See [`forkserver`](super::forkserver).
    Server(io::Error),
    /// The system refuses a file in memory.
    Memory(io::Error),
    /// The system refuses the process.
    Start(subprocess::StartError),
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AlreadyStarted => f.write_str("processes can be started only once"),
            Self::AlreadyRun => f.write_str("the target has been called already, by `run`"),
            Self::Daemon => f.write_str("daemon processes are not allowed to have children"),
            Self::NotTheParent => f.write_str(
                "only the process that made it can start it, and this is a fork of that",
            ),
            Self::Argument(error) => write!(f, "the argument of the process: {error}"),
            Self::Context(error) => write!(f, "the context of the process: {error}"),
            Self::OtherImage => f.write_str(
                "the target is part of a shared library; it must be part of the program itself",
            ),
            Self::OtherThreads(count) => write!(
                f,
                "this process cannot be copied while it has other threads ({count} of them)"
            ),
            Self::Fork(error) => write!(f, "this process cannot be copied: {error}"),
            Self::Server(error) => write!(f, "the fork server cannot be used: {error}"),
            Self::Memory(error) => write!(f, "no memory for the call of the process: {error}"),
            Self::Start(error) => write!(f, "the process cannot be started: {error}"),
        }
    }
}

impl std::error::Error for StartError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Argument(error) => Some(error),
            Self::Context(error) => Some(error),
            Self::Memory(error) | Self::Fork(error) | Self::Server(error) => Some(error),
            Self::Start(error) => Some(error),
            _ => None,
        }
    }
}

/// Why there is no value to be had from a process.
#[derive(Debug)]
#[non_exhaustive]
pub enum JoinError {
    /// It has not been started. (Python: `AssertionError`, row M-04.)
    NotStarted,
    /// This process is a fork of its parent, and cannot wait for it. (Python: `AssertionError`, row M-04.)
    NotTheParent,
    /// Its target panicked.
    Panicked(ChildPanic),
    /// It ended without a value: by a signal, by [`std::process::exit`], by [`threading::exit`](crate::threading::exit).
    Exited(ExitStatus),
    /// It could not begin, and ended with code 255: it had no descriptor left, or this kernel lacks what it needs. This is why.
    NotBegun(String),
    /// Its argument did not arrive: its type's serialization and deserialization do not fit.
    Argument(String),
    /// Its value cannot be serialized, by the child's word.
    Value(String),
    /// Its value has arrived, and is none of its type.
    BadValue(UnpackError),
    /// Its value has been handed out by an earlier join. Never for a process whose value is `()`.
    ValueTaken,
    /// What it left cannot be read.
    Read(io::Error),
}

impl fmt::Display for JoinError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotStarted => f.write_str("the process has not been started"),
            Self::NotTheParent => f.write_str("only the parent of a process can wait for it"),
            Self::Panicked(panic) => write!(f, "the process panicked: {panic}"),
            Self::Exited(status) => write!(f, "the process ended without a value: {status}"),
            Self::NotBegun(why) => write!(f, "the process could not begin: {why}"),
            Self::Argument(error) => {
                write!(f, "the argument did not arrive in the process: {error}")
            }
            Self::Value(error) => write!(f, "the value of the process cannot be sent: {error}"),
            Self::BadValue(error) => write!(f, "the value of the process: {error}"),
            Self::ValueTaken => {
                f.write_str("the value of the process has been taken by another join")
            }
            Self::Read(error) => write!(f, "the value of the process cannot be read: {error}"),
        }
    }
}

impl std::error::Error for JoinError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Panicked(panic) => Some(panic),
            Self::BadValue(error) => Some(error),
            Self::Read(error) => Some(error),
            _ => None,
        }
    }
}

/// Why a join without waiting failed.
#[derive(Debug)]
pub enum TryJoinError {
    /// The process still runs.
    Running,
    /// It is over, or cannot be joined at all.
    Failed(JoinError),
}

/// Why a join with a time limit failed.
#[derive(Debug)]
pub enum JoinTimeoutError {
    /// The process still runs.
    TimedOut,
    /// It is over, or cannot be joined at all.
    Failed(JoinError),
}

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

impl fmt::Display for TryJoinError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Running => f.write_str("the process still runs"),
            Self::Failed(error) => error.fmt(f),
        }
    }
}

impl fmt::Display for JoinTimeoutError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TimedOut => f.write_str("timed out: the process still runs"),
            Self::Failed(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for TryJoinError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Running => None,
            Self::Failed(error) => Some(error),
        }
    }
}

impl std::error::Error for JoinTimeoutError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::TimedOut => None,
            Self::Failed(error) => Some(error),
        }
    }
}

/// The process still runs, so its handle cannot be closed. (Python: `ValueError`, row M-17.)
#[derive(Debug)]
pub struct StillRunning<P>(
    /// The handle.
    pub P,
);

impl<P> fmt::Display for StillRunning<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a process that still runs cannot be closed: join it first, or kill it")
    }
}

impl<P: fmt::Debug> std::error::Error for StillRunning<P> {}

/// The process has been started, and what was to be changed cannot be any more. (Python: `AssertionError`, row M-08.)
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AlreadyStarted;

impl fmt::Display for AlreadyStarted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the process has been started already")
    }
}

impl std::error::Error for AlreadyStarted {}
