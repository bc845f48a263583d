//! A thread's handle with its value.

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::launch::{launch, live};
use super::packet::{Packet, State};
use super::thread_ref::{self, about_the_thread, describe, must_wait, wait, wait_until};
use super::work::Work;
use super::{
    AlreadyRun, AlreadyStarted, Builder, JoinError, JoinTimeoutError, StartError, ThreadRef,
    TryJoinError,
};

/// A thread of control, and the value it computes.
///
/// Make one with [`spawn`](super::spawn), or unstarted with [`Thread::new`] and start it later; a [`Builder`] gives it a name, a stack and more. Dropping the handle does not stop the
/// thread: a non-daemon thread is waited for at the exit of the process, a daemon is abandoned there (rows T-44, T-45). Clones are handles of the same thread.
///
/// # The value
///
/// `join` may be called any number of times, from any number of threads (row T-35). The value goes to whoever comes first; for a thread without a value (`T = ()`) everybody comes first. A panic is
/// told to everybody, its payload goes to the first. With the last `Thread` of a thread goes the value that nobody asked for; a [`ThreadRef`] does not keep it.
///
/// # What a thread is not
///
/// There are no priorities and groups, and a thread cannot be stopped, suspended or interrupted from outside (row T-22). A subclass that overrides `run` (row T-50) is a
/// closure here.
///
/// ```
/// use selvedge::threading::Thread;
///
/// let thread = Thread::new(|| 6 * 7);
/// assert!(!thread.is_alive());
/// thread.start().unwrap();
/// assert_eq!(thread.join().unwrap(), 42);
/// ```
pub struct Thread<T = ()> {
    packet: Arc<Packet<Work<T>>>,
}

impl<T: Send + 'static> Thread<T> {
    /// A thread that has not been started. It takes its daemon flag from the calling thread (row T-32), and a name `Thread-N (target)` (row T-31).
    pub fn new(target: impl FnOnce() -> T + Send + 'static) -> Self {
        Builder::new().build(target)
    }

    pub(super) fn from_packet(packet: Arc<Packet<Work<T>>>) -> Self {
        Self { packet }
    }

    /// Starts the thread. When this returns, it is alive and has an ident; unlike in Python, nobody waits until it has reached its first instruction (row T-33).
    ///
    /// # Errors
    ///
    /// [`StartError::AlreadyStarted`], also when it is over. [`StartError::Os`] if the system refuses: then everything is as before, and it may be tried again.
    ///
    /// ```
    /// use selvedge::threading::{StartError, Thread};
    ///
    /// let thread = Thread::new(|| ());
    /// thread.start().unwrap();
    /// thread.join().unwrap();
    /// assert!(matches!(thread.start(), Err(StartError::AlreadyStarted)));
    /// ```
    pub fn start(&self) -> Result<(), StartError> {
        let core = &self.packet.core;
        if !core.advance(State::Initial, State::Started) {
            return Err(StartError::AlreadyStarted);
        }
        if !self.packet.slot.has_target() {
            core.roll_back();
            return Err(StartError::AlreadyRun);
        }
        let packet = self.packet.clone();
        launch(self.packet.clone(), move || {
            let target = packet.slot.take_target(|| true);
            live(
                packet,
                target.expect("the target of a started thread is its own"),
            );
        })
    }

    /// Calls the target in the calling thread instead, once; a panic goes to the caller (row T-34).
    ///
    /// # Errors
    ///
    /// [`AlreadyRun`] if it has been called, or the thread was started.
    ///
    /// ```
    /// use selvedge::threading::Thread;
    ///
    /// let thread = Thread::new(|| 1 + 1);
    /// assert_eq!(thread.run().unwrap(), 2);
    /// assert!(thread.run().is_err());
    /// ```
    pub fn run(&self) -> Result<T, AlreadyRun> {
        let core = &self.packet.core;
        let target = self
            .packet
            .slot
            .take_target(|| core.state() == State::Initial);
        Ok(target.ok_or(AlreadyRun)?())
    }

    about_the_thread!(packet);

    /// Makes it a daemon, or not, before it is started (row T-42).
    ///
    /// # Errors
    ///
    /// [`AlreadyStarted`], also when it is over.
    pub fn set_daemon(&self, daemon: bool) -> Result<(), AlreadyStarted> {
        thread_ref::set_daemon(&self.packet.core, daemon)
    }

    /// The handle without the value.
    #[must_use]
    pub fn thread(&self) -> ThreadRef {
        ThreadRef(self.packet.clone())
    }

    /// Waits until the thread is over and takes its value (row T-35).
    ///
    /// Everything the thread did is visible then, and its thread-local values have been destroyed (row T-28). Other ways of waiting: [`try_join`](Self::try_join),
    /// [`join_timeout`](Self::join_timeout), [`join_deadline`](Self::join_deadline), [`join_async`](Self::join_async).
    ///
    /// # Errors
    ///
    /// See [`JoinError`]. A panic of the thread is an error here and not a panic; [`Panic::resume`](super::Panic::resume) makes it one.
    ///
    /// # Panics
    ///
    /// Two threads that join each other wait for ever; where the system notices it, as glibc may, the second one panics instead.
    pub fn join(&self) -> Result<T, JoinError> {
        wait(&self.packet.core)?;
        self.packet.slot.take()
    }

    /// As [`join`](Self::join), without waiting.
    ///
    /// # Errors
    ///
    /// [`TryJoinError::Running`] if it is not over.
    pub fn try_join(&self) -> Result<T, TryJoinError> {
        match must_wait(&self.packet.core)? {
            true => Err(TryJoinError::Running),
            false => Ok(self.packet.slot.take()?),
        }
    }

    /// As [`join`](Self::join), at most for `timeout`; the longest ones mean for ever.
    ///
    /// # Errors
    ///
    /// [`JoinTimeoutError::TimedOut`] if it is not over by then; nothing has changed.
    pub fn join_timeout(&self, timeout: Duration) -> Result<T, JoinTimeoutError> {
        wait_until(&self.packet.core, Instant::now().checked_add(timeout))?;
        Ok(self.packet.slot.take()?)
    }

    /// As [`join_timeout`](Self::join_timeout), until an instant.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn join_deadline(&self, deadline: Instant) -> Result<T, JoinTimeoutError> {
        wait_until(&self.packet.core, Some(deadline))?;
        Ok(self.packet.slot.take()?)
    }

    /// As [`join`](Self::join), for async tasks. Dropping the future loses nothing: the value stays where it is.
    pub fn join_async(&self) -> impl Future<Output = Result<T, JoinError>> + Send + use<T> {
        let thread = self.clone();
        async move {
            thread_ref::wait_async(&thread.packet.core).await?;
            thread.packet.slot.take()
        }
    }
}

impl<T> Clone for Thread<T> {
    fn clone(&self) -> Self {
        self.packet.slot.add_handle();
        Self {
            packet: self.packet.clone(),
        }
    }
}

impl<T> Drop for Thread<T> {
    fn drop(&mut self) {
        self.packet.slot.remove_handle();
    }
}

impl<T> fmt::Debug for Thread<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        describe(&self.packet.core, f)
    }
}
