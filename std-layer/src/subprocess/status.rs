//! How a child ended.

use std::fmt;

use super::Signal;

/// How a child ended (rows S-13, S-61, S-63).
///
/// ```
/// use selvedge::subprocess::{Command, ExitStatus, Signal};
///
/// let three = Command::shell("exit 3").start().unwrap().wait();
/// assert_eq!((three, three.returncode()), (ExitStatus::Exited(3), Some(3)));
///
/// let killed = Command::shell("kill -9 $$").start().unwrap().wait();
/// assert_eq!((killed.signal(), killed.returncode()), (Some(Signal::KILL), Some(-9)));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[must_use]
pub enum ExitStatus {
    /// It ended with this code; 0 is success.
    Exited(i32),
    /// A signal ended it.
    Signaled {
        /// Which one.
        signal: Signal,
        /// Whether its memory was written to a file.
        core_dumped: bool,
    },
    /// It has ended, but somebody else was told how: another part of the program waited for all children, or it ignores `SIGCHLD` and the kernel is too old to be asked
    /// afterwards. (Python assumes success, row S-63.)
    Unknown,
}

impl ExitStatus {
    /// Whether it ended with code 0.
    #[must_use]
    pub fn success(self) -> bool {
        self == Self::Exited(0)
    }

    /// The code, if it ended with one.
    #[must_use]
    pub fn code(self) -> Option<i32> {
        match self {
            Self::Exited(code) => Some(code),
            _ => None,
        }
    }

    /// The signal that ended it, if one did.
    #[must_use]
    pub fn signal(self) -> Option<Signal> {
        match self {
            Self::Signaled { signal, .. } => Some(signal),
            _ => None,
        }
    }

    /// Whether a signal ended it and its memory was written to a file.
    #[must_use]
    pub fn core_dumped(self) -> bool {
        matches!(
            self,
            Self::Signaled {
                core_dumped: true,
                ..
            }
        )
    }

    /// Python's number: the code, or a signal's number below zero. `None` for [`Unknown`](Self::Unknown).
    #[must_use]
    pub fn returncode(self) -> Option<i32> {
        match self {
            Self::Exited(code) => Some(code),
            Self::Signaled { signal, .. } => Some(-signal.number()),
            Self::Unknown => None,
        }
    }

    /// What the system call `wait` would have written.
    pub(super) fn from_wait(status: i32) -> Self {
        if libc::WIFEXITED(status) {
            return Self::Exited(libc::WEXITSTATUS(status));
        }
        Self::Signaled {
            signal: Signal::from(libc::WTERMSIG(status)),
            core_dumped: libc::WCOREDUMP(status),
        }
    }
}

/// For sentences: "returned exit status 3", "died with SIGKILL", ... (row S-19).
impl fmt::Display for ExitStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exited(0) => f.write_str("returned exit status 0"),
            Self::Exited(code) => write!(f, "returned non-zero exit status {code}"),
            Self::Signaled {
                signal,
                core_dumped,
            } => {
                write!(f, "died with {signal}")?;
                if *core_dumped {
                    f.write_str(" (core dumped)")?;
                }
                Ok(())
            }
            Self::Unknown => f.write_str("ended, and nobody knows how"),
        }
    }
}
