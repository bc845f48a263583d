//! Output that goes to its place and to others as well, as through the program `tee`.
//!
//! The child writes to a pipe of its own; a thread of this process reads that, writes what it reads to the others and then to where the stream leads (`tee_pump.rs`). So it works whatever that place is,
//! for every stage of a pipeline, and whether anybody communicates with the child or not.

use std::io;
use std::os::fd::OwnedFd;

use rustix::event::{EventfdFlags, eventfd};
use rustix::fs::{FileType, fstat};
use rustix::io::{Errno, fcntl_dupfd_cloexec};

use super::tee_pump::{Outlet, Pump};
use super::{Command, SharedFd, Standard, StartError, Step, pipes};

/// Where a copy of a child's output goes: see [`Command::tee_stdout`].
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Tee {
    /// One of this process's own standard streams.
    Standard(Standard),
    /// A descriptor of this process.
    Fd(SharedFd),
}

impl From<Standard> for Tee {
    fn from(stream: Standard) -> Self {
        Self::Standard(stream)
    }
}

impl<T: Into<SharedFd>> From<T> for Tee {
    fn from(fd: T) -> Self {
        Self::Fd(fd.into())
    }
}

/// The copies that are wished for, by stream.
#[derive(Debug, Clone, Default)]
pub(super) struct Tees {
    pub(super) stdout: Vec<Tee>,
    pub(super) stderr: Vec<Tee>,
}

impl Tees {
    pub(super) fn of(&self, target: usize) -> &[Tee] {
        match target {
            1 => &self.stdout,
            2 => &self.stderr,
            _ => &[],
        }
    }
}

impl Command {
    /// Writes standard output to this place, too, besides where [`stdout`](Self::stdout) leads: a file, a socket, an end of a pipe, this process's own streams ([`Standard`]). Each call adds one.
    ///
    /// A thread of this process hands the output on, piece by piece, first to the copies and then to the stream's own place; the slowest of them sets the pace. With
    /// [`Stdio::Merge`](super::Stdio::Merge) standard error is part of it. If nobody reads at the stream's own place any more, the child gets SIGPIPE when it goes on writing, as without a copy. If the system refuses
    /// to write a copy, that copy ends there, and all else goes on; [`TeeError`](super::TeeError) tells it in the end.
    ///
    /// [`Popen::communicate`](super::Popen::communicate) and its other forms, [`Run`](super::Run), [`Pipeline`](super::Pipeline) and [`Popen::finish`](super::Popen::finish) come to their end when the
    /// copies are complete; [`Popen::wait`](super::Popen::wait) does not wait for them, [`Popen::wait_tee`](super::Popen::wait_tee) does. When a time limit of `Run` or `Pipeline` is up, what cannot be
    /// written at once is left out; so it is when a handle is dropped that kills its child.
    ///
    /// ```
    /// use std::io::{Seek, read_to_string};
    /// use selvedge::subprocess::{Command, Stdio};
    ///
    /// # let path = std::env::temp_dir().join(format!("selvedge-tee-{}", std::process::id()));
    /// let mut log = std::fs::File::options().read(true).write(true).create(true).open(&path)?;
    /// let done = Command::new("echo").arg("text").stdout(Stdio::Pipe).tee_stdout(log.try_clone()?).run()?;
    /// assert_eq!(done.stdout(), b"text\n");
    /// log.rewind()?;
    /// assert_eq!(read_to_string(log)?, "text\n");
    /// # std::fs::remove_file(path)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn tee_stdout(mut self, to: impl Into<Tee>) -> Self {
        self.tees.stdout.push(to.into());
        self
    }

    /// As [`tee_stdout`](Self::tee_stdout), for standard error.
    pub fn tee_stderr(mut self, to: impl Into<Tee>) -> Self {
        self.tees.stderr.push(to.into());
        self
    }
}

/// Makes the pipe that the child is to write to, and what reads it. `place` is where the stream leads; `ours` says that somebody will read there even when time is up.
pub(super) fn insert(
    place: OwnedFd,
    ours: bool,
    copies: &[Tee],
) -> Result<(OwnedFd, Pump), StartError> {
    let fail = |errno: Errno| StartError::new(Step::Pipe, errno.raw_os_error());
    let (source, writer) = pipes::pipe().map_err(fail)?;
    let mut outlets = Vec::with_capacity(copies.len() + 1);
    for copy in copies {
        let fd = match copy {
            Tee::Standard(standard) => pipes::standard(*standard),
            Tee::Fd(fd) => fcntl_dupfd_cloexec(fd, 3),
        };
        let outlet = fd.and_then(|fd| outlet(fd, false)).map_err(fail)?;
        outlets.push(outlet);
    }
    let place = outlet(place, ours).map_err(fail)?;
    let stop = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK).map_err(fail)?;
    Ok((writer, Pump::new(source, outlets, place, stop)))
}

fn outlet(fd: OwnedFd, ours: bool) -> Result<Outlet, Errno> {
    let regular = FileType::from_raw_mode(fstat(&fd)?.st_mode) == FileType::RegularFile;
    Ok(Outlet { fd, ours, regular })
}

/// A copy could not be written, and everything else is done.
#[derive(Debug)]
pub struct TeeError {
    pub(super) stages: Vec<super::CompletedProcess>,
    pub(super) error: io::Error,
}

impl TeeError {
    /// What the system says.
    pub fn error(&self) -> &io::Error {
        &self.error
    }

    /// The child that has ended, with what was captured; of a pipeline, all stages.
    pub fn processes(&self) -> &[super::CompletedProcess] {
        &self.stages
    }

    /// The same, to keep.
    pub fn into_processes(self) -> Vec<super::CompletedProcess> {
        self.stages
    }
}

impl std::fmt::Display for TeeError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "cannot write a copy of the output: {}", self.error)
    }
}

impl std::error::Error for TeeError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.error)
    }
}
