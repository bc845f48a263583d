//! What processes do, line by line: rows M-181 to M-184.
//!
//! A child begins before `main`, where no program has set up anything that listens. So there is a small logger here that children simply have from their parent: its level, and whether it writes to standard error. With the feature `tracing` everything is also an event of that crate, of the target
//! `selvedge::multiprocessing`, in whichever process there is a subscriber.

use std::fmt;
use std::io::Write;
use std::sync::atomic::{AtomicU8, Ordering};

use serde::{Deserialize, Serialize};

use super::current;

/// How important a message is (row M-184). The names and numbers are Python's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum LogLevel {
    /// Below [`Debug`](Self::Debug).
    SubDebug = 5,
    /// For those who look for a fault.
    Debug = 10,
    /// What happens.
    Info = 20,
    /// Below [`Warning`](Self::Warning).
    SubWarning = 25,
    /// What should not have happened.
    Warning = 30,
}

impl LogLevel {
    const ALL: [Self; 5] = [
        Self::SubDebug,
        Self::Debug,
        Self::Info,
        Self::SubWarning,
        Self::Warning,
    ];

    fn text(self) -> &'static str {
        match self {
            Self::SubDebug => "SUBDEBUG",
            Self::Debug => "DEBUG",
            Self::Info => "INFO",
            Self::SubWarning => "SUBWARNING",
            Self::Warning => "WARNING",
        }
    }
}

impl fmt::Display for LogLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

/// The lowest level that is written to standard error; 0 if nothing is. A number that orders nothing.
static TO_STDERR: AtomicU8 = AtomicU8::new(0);

/// The logger of this module, which every process of the program has (row M-181).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Logger(());

/// The logger. As long as nobody has called [`log_to_stderr`], nothing is written (row M-181).
///
/// ```
/// use selvedge::multiprocessing::{LogLevel, get_logger, log_to_stderr};
///
/// assert_eq!(get_logger().level(), None);
/// let logger = log_to_stderr(LogLevel::Info);
/// logger.info(format_args!("{} and {}", "bread", "butter")); // [INFO/MainProcess] bread and butter
/// logger.debug("not shown");
/// logger.set_level(None);
/// ```
#[must_use]
pub fn get_logger() -> Logger {
    Logger(())
}

/// Has messages of this level and above written to standard error from now on, here and in processes that are started later: `[LEVEL/process name] message` (rows M-182, M-183). A second call changes the level; nothing is written twice.
///
/// Of itself this module tells, at `Info` and below, when processes begin and end, and what becomes of them at the end of their parent.
pub fn log_to_stderr(level: LogLevel) -> Logger {
    let logger = get_logger();
    logger.set_level(Some(level));
    logger
}

impl Logger {
    /// From where on messages are written; `None` if none are.
    #[must_use]
    pub fn level(self) -> Option<LogLevel> {
        let number = TO_STDERR.load(Ordering::Relaxed);
        let mut all = LogLevel::ALL.into_iter();
        all.find(|level| *level as u8 == number)
    }

    /// Changes that.
    pub fn set_level(self, level: Option<LogLevel>) {
        let number = level.map_or(0, |level| level as u8);
        TO_STDERR.store(number, Ordering::Relaxed);
    }

    /// Whether a message of this level is written.
    #[must_use]
    pub fn is_enabled_for(self, level: LogLevel) -> bool {
        let lowest = TO_STDERR.load(Ordering::Relaxed);
        lowest != 0 && level as u8 >= lowest
    }

    /// A message.
    pub fn log(self, level: LogLevel, message: impl fmt::Display) {
        #[cfg(feature = "tracing")]
        trace(level, &message);
        if self.is_enabled_for(level) {
            // In one piece, as other processes write there, too.
            let line = format!("[{level}/{}] {message}\n", current::name());
            let _ = std::io::stderr().write_all(line.as_bytes());
        }
    }

    /// A message of this level: Python's `sub_debug`.
    pub fn sub_debug(self, message: impl fmt::Display) {
        self.log(LogLevel::SubDebug, message);
    }

    /// A message of this level.
    pub fn debug(self, message: impl fmt::Display) {
        self.log(LogLevel::Debug, message);
    }

    /// A message of this level.
    pub fn info(self, message: impl fmt::Display) {
        self.log(LogLevel::Info, message);
    }

    /// A message of this level: Python's `sub_warning`.
    pub fn sub_warning(self, message: impl fmt::Display) {
        self.log(LogLevel::SubWarning, message);
    }

    /// A message of this level.
    pub fn warning(self, message: impl fmt::Display) {
        self.log(LogLevel::Warning, message);
    }
}

#[cfg(feature = "tracing")]
fn trace(level: LogLevel, message: &dyn fmt::Display) {
    const TARGET: &str = "selvedge::multiprocessing";
    let process = current::name();
    match level {
        LogLevel::SubDebug => tracing::trace!(target: TARGET, process, "{message}"),
        LogLevel::Debug => tracing::debug!(target: TARGET, process, "{message}"),
        LogLevel::Info => tracing::info!(target: TARGET, process, "{message}"),
        LogLevel::SubWarning | LogLevel::Warning => {
            tracing::warn!(target: TARGET, process, "{message}");
        }
    }
}
