//! Where a child's standard streams lead.

use std::os::fd::{AsFd, AsRawFd, OwnedFd, RawFd};
use std::sync::Arc;

use rustix::fs::{MemfdFlags, Mode, OFlags, SeekFrom, memfd_create};
use rustix::io::{Errno, fcntl_dupfd_cloexec};

use super::pipes::{self, above_standard};
use super::tee::{self, Tees};
use super::tee_pump::Pump;
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
    /// For standard input: these bytes. See [`here`](Self::here).
    Here(Arc<[u8]>),
    /// A descriptor of this process.
    Fd(SharedFd),
}

impl Stdio {
    /// This text or these bytes, for standard input: a shell's here-document. (A here-string adds a newline; this does not.)
    ///
    /// They are in a file in memory, made anew by each start, so nobody needs to write while the child reads, and it may seek. [`Run::input`](super::Run::input) and
    /// [`Popen::communicate`](super::Popen::communicate) use a pipe instead. For another stream the start fails with [`Step::Options`].
    ///
    /// ```
    /// use selvedge::subprocess::{Command, Stdio};
    ///
    /// let child = Command::new("sort").stdin(Stdio::here("b\na\n")).stdout(Stdio::Pipe).start()?;
    /// assert_eq!(std::io::read_to_string(child.take_stdout().unwrap())?, "a\nb\n");
    /// assert!(child.wait().success());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn here(text: impl Into<Vec<u8>>) -> Self {
        Self::Here(text.into().into())
    }
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
    /// What makes copies, not running yet.
    pub(super) pumps: Vec<Pump>,
    /// Open until the child has them.
    _given: Vec<OwnedFd>,
}

impl Opened {
    /// Makes the pipes and opens the null device. On an error all that was opened is closed.
    pub(super) fn open(
        streams: [&Stdio; 3],
        pipe_size: Option<usize>,
        tees: &Tees,
    ) -> Result<Self, StartError> {
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
                Stdio::Here(bytes) if target == 0 => Some(opened.here(bytes)?),
                Stdio::Merge | Stdio::Here(_) => {
                    return Err(StartError::invalid(Step::Options));
                }
                Stdio::Standard(standard) => Some(*standard as RawFd),
                Stdio::Fd(fd) => Some(fd.as_raw_fd()),
            };
            opened.sources[target] = match tees.of(target) {
                [] => source,
                copies => {
                    let ours = matches!(stream, Stdio::Pipe | Stdio::Merge);
                    let place = opened
                        .place(streams, target, source)
                        .map_err(|errno| StartError::new(Step::Pipe, errno.raw_os_error()))?;
                    let (writer, pump) = tee::insert(place, ours, copies)?;
                    opened.pumps.push(pump);
                    Some(opened.give(writer))
                }
            };
        }
        Ok(opened)
    }

    /// A copy of what would be the child's.
    fn place(
        &self,
        streams: [&Stdio; 3],
        target: usize,
        source: Option<RawFd>,
    ) -> Result<OwnedFd, Errno> {
        let given = self._given.iter().find(|fd| Some(fd.as_raw_fd()) == source);
        if let Some(fd) = given {
            return fcntl_dupfd_cloexec(fd, 3);
        }
        match streams[target] {
            Stdio::Fd(fd) => fcntl_dupfd_cloexec(fd, 3),
            Stdio::Standard(standard) => pipes::standard(*standard),
            Stdio::Merge => self.place(streams, 1, None),
            _ if target == 1 => pipes::standard(Standard::Output),
            _ => pipes::standard(Standard::Error),
        }
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

    fn here(&mut self, mut bytes: &[u8]) -> Result<RawFd, StartError> {
        let fail = |errno: Errno| StartError::new(Step::Pipe, errno.raw_os_error());
        let file = memfd_create(c"selvedge-here", MemfdFlags::CLOEXEC)
            .and_then(above_standard)
            .map_err(fail)?;
        while !bytes.is_empty() {
            match rustix::io::write(&file, bytes) {
                Ok(count) => bytes = &bytes[count..],
                Err(Errno::INTR) => {}
                Err(errno) => return Err(fail(errno)),
            }
        }
        rustix::fs::seek(&file, SeekFrom::Start(0)).map_err(fail)?;
        Ok(self.give(file))
    }

    fn give(&mut self, fd: OwnedFd) -> RawFd {
        let number = fd.as_fd().as_raw_fd();
        self._given.push(fd);
        number
    }
}
