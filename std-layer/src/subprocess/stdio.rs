//! Where a child's standard streams lead.

use std::os::fd::{AsFd, AsRawFd, OwnedFd, RawFd};

use rustix::fs::{Mode, OFlags};

use super::pipes::{self, above_standard};
use super::{SharedFd, StartError, Step};

/// Where one of a child's standard streams leads (rows S-16, S-27 to S-30).
///
/// Files, sockets and ends of pipes are turned into one by `into`: the command owns them, and closes its own when it is dropped. To keep one, hand over a clone of it
/// (`file.try_clone()?`), or share it ([`SharedFd`]).
///
/// ```
/// use selvedge::subprocess::{Command, Stdio};
///
/// let (reader, writer) = std::io::pipe().unwrap();
/// // The command is dropped at the end of the statement, and its end of the pipe with it.
/// let child = Command::new("echo").arg("through").stdout(writer).start().unwrap();
/// assert_eq!(std::io::read_to_string(reader).unwrap(), "through\n");
/// assert!(child.wait().success());
/// ```
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub enum Stdio {
    /// As in this process. (Python: `None`.)
    #[default]
    Inherit,
    /// A pipe, whose other end is kept with the child's handle. (Python: `PIPE`.)
    Pipe,
    /// Nothing to read, and writing goes nowhere. (Python: `DEVNULL`.)
    Null,
    /// For standard error: wherever standard output leads. (Python: `STDOUT`.)
    Merge,
    /// One of this process's own standard streams.
    Standard(Standard),
    /// A descriptor of this process.
    Fd(SharedFd),
}

/// A standard stream of this process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Standard {
    /// Descriptor 0.
    Input,
    /// Descriptor 1.
    Output,
    /// Descriptor 2.
    Error,
}

impl From<Standard> for Stdio {
    fn from(stream: Standard) -> Self {
        Self::Standard(stream)
    }
}

impl<T: Into<SharedFd>> From<T> for Stdio {
    fn from(fd: T) -> Self {
        Self::Fd(fd.into())
    }
}

/// What a start has made of the three streams: the ends that this process keeps, and those that the child gets.
#[derive(Default)]
pub(super) struct Opened {
    pub(super) stdin: Option<OwnedFd>,
    pub(super) stdout: Option<OwnedFd>,
    pub(super) stderr: Option<OwnedFd>,
    /// Source in this process for target 0, 1, 2; `None` leaves the target alone.
    pub(super) sources: [Option<RawFd>; 3],
    /// Open until the child has them.
    _given: Vec<OwnedFd>,
}

impl Opened {
    /// Makes the pipes and opens the null device. On an error all that was opened is closed.
    pub(super) fn open(streams: [&Stdio; 3], pipe_size: Option<usize>) -> Result<Self, StartError> {
        let mut opened = Self::default();
        let mut null = None;
        for (target, stream) in streams.into_iter().enumerate() {
            let source = match stream {
                Stdio::Inherit => None,
                Stdio::Pipe => Some(opened.pipe(target, pipe_size)?),
                Stdio::Null => Some(match null {
                    Some(null) => null,
                    None => *null.insert(opened.null()?),
                }),
                // What standard output has become; inherited, it is this process's own (row S-28).
                Stdio::Merge if target == 2 => Some(opened.sources[1].unwrap_or(1)),
                Stdio::Merge => return Err(StartError::invalid(Step::Options)),
                Stdio::Standard(standard) => Some(*standard as RawFd),
                Stdio::Fd(fd) => Some(fd.as_raw_fd()),
            };
            opened.sources[target] = source;
        }
        Ok(opened)
    }

    fn pipe(&mut self, target: usize, size: Option<usize>) -> Result<RawFd, StartError> {
        let (reader, writer) =
            pipes::pipe().map_err(|errno| StartError::new(Step::Pipe, errno.raw_os_error()))?;
        if let Some(size) = size {
            // A wish: what the system does not grant leaves the pipe as it was (row S-32).
            let _ = rustix::pipe::fcntl_setpipe_size(&writer, size);
        }
        let (ours, given) = if target == 0 {
            (writer, reader)
        } else {
            (reader, writer)
        };
        let place = match target {
            0 => &mut self.stdin,
            1 => &mut self.stdout,
            _ => &mut self.stderr,
        };
        *place = Some(ours);
        Ok(self.give(given))
    }

    fn null(&mut self) -> Result<RawFd, StartError> {
        let null = rustix::fs::open(c"/dev/null", OFlags::RDWR | OFlags::CLOEXEC, Mode::empty())
            .and_then(above_standard)
            .map_err(|errno| StartError::new(Step::Null, errno.raw_os_error()))?;
        Ok(self.give(null))
    }

    fn give(&mut self, fd: OwnedFd) -> RawFd {
        let number = fd.as_fd().as_raw_fd();
        self._given.push(fd);
        number
    }
}
