//! The server as its parent sees it.

use std::cell::Cell;
use std::env::vars_os;
use std::ffi::{OsString, c_void};
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStringExt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::time::Duration;

use rustix::fs::{Mode, OFlags, open};
use rustix::io::fcntl_getfd;
use rustix::net::sockopt::{Timeout, set_socket_timeout};
use rustix::process::{Pid, PidfdFlags, pidfd_open};

use super::super::boot::Sheet;
use super::super::error::StartError;
use super::super::image;
use super::super::packet::{Fds, again, memo};
use super::super::shared_memory::SharedMemory;
use super::letter::{self, Answer, End, Gone, Request};
use super::rights::Rights;
use super::server::Errand;
use super::twin;
use crate::subprocess::Popen;
use crate::subprocess::mask::Mask;
use crate::threading::{Mutex, MutexGuard};

/// How often a server is begun for one process.
const ATTEMPTS: u32 = 3;

/// When to look whether the server is stopped, while it is waited for.
const LOOK: Duration = Duration::from_millis(250);

/// So many looks in a row make it a stopped one.
const STOPPED: u32 = 4;

type Variables = Vec<(OsString, OsString)>;

/// A server that has been started, by the process of this number.
struct Server {
    owner: u32,
    popen: Popen,
    socket: OwnedFd,
    page: SharedMemory,
    environment: Variables,
    rights: Rights,
}

static SERVER: Mutex<Option<Server>> = Mutex::new(None);
/// The address of a `fn()`, or 0.
static PRELOAD: AtomicUsize = AtomicUsize::new(0);

/// The server, which runs as far as is known, and nobody else uses.
pub(in crate::multiprocessing) struct Line(MutexGuard<'static, Option<Server>>);

/// The same, whether there is one or not, while this process is copied.
pub(in crate::multiprocessing) struct Held(MutexGuard<'static, Option<Server>>);

pub(in crate::multiprocessing) fn hold() -> Held {
    Held(SERVER.lock())
}

impl Held {
    /// In the copy, whose child the server is not.
    pub(in crate::multiprocessing) fn begin_anew(mut self) {
        std::mem::forget(self.0.take());
    }
}

impl Server {
    fn begin() -> Result<Self, StartError> {
        let (socket, theirs) = letter::pair().map_err(StartError::Server)?;
        // Of this end: the server waits as long as it takes.
        for which in [Timeout::Recv, Timeout::Send] {
            set_socket_timeout(&socket, which, Some(LOOK))
                .map_err(|errno| StartError::Server(errno.into()))?;
        }
        let page = SharedMemory::anonymous(4096);
        let page = page.map_err(|error| StartError::Server(io::Error::other(error)))?;
        let theirs = Arc::new(theirs);
        let shared = page.as_fd().try_clone_to_owned();
        let shared = Arc::new(shared.map_err(StartError::Server)?);
        let preload = std::ptr::with_exposed_provenance::<c_void>(PRELOAD.load(Ordering::Relaxed));
        let preload = match preload.is_null() {
            true => None,
            false => Some(image::offset_of(preload).ok_or(StartError::OtherImage)?),
        };
        let memo = memo(&Sheet::Server(Errand {
            program: image::identity(),
            socket: theirs.as_raw_fd(),
            page: shared.as_raw_fd(),
            preload,
        }))?;
        let rights = Rights::now();
        let environment = vars_os().collect();
        let popen = again(&memo, vec![theirs, shared], true)?;
        Ok(Self {
            owner: std::process::id(),
            popen,
            socket,
            page,
            environment,
            rights,
        })
    }

    /// Whether it can make children for this process as this is now.
    fn fits(&self) -> bool {
        self.owner == std::process::id() && self.rights == Rights::now()
    }

    /// Asks for a process. [`Gone`] if the server is, and has not made one.
    fn ask(
        &self,
        request: &Request,
        fds: &[BorrowedFd<'_>],
    ) -> io::Result<Result<Result<Popen, io::Error>, Gone>> {
        let number = self.page.atomic::<AtomicU32>(0).map_err(io::Error::other)?;
        number.store(0, Ordering::Relaxed);
        let line = Hope {
            server: self,
            stopped: Cell::new(0),
        };
        let answered = match letter::send(&line, request, fds)? {
            Ok(()) => letter::recv::<_, Answer>(&line)?,
            Err(gone) => Err(gone),
        };
        match answered {
            Ok(((Answer(Ok(pid)), mut fds), _)) => Ok(Ok(child(pid, fds.pop()))),
            Ok(((Answer(Err(errno)), _), _)) => Ok(Ok(Err(io::Error::from_raw_os_error(errno)))),
            // It was killed, perhaps right after it had made the process. By now it can make none any more.
            Err(gone) => match number.load(Ordering::Relaxed) {
                0 => Ok(Err(gone)),
                pid => Ok(Ok(child(pid, None))),
            },
        }
    }

    /// Whether a signal has stopped it: not a debugger, whose user knows.
    fn is_stopped(&self) -> bool {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.popen.pid()));
        let stat = stat.unwrap_or_default();
        let state = stat.rsplit_once(") ").map_or("", |(_, rest)| rest);
        state.starts_with('T')
    }

    /// Ends it, and leaves nothing.
    fn end(self) {
        if self.owner != std::process::id() {
            // The server of the process that this is a copy of.
            std::mem::forget(self);
            return;
        }
        let _ = self.popen.kill();
        let _ = self.popen.wait();
    }
}

/// A server that is waited for, unless it is stopped.
///
/// It may take its time: its preparations are the user's, and the machine may be busy. But one that a signal has stopped is as good as dead, and may be for ever; so it is killed.
struct Hope<'a> {
    server: &'a Server,
    /// How many looks in a row have found it so.
    stopped: Cell<u32>,
}

impl End for Hope<'_> {
    fn socket(&self) -> &OwnedFd {
        &self.server.socket
    }

    fn look(&self) -> Result<(), Gone> {
        if self.is_lost() { Err(Gone) } else { Ok(()) }
    }
}

impl Hope<'_> {
    /// Whether it has been stopped for long enough. Then it is dead.
    fn is_lost(&self) -> bool {
        // A terminal stops and continues the program and the server, one after the other.
        let stopped = match self.server.is_stopped() {
            true => self.stopped.get() + 1,
            false => 0,
        };
        self.stopped.set(stopped);
        if stopped < STOPPED {
            return false;
        }
        let _ = self.server.popen.kill();
        let _ = self.server.popen.wait();
        true
    }
}

/// A child that nobody else waits for, so its number is its own.
fn child(pid: u32, pidfd: Option<OwnedFd>) -> io::Result<Popen> {
    let pid = Pid::from_raw(pid.cast_signed()).ok_or(io::ErrorKind::InvalidData)?;
    let pidfd = pidfd.or_else(|| pidfd_open(pid, PidfdFlags::empty()).ok());
    Ok(Popen::of_child(pid, pidfd))
}

/// The server of this process; it is begun if there is none.
pub(in crate::multiprocessing) fn running() -> Result<Line, StartError> {
    if !super::is_supported() {
        return Err(StartError::Server(io::ErrorKind::Unsupported.into()));
    }
    let mut line = Line(SERVER.lock());
    line.renew(false)?;
    Ok(line)
}

pub(super) fn pid() -> Option<u32> {
    let server = SERVER.lock();
    let own = (server.as_ref()).filter(|server| server.owner == std::process::id());
    let own = own.filter(|server| server.popen.try_wait().is_none());
    own.map(|server| server.popen.pid())
}

/// Leaves nothing of a server that was killed.
pub(in crate::multiprocessing) fn collect() {
    // Who has it, uses it, and so will see.
    if let Some(mut server) = SERVER.try_lock()
        && (server.as_ref()).is_some_and(|server| server.popen.try_wait().is_some())
    {
        let server = server.take();
        drop(server);
    }
}

pub(super) fn stop() {
    let server = SERVER.lock().take();
    if let Some(server) = server {
        server.end();
    }
}

pub(super) fn set_preload(function: fn()) {
    PRELOAD.store(
        (function as *const c_void).expose_provenance(),
        Ordering::Relaxed,
    );
    stop();
}

impl Line {
    /// Begins another one, if there is none that fits, or in any case.
    fn renew(&mut self, in_any_case: bool) -> Result<(), StartError> {
        if !in_any_case && self.0.as_ref().is_some_and(Server::fits) {
            return Ok(());
        }
        if let Some(server) = self.0.take() {
            server.end();
        }
        *self.0 = Some(Server::begin()?);
        Ok(())
    }

    /// The environment of this process, if it is not that of the server.
    pub(in crate::multiprocessing) fn environment_to_send(
        &self,
    ) -> Option<Vec<(Vec<u8>, Vec<u8>)>> {
        let known = self.0.as_ref().map(|server| &server.environment);
        let same = known.is_some_and(|known| vars_os().eq(known.iter().cloned()));
        let bytes = |(name, value): (OsString, OsString)| (name.into_vec(), value.into_vec());
        (!same).then(|| vars_os().map(bytes).collect())
    }

    /// Starts a process with a memo.
    pub(in crate::multiprocessing) fn start(
        &mut self,
        memo: Arc<OwnedFd>,
        argument: Fds,
        detached: bool,
    ) -> Result<Popen, StartError> {
        // What cannot be opened cannot be entered either: the child says so.
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let folder = open(c".", flags, Mode::empty());
        let folder = folder.map_err(|errno| StartError::Server(errno.into()))?;
        let is_open = |fd: &BorrowedFd<'_>| fcntl_getfd(fd).is_ok();
        let stdout = Some(rustix::stdio::stdout()).filter(is_open);
        let stderr = Some(rustix::stdio::stderr()).filter(is_open);
        let mut fds = vec![folder.as_fd()];
        fds.extend(stdout);
        fds.extend(stderr);
        fds.push(memo.as_fd());
        fds.extend(argument.iter().map(AsFd::as_fd));
        let request = Request {
            fds: u32::try_from(fds.len()).map_err(|_| too_many())?,
            has_folder: true,
            has_stdout: stdout.is_some(),
            has_stderr: stderr.is_some(),
            detached,
            parent: std::process::id(),
            mask: Mask::current().words(),
        };
        for attempt in 0..ATTEMPTS {
            // The first one was looked at when this line was opened.
            if attempt > 0 {
                self.renew(true)?;
            }
            let Some(server) = &*self.0 else {
                continue;
            };
            match server.ask(&request, &fds) {
                Ok(Ok(Err(error))) if error.raw_os_error() == Some(libc::EOPNOTSUPP) => {
                    // Another one would not be better.
                    twin::is_unfit();
                    if let Some(server) = self.0.take() {
                        server.end();
                    }
                    return Err(StartError::Server(io::ErrorKind::Unsupported.into()));
                }
                Ok(Ok(outcome)) => return outcome.map_err(StartError::Server),
                Ok(Err(Gone)) => {}
                Err(error) => {
                    // Half a request may have gone.
                    if let Some(server) = self.0.take() {
                        server.end();
                    }
                    return Err(StartError::Server(error));
                }
            }
        }
        Err(StartError::Server(io::ErrorKind::BrokenPipe.into()))
    }
}

fn too_many() -> StartError {
    StartError::Server(io::ErrorKind::InvalidInput.into())
}
