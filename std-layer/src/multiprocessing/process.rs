//! A process's handle, with its value.

use std::cell::Cell;
use std::marker::PhantomData;
use std::ops::Deref;
use std::os::fd::BorrowedFd;
use std::sync::Arc;
use std::time::{Duration, Instant};
use std::{fmt, mem};

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::error::{
    AlreadyStarted, JoinError, JoinTimeoutError, StartError, StillRunning, TryJoinError,
};
use super::logging::get_logger;
use super::method::StartMethod;
use super::outcome::Told;
use super::packet::{Packet, Running};
use super::target::{self, Call};
use super::{Builder, children, current, fork, parcel};
use crate::subprocess::{ExitStatus, Signal};
use crate::threading::Mutex;

/// A process that calls a function, and the value that comes of it: Python's `Process` (rows M-01 to M-27).
///
/// Make one with [`spawn`](super::spawn), or unstarted with [`Process::new`] and start it later; a [`Builder`] gives it a name and more.
///
/// # What it runs
///
/// This program, a second time: a fresh process, that shares nothing with this one. Before `main` would be called there, the function is, with its argument, and then the process ends. Nothing has to be prepared for that: no macro, no list of functions, no line in `main`; it works in tests,
/// examples and benchmarks. (By the [start method](super::StartMethod) `Fork` it is a copy of this process instead.) The function is an item or a closure that captures nothing; what it is to know, it gets as its argument (a tuple for several):
///
/// ```compile_fail
/// # let _ = || {
/// let base = 40;
/// selvedge::multiprocessing::spawn(|n: i32| base + n, 2); // captures `base`
/// # };
/// ```
///
/// Argument and value travel by serde. Descriptors can be part of the argument ([`Fd`](super::Fd)).
///
/// # Its end
///
/// By [`join`](Self::join) its value comes here, or its panic with message, place and stack. The process ends with code 0 after its function has returned and 1 after a panic, which is also printed (rows M-10, M-12). A
/// child ends when this process does, however that ends, unless it is [detached](Builder::detached); when this process ends in good order it first terminates daemons and joins the others (row M-21).
///
/// Dropping the handle changes nothing of this. No zombie stays: a child that nobody waits for is collected when it ends. No signal is ever sent to a number that may have become another process's.
///
/// ```
/// use selvedge::multiprocessing::Process;
///
/// fn greet(name: String) -> String {
///     format!("hello {name} from {}", std::process::id())
/// }
///
/// let process = Process::new(greet, "bob".to_owned());
/// process.start().unwrap();
/// let pid = process.pid().unwrap();
/// assert_eq!(process.join().unwrap(), format!("hello bob from {pid}"));
/// ```
pub struct Process<T = ()> {
    packet: Arc<Handle>,
    call: Arc<Mutex<Slot<T>>>,
    value: PhantomData<fn() -> T>,
}

/// What there is to be started.
enum Slot<T> {
    Ready(Box<dyn Call<T>>),
    /// Somebody is at it.
    Starting,
    Gone,
}

impl<T: Serialize + DeserializeOwned + 'static> Process<T> {
    /// A process that has not been started, with an automatic name (row M-06).
    pub fn new<A>(target: fn(A) -> T, argument: A) -> Self
    where
        A: Serialize + DeserializeOwned + Send + 'static,
    {
        Builder::new().build(target, argument)
    }

    pub(super) fn from_parts(packet: Packet, call: Box<dyn Call<T>>) -> Self {
        Self {
            packet: Arc::new(Handle(Arc::new(packet))),
            call: Arc::new(Mutex::new(Slot::Ready(call))),
            value: PhantomData,
        }
    }

    /// Starts it (row M-03). Returns when the new process exists; what this process keeps of the argument is dropped.
    ///
    /// # Errors
    ///
    /// See [`StartError`]. If the system refuses, or the argument cannot be serialized, everything is as before, and it may be tried again.
    pub fn start(&self) -> Result<(), StartError> {
        may_start(&self.packet)?;
        let mut slot = self.call.lock();
        if self.packet.running.get().is_some() || matches!(*slot, Slot::Starting) {
            return Err(StartError::AlreadyStarted);
        }
        let Slot::Ready(call) = mem::replace(&mut *slot, Slot::Starting) else {
            *slot = Slot::Gone;
            return Err(StartError::AlreadyRun);
        };
        drop(slot);
        // Not under the lock: the argument's code runs, and in a copy of this process the function.
        let mut starting = Starting {
            slot: &self.call,
            call: Some(call),
        };
        let running = starting.start(&self.packet)?;
        let _ = self.packet.running.set(running);
        let call = starting.call.take();
        drop(starting);
        drop(call);
        children::add(self.packet.0.clone());
        // Who listens is foreign code, so not under a lock.
        let (name, pid) = (self.name(), self.pid().unwrap_or_default());
        get_logger().debug(format_args!("started {name} as {pid}"));
        Ok(())
    }

    /// A copy of this process that runs.
    pub(super) fn forked(packet: Packet, target: impl FnOnce() -> T) -> Result<Self, StartError> {
        may_start(&packet)?;
        let mut work = Some(|| target::tell(target));
        let running = fork::start(&packet, &mut work)?;
        drop(work);
        let _ = packet.running.set(running);
        let process = Self {
            packet: Arc::new(Handle(Arc::new(packet))),
            call: Arc::new(Mutex::new(Slot::Gone)),
            value: PhantomData,
        };
        children::add(process.packet.0.clone());
        Ok(process)
    }

    /// Calls the function in this process instead, once; a panic goes to the caller (row M-02).
    ///
    /// # Errors
    ///
    /// [`StartError::AlreadyRun`], [`StartError::AlreadyStarted`].
    pub fn run(&self) -> Result<T, StartError> {
        let mut slot = self.call.lock();
        if self.packet.running.get().is_some() || matches!(*slot, Slot::Starting) {
            return Err(StartError::AlreadyStarted);
        }
        let call = mem::replace(&mut *slot, Slot::Gone);
        drop(slot);
        match call {
            Slot::Ready(call) => Ok(call.run()),
            _ => Err(StartError::AlreadyRun),
        }
    }

    fn value(&self, running: &Running, status: ExitStatus) -> Result<T, JoinError> {
        children::forget(&self.packet.0);
        let bytes = running.take(status)?;
        parcel::unpack(&bytes, Vec::new()).map_err(JoinError::BadValue)
    }

    /// Waits until the process is over, and takes its value (row M-04). The value goes to the first who joins, for `()` everybody is first; a panic is told to everybody.
    ///
    /// Other ways of waiting: [`try_join`](Self::try_join), [`join_timeout`](Self::join_timeout), [`join_deadline`](Self::join_deadline), [`join_async`](Self::join_async). All of them wait for the end of this very process, not for that of
    /// processes that it has left behind (Python may, row M-05).
    ///
    /// # Errors
    ///
    /// See [`JoinError`].
    pub fn join(&self) -> Result<T, JoinError> {
        let running = self.packet.started()?;
        let status = running.popen.wait();
        self.value(running, status)
    }

    /// As [`join`](Self::join), without waiting.
    ///
    /// # Errors
    ///
    /// [`TryJoinError::Running`] if it is not over.
    pub fn try_join(&self) -> Result<T, TryJoinError> {
        let running = self.packet.started()?;
        match running.popen.try_wait() {
            Some(status) => Ok(self.value(running, status)?),
            None => Err(TryJoinError::Running),
        }
    }

    /// As [`join`](Self::join), at most for `timeout`; the longest ones mean for ever.
    ///
    /// # Errors
    ///
    /// [`JoinTimeoutError::TimedOut`] if it is not over by then; nothing has changed.
    pub fn join_timeout(&self, timeout: Duration) -> Result<T, JoinTimeoutError> {
        self.join_until(Instant::now().checked_add(timeout))
    }

    /// As [`join_timeout`](Self::join_timeout), until an instant.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn join_deadline(&self, deadline: Instant) -> Result<T, JoinTimeoutError> {
        self.join_until(Some(deadline))
    }

    fn join_until(&self, deadline: Option<Instant>) -> Result<T, JoinTimeoutError> {
        let running = self.packet.started()?;
        if !running.wait_until(deadline) {
            return Err(JoinTimeoutError::TimedOut);
        }
        let status = running.popen.wait();
        Ok(self.value(running, status)?)
    }

    /// As [`join`](Self::join), for async tasks. Dropping the future loses nothing: the value stays where it is.
    ///
    /// # Errors
    ///
    /// As there.
    pub async fn join_async(&self) -> Result<T, JoinError> {
        let running = self.packet.started()?;
        let status = running.popen.wait_async().await;
        self.value(running, status)
    }
}

impl<T> Process<T> {
    /// The handle without the value.
    #[must_use]
    pub fn process(&self) -> ProcessRef {
        ProcessRef(self.packet.0.clone())
    }

    /// Its name (row M-06).
    #[must_use]
    pub fn name(&self) -> String {
        self.packet.name.lock().clone()
    }

    /// Gives it another name. The child gets the one that it has when it is started.
    pub fn set_name(&self, name: impl Into<String>) {
        *self.packet.name.lock() = name.into();
    }

    /// Whether it is a daemon (row M-08).
    #[must_use]
    pub fn is_daemon(&self) -> bool {
        *self.packet.daemon.lock()
    }

    /// Makes it a daemon, or not, before it is started (row M-08).
    ///
    /// # Errors
    ///
    /// [`AlreadyStarted`].
    pub fn set_daemon(&self, daemon: bool) -> Result<(), AlreadyStarted> {
        let mut place = self.packet.daemon.lock();
        if self.packet.running.get().is_some() {
            return Err(AlreadyStarted);
        }
        *place = daemon;
        Ok(())
    }

    /// Whether it has been started and is not over (row M-07).
    #[must_use]
    pub fn is_alive(&self) -> bool {
        self.packet.is_alive()
    }

    /// Its number; `None` before the start (row M-09). After its end it may belong to another process: to send signals, use the methods of this type.
    #[must_use]
    pub fn pid(&self) -> Option<u32> {
        self.packet.running.get().map(|running| running.popen.pid())
    }

    /// How it ended; `None` before that (row M-10).
    #[must_use]
    pub fn exit_status(&self) -> Option<ExitStatus> {
        self.packet.exit_status()
    }

    /// Its exit code as Python counts: the negative number of the signal that ended it (row M-10).
    #[must_use]
    pub fn exitcode(&self) -> Option<i32> {
        self.exit_status().and_then(ExitStatus::returncode)
    }

    /// The descriptor that stands for it, readable after its end, for `poll` and event loops (row M-14). `None` before the start, and on kernels without it (before Linux 5.2).
    #[must_use]
    pub fn sentinel(&self) -> Option<BorrowedFd<'_>> {
        self.packet.running.get()?.popen.pidfd()
    }

    /// Asks it to end: SIGTERM (row M-15). Destructors do not run there, and its own children end by it unless detached. Nothing happens if it is over.
    ///
    /// # Errors
    ///
    /// [`SignalError`].
    pub fn terminate(&self) -> Result<(), SignalError> {
        self.packet.signal(Signal::TERM)
    }

    /// Ends it: SIGKILL (row M-16).
    ///
    /// # Errors
    ///
    /// [`SignalError`].
    pub fn kill(&self) -> Result<(), SignalError> {
        self.packet.signal(Signal::KILL)
    }

    /// Interrupts it, as Ctrl-C does: SIGINT (row X-22).
    ///
    /// # Errors
    ///
    /// [`SignalError`].
    pub fn interrupt(&self) -> Result<(), SignalError> {
        self.packet.signal(Signal::INT)
    }

    /// Gives up the handle of a process that is over, or was never started (row M-17). Dropping it does the same, and does not ask.
    ///
    /// # Errors
    ///
    /// [`StillRunning`] with the handle.
    pub fn close(self) -> Result<(), StillRunning<Self>> {
        if self.is_alive() {
            return Err(StillRunning(self));
        }
        Ok(())
    }
}

fn may_start(packet: &Packet) -> Result<(), StartError> {
    if !packet.is_ours() {
        return Err(StartError::NotTheParent);
    }
    if current::is_daemon() {
        return Err(StartError::Daemon);
    }
    children::collect();
    Ok(())
}

/// This program has no use for a server.
fn is_unfit(error: &std::io::Error) -> bool {
    error.kind() == std::io::ErrorKind::Unsupported
}

/// A start under way. When it is over, what is left of the call is where it was.
struct Starting<'a, T> {
    slot: &'a Mutex<Slot<T>>,
    call: Option<Box<dyn Call<T>>>,
}

impl<T> Starting<'_, T> {
    fn start(&mut self, packet: &Packet) -> Result<Running, StartError> {
        let call = self.call.as_deref().ok_or(StartError::AlreadyRun)?;
        match packet.method() {
            StartMethod::Spawn => packet.spawn(call),
            StartMethod::ForkServer => match packet.by_server(call) {
                Err(StartError::Server(error)) if is_unfit(&error) && !packet.is_choosy() => {
                    packet.spawn(call)
                }
                outcome => outcome,
            },
            StartMethod::Fork => {
                let Some(call) = self.call.take() else {
                    return Err(StartError::AlreadyRun);
                };
                let call = Cell::new(Some(call));
                let mut work = Some(|| match call.take() {
                    Some(call) => call.tell(),
                    None => Told::Exited,
                });
                let started = fork::start(packet, &mut work);
                self.call = call.take();
                started
            }
        }
    }
}

impl<T> Drop for Starting<'_, T> {
    fn drop(&mut self) {
        *self.slot.lock() = self.call.take().map_or(Slot::Gone, Slot::Ready);
    }
}

/// What all handles with a value share.
struct Handle(Arc<Packet>);

impl Deref for Handle {
    type Target = Packet;

    fn deref(&self) -> &Packet {
        &self.0
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        if self.0.running.get().is_some() && self.0.is_ours() {
            children::abandon(&self.0);
        }
    }
}

/// Why a signal could not be sent.
#[derive(Debug)]
#[non_exhaustive]
pub enum SignalError {
    /// It has not been started. (Python: `AttributeError`, row M-15.)
    NotStarted,
    /// The system refuses.
    Os(std::io::Error),
}

impl fmt::Display for SignalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotStarted => f.write_str("the process has not been started"),
            Self::Os(error) => write!(f, "the signal cannot be sent: {error}"),
        }
    }
}

impl std::error::Error for SignalError {}

impl Packet {
    pub(super) fn is_alive(&self) -> bool {
        self.is_ours()
            && (self.running.get()).is_some_and(|running| running.popen.try_wait().is_none())
    }

    pub(super) fn exit_status(&self) -> Option<ExitStatus> {
        let running = self.running.get()?;
        if self.is_ours() {
            running.popen.try_wait()
        } else {
            running.popen.status()
        }
    }

    pub(super) fn signal(&self, signal: Signal) -> Result<(), SignalError> {
        let running = self.running.get().ok_or(SignalError::NotStarted)?;
        running.popen.send_signal(signal).map_err(SignalError::Os)
    }

    /// Row M-18.
    fn describe(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let status = self.exit_status();
        let state = match (&status, self.running.get()) {
            (Some(_), _) => "stopped",
            (None, Some(_)) => "started",
            (None, None) => "initial",
        };
        let mut fields = f.debug_struct("Process");
        fields
            .field("name", &*self.name.lock())
            .field("state", &state);
        if let Some(running) = self.running.get() {
            fields.field("pid", &running.popen.pid());
        }
        if let Some(status) = status {
            fields.field("exit_status", &status);
        }
        fields.field("daemon", &*self.daemon.lock()).finish()
    }
}

impl<T> Clone for Process<T> {
    fn clone(&self) -> Self {
        Self {
            packet: self.packet.clone(),
            call: self.call.clone(),
            value: PhantomData,
        }
    }
}

impl<T> fmt::Debug for Process<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.packet.describe(f)
    }
}

/// A process without its value: what [`active_children`](super::active_children) lists.
#[derive(Clone)]
pub struct ProcessRef(pub(super) Arc<Packet>);

impl ProcessRef {
    /// As a [`Process`] whose value is not asked for.
    #[must_use]
    pub fn name(&self) -> String {
        self.0.name.lock().clone()
    }

    /// Its number.
    #[must_use]
    pub fn pid(&self) -> Option<u32> {
        self.0.running.get().map(|running| running.popen.pid())
    }

    /// See [`Process::is_alive`].
    #[must_use]
    pub fn is_alive(&self) -> bool {
        self.0.is_alive()
    }

    /// See [`Process::exit_status`].
    #[must_use]
    pub fn exit_status(&self) -> Option<ExitStatus> {
        self.0.exit_status()
    }

    /// Waits until it is over, and leaves its value where it is.
    ///
    /// # Errors
    ///
    /// [`JoinError::NotStarted`], [`JoinError::NotTheParent`].
    pub fn wait(&self) -> Result<ExitStatus, JoinError> {
        let status = self.0.started()?.popen.wait();
        children::forget(&self.0);
        Ok(status)
    }

    /// See [`Process::terminate`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn terminate(&self) -> Result<(), SignalError> {
        self.0.signal(Signal::TERM)
    }

    /// See [`Process::kill`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn kill(&self) -> Result<(), SignalError> {
        self.0.signal(Signal::KILL)
    }
}

impl PartialEq for ProcessRef {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for ProcessRef {}

impl fmt::Debug for ProcessRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.describe(f)
    }
}
