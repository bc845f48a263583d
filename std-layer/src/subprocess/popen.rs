//! A running child (rows S-52 to S-66).

use std::ffi::OsString;
use std::io::{PipeReader, PipeWriter};
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::Arc;
use std::{fmt, io};

use super::process::Child;
use super::stdio::Opened;
use super::talk::Talk;
use super::tee_pump::Running;
use super::{ExitStatus, OnDrop, Signal};
use crate::threading::Mutex;

/// A child process: Python's `Popen` object.
///
/// All methods take `&self`, and any number of threads may use one handle at the same time: wait for it, send signals, read. A signal is never sent to a process number that may have been given to another
/// process (row S-59).
///
/// # Waiting
///
/// [`wait`](Self::wait), [`try_wait`](Self::try_wait) (Python's `poll`), [`wait_timeout`](Self::wait_timeout), [`wait_deadline`](Self::wait_deadline), [`wait_async`](Self::wait_async). They sleep on the child's
/// pidfd: nothing polls, no handler of SIGCHLD is installed, and an end is noticed when it happens. On kernels without pidfds (before Linux 5.3) a wait with a time limit, or of a task, has a helper thread for its child.
/// If the child writes to a pipe that nobody reads, waiting takes for ever: use [`communicate`](Self::communicate).
///
/// A wait goes on after a signal handler has run. Python waits a quarter of a second more at Ctrl-C and then gives up (row S-54); here the handler decides what Ctrl-C means, and can end the child.
///
/// # Dropping
///
/// The pipes are closed; what becomes of the child says [`OnDrop`]. The handle can also be turned into the child's end: [`finish`](Self::finish) closes the pipes and waits, as Python's `with` does (row S-64).
///
/// # Forking
///
/// In a forked copy of this process the child is not a child: it cannot be waited for there.
pub struct Popen {
    pub(super) child: Arc<Child>,
    pub(super) streams: Mutex<Streams>,
    pub(super) talk: Mutex<Talk>,
    pub(super) tees: Vec<Arc<Running>>,
    /// Which of its pipes, by number, end when its tees are stopped.
    pub(super) teed: [bool; 3],
    on_drop: OnDrop,
}

/// This process's ends of the child's pipes, until somebody takes them.
#[derive(Default)]
pub(super) struct Streams {
    pub(super) stdin: Option<PipeWriter>,
    pub(super) stdout: Option<PipeReader>,
    pub(super) stderr: Option<PipeReader>,
}

impl From<Opened> for Streams {
    fn from(opened: Opened) -> Self {
        Self {
            stdin: opened.stdin.map(Into::into),
            stdout: opened.stdout.map(Into::into),
            stderr: opened.stderr.map(Into::into),
        }
    }
}

impl Popen {
    pub(super) fn new(
        child: Child,
        streams: Streams,
        tees: Vec<Arc<Running>>,
        teed: [bool; 3],
        on_drop: OnDrop,
    ) -> Self {
        Self {
            child: Arc::new(child),
            streams: Mutex::new(streams),
            talk: Mutex::default(),
            tees,
            teed,
            on_drop,
        }
    }

    /// The arguments that the program was given, with the shell's own if there is one (row S-61).
    pub fn args(&self) -> &[OsString] {
        &self.child.args
    }

    /// The process number, of the shell if there is one. After the child's end it may belong to another process: to send signals, use the methods of this type.
    pub fn pid(&self) -> u32 {
        self.child.pid().as_raw_nonzero().get().cast_unsigned()
    }

    /// The descriptor that stands for the child; it is readable when the child has ended, so `poll` and event loops can wait for it. None on kernels before Linux 5.2, and if there was no room for a
    /// descriptor when the child was started: to wait, [`sentinel`](Self::sentinel) will do.
    pub fn pidfd(&self) -> Option<BorrowedFd<'_>> {
        self.child.pidfd()
    }

    /// A descriptor that is readable when the child has ended, and stays so: for `poll`, event loops and the `wait` of connections. It is the [`pidfd`](Self::pidfd) if there is one. Without, it is made at the first call, and where the
    /// kernel has no pidfds a thread is started that waits for the child. It is the child's as long as this handle lives, and the same each time; nothing may be read from it.
    ///
    /// [`AsFd`] gives the same. To be told is not to have waited: call [`try_wait`](Self::try_wait) then.
    ///
    /// # Errors
    ///
    /// If there is no pidfd, and no room for a descriptor or no thread to be had.
    ///
    /// ```
    /// use std::os::fd::AsFd;
    /// use selvedge::multiprocessing::connection::{pipe, wait};
    /// use selvedge::subprocess::Command;
    ///
    /// let (connection, _other) = pipe().unwrap();
    /// let child = Command::new("true").start().unwrap();
    /// let ready = wait(&[connection.as_fd(), child.as_fd()]).unwrap();
    /// assert_eq!(ready, [1]);
    /// assert!(child.try_wait().unwrap().success());
    /// ```
    pub fn sentinel(&self) -> io::Result<BorrowedFd<'_>> {
        self.child.sentinel()
    }

    /// How it ended, if somebody has waited for it or asked: this does not ask the system. (Python's attribute `returncode`, row S-61.)
    pub fn status(&self) -> Option<ExitStatus> {
        self.child.known()
    }

    /// The writing end of the pipe to its standard input; `None` unless that is [`Stdio::Pipe`](super::Stdio::Pipe), or after it has been taken. Dropping it tells the child that no more comes.
    pub fn take_stdin(&self) -> Option<PipeWriter> {
        self.streams.lock().stdin.take()
    }

    /// The reading end of the pipe from its standard output.
    pub fn take_stdout(&self) -> Option<PipeReader> {
        self.streams.lock().stdout.take()
    }

    /// The reading end of the pipe from its standard error.
    pub fn take_stderr(&self) -> Option<PipeReader> {
        self.streams.lock().stderr.take()
    }

    /// Sends a signal. Nothing happens, and that is no error, if the child has ended (row S-59).
    ///
    /// # Errors
    ///
    /// If the system refuses: no such signal, or a child that has changed its user.
    pub fn send_signal(&self, signal: impl Into<Signal>) -> io::Result<()> {
        Ok(self.child.signal(signal.into())?)
    }

    /// Asks the child to end: SIGTERM (row S-60).
    ///
    /// # Errors
    ///
    /// As [`send_signal`](Self::send_signal).
    pub fn terminate(&self) -> io::Result<()> {
        self.send_signal(Signal::TERM)
    }

    /// Ends the child: SIGKILL (row S-60). It still has to be waited for.
    ///
    /// # Errors
    ///
    /// As [`send_signal`](Self::send_signal).
    pub fn kill(&self) -> io::Result<()> {
        self.send_signal(Signal::KILL)
    }

    /// Interrupts the child, as Ctrl-C does: SIGINT.
    ///
    /// # Errors
    ///
    /// As [`send_signal`](Self::send_signal).
    pub fn interrupt(&self) -> io::Result<()> {
        self.send_signal(Signal::INT)
    }

    /// Closes the pipes and waits, also for copies of its output (row S-64). Whether these could be written tells [`wait_tee`](Self::wait_tee), before this is called.
    pub fn finish(self) -> ExitStatus {
        self.close_and_wait()
    }

    /// Those of a conversation that has ended early as well.
    pub(super) fn close_pipes(&self) {
        let streams = std::mem::take(&mut *self.streams.lock());
        drop(streams);
        let mut talk = self.talk.lock();
        if matches!(*talk, Talk::Paused(_)) {
            *talk = Talk::Over;
        }
    }

    pub(super) fn close_and_wait(&self) -> ExitStatus {
        self.close_pipes();
        let status = self.wait();
        self.tees_until(None);
        status
    }
}

/// The end of the child as a descriptor: its pidfd, or what stands in for it ([`Popen::sentinel`]).
///
/// # Panics
///
/// If there is no such descriptor, for which both must have come together: no pidfd, because the kernel knows none or because there was no room for a descriptor when the child was started, and still no room (or no thread). [`Popen::sentinel`] is the form that
/// returns an error.
impl AsFd for Popen {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.sentinel()
            .expect("there is room for a descriptor that stands for the child")
    }
}

impl Drop for Popen {
    fn drop(&mut self) {
        if self.on_drop == OnDrop::Kill && self.child.known().is_none() {
            // What it has written is handed on, and nobody waited for.
            self.stop_tees();
        }
        self.on_drop.apply(&self.child);
    }
}

/// `<Popen: returncode: None, args: [..]>`, cut at 80 characters (row S-66).
impl fmt::Debug for Popen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let status = self.status();
        let text = format!("Popen {{ status: {status:?}, args: {:?}", self.args());
        match text.char_indices().nth(76) {
            Some((end, _)) => write!(f, "{}... }}", &text[..end]),
            None => write!(f, "{text} }}"),
        }
    }
}
