//! A child that has ended, and what it wrote (rows S-13 to S-15, S-19).

use std::error::Error;
use std::ffi::OsString;
use std::fmt;
use std::str::Utf8Error;
use std::sync::Arc;

use super::quote::Line;
use super::{Decoding, ExitStatus, decode};

/// A child that has ended: its arguments, how it ended, and what it wrote to its pipes.
#[derive(Clone, PartialEq, Eq)]
#[must_use = "it tells whether the program succeeded"]
pub struct CompletedProcess {
    args: Arc<[OsString]>,
    status: ExitStatus,
    stdout: Option<Vec<u8>>,
    stderr: Option<Vec<u8>>,
}

impl CompletedProcess {
    pub(super) fn new(
        args: Arc<[OsString]>,
        status: ExitStatus,
        stdout: Option<Vec<u8>>,
        stderr: Option<Vec<u8>>,
    ) -> Self {
        Self {
            args,
            status,
            stdout,
            stderr,
        }
    }

    /// The program's arguments.
    pub fn args(&self) -> &[OsString] {
        &self.args
    }

    /// How it ended.
    pub fn status(&self) -> ExitStatus {
        self.status
    }

    /// Python's number for how it ended: see [`ExitStatus::returncode`].
    pub fn returncode(&self) -> Option<i32> {
        self.status.returncode()
    }

    /// What it wrote to standard output; nothing if that was not a pipe.
    pub fn stdout(&self) -> &[u8] {
        self.stdout.as_deref().unwrap_or_default()
    }

    /// What it wrote to standard error; nothing if that was not a pipe.
    pub fn stderr(&self) -> &[u8] {
        self.stderr.as_deref().unwrap_or_default()
    }

    /// Standard output and standard error, each `None` if it was not a pipe.
    pub fn into_output(self) -> (Option<Vec<u8>>, Option<Vec<u8>>) {
        (self.stdout, self.stderr)
    }

    /// Standard output as text, with newlines as in Python's text mode; see [`decode`].
    ///
    /// # Errors
    ///
    /// With [`Decoding::Strict`], if it is not UTF-8.
    pub fn stdout_text(&self, decoding: Decoding) -> Result<String, Utf8Error> {
        decode(self.stdout(), decoding)
    }

    /// Standard error as text.
    ///
    /// # Errors
    ///
    /// As [`stdout_text`](Self::stdout_text).
    pub fn stderr_text(&self, decoding: Decoding) -> Result<String, Utf8Error> {
        decode(self.stderr(), decoding)
    }

    /// Itself if the program succeeded (row S-14).
    ///
    /// # Errors
    ///
    /// [`CalledProcessError`], with everything in it, if it did not end with code 0.
    ///
    /// ```
    /// use selvedge::subprocess::Command;
    ///
    /// let error = Command::shell("exit 3").run().unwrap().check_returncode().unwrap_err();
    /// assert_eq!(error.process().returncode(), Some(3));
    /// assert_eq!(error.to_string(), "`/bin/sh -c 'exit 3'` returned non-zero exit status 3");
    /// ```
    pub fn check_returncode(self) -> Result<Self, CalledProcessError> {
        if self.status.success() {
            return Ok(self);
        }
        Err(CalledProcessError(Box::new(self)))
    }
}

/// What was not captured is left out (row S-15).
impl fmt::Debug for CompletedProcess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("CompletedProcess");
        debug
            .field("args", &self.args)
            .field("status", &self.status);
        let streams = [("stdout", &self.stdout), ("stderr", &self.stderr)];
        for (name, bytes) in streams {
            if let Some(bytes) = bytes {
                debug.field(name, &format_args!("b\"{}\"", bytes.escape_ascii()));
            }
        }
        debug.finish()
    }
}

/// A program that was to succeed did not (row S-19).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CalledProcessError(Box<CompletedProcess>);

impl CalledProcessError {
    /// The program: how it ended, and what it wrote.
    pub fn process(&self) -> &CompletedProcess {
        &self.0
    }

    /// The same, to keep.
    pub fn into_process(self) -> CompletedProcess {
        *self.0
    }
}

impl fmt::Display for CalledProcessError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` {}", Line(self.0.args()), self.0.status)
    }
}

impl Error for CalledProcessError {}
