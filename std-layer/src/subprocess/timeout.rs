//! Time is up, and what there was until then (row S-18).

use std::error::Error;
use std::ffi::OsString;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::quote::Line;

/// A child has not ended in time. It goes on, unless the operation says otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimeoutExpired {
    args: Arc<[OsString]>,
    timeout: Duration,
    stdout: Option<Vec<u8>>,
    stderr: Option<Vec<u8>>,
}

impl TimeoutExpired {
    pub(super) fn new(args: Arc<[OsString]>, timeout: Duration) -> Self {
        Self {
            args,
            timeout,
            stdout: None,
            stderr: None,
        }
    }

    pub(super) fn with(mut self, stdout: Option<Vec<u8>>, stderr: Option<Vec<u8>>) -> Self {
        self.stdout = stdout;
        self.stderr = stderr;
        self
    }

    /// The program's arguments.
    pub fn args(&self) -> &[OsString] {
        &self.args
    }

    /// How long it was given.
    pub fn timeout(&self) -> Duration {
        self.timeout
    }

    /// What had been read from its standard output, if this was about reading it. Always bytes: the end may be in the middle of a character.
    pub fn stdout(&self) -> Option<&[u8]> {
        self.stdout.as_deref()
    }

    /// What had been read from its standard error.
    pub fn stderr(&self) -> Option<&[u8]> {
        self.stderr.as_deref()
    }
}

impl fmt::Display for TimeoutExpired {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let args = Line(&self.args);
        write!(f, "`{args}` did not end within {:?}", self.timeout)
    }
}

impl Error for TimeoutExpired {}
