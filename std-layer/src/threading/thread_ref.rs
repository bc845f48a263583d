//! A thread's handle without its value.

use std::fmt;
use std::future::Future;
use std::hash::{Hash, Hasher};
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::packet::{Core, Kind, Packet, Slot, State};
use super::{AlreadyStarted, JoinError, JoinTimeoutError, TryJoinError, ident, name, os};

/// Names a thread of any kind: one of this module, the main thread, or a foreign one.
///
/// It is what [`current_thread`](super::current_thread), [`enumerate`](super::enumerate) and [`Thread::thread`](super::Thread::thread) give. Clones name the same thread, and are equal; it stays valid after
/// the thread is over. Its joins wait for the end and never tell how it ended: the value and the panic belong to [`Thread`](super::Thread).
///
/// ```
/// use selvedge::threading;
///
/// let thread = threading::spawn(|| panic!("nobody asks"));
/// let other = thread.thread();
/// other.join().unwrap();
/// other.join().unwrap();
/// assert!(!other.is_alive());
/// ```
#[derive(Clone)]
pub struct ThreadRef(pub(super) Arc<Packet<dyn Slot>>);

impl PartialEq for ThreadRef {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::addr_eq(Arc::as_ptr(&self.0), Arc::as_ptr(&other.0))
    }
}

impl Eq for ThreadRef {}

impl Hash for ThreadRef {
    fn hash<H: Hasher>(&self, state: &mut H) {
        Arc::as_ptr(&self.0).cast::<()>().hash(state);
    }
}

/// Whether the end of a thread may be waited for by the caller, and whether there is anything to wait for.
pub(super) fn must_wait(core: &Core) -> Result<bool, JoinError> {
    match core.state() {
        State::Initial => Err(JoinError::NotStarted),
        State::Started if is_current(core) => Err(JoinError::CurrentThread),
        State::Started => Ok(true),
        State::Stopped => Ok(false),
    }
}

/// Blocks until the thread is over.
pub(super) fn wait(core: &Core) -> Result<(), JoinError> {
    if must_wait(core)? {
        core.wait_until_over();
        is_over(core)?;
    }
    Ok(())
}

/// As [`wait`], until a deadline; `None` lies beyond what the clock can tell.
pub(super) fn wait_until(core: &Core, deadline: Option<Instant>) -> Result<(), JoinTimeoutError> {
    if must_wait(core)? {
        core.done
            .wait_until(deadline, || core.state() == State::Started)?;
        is_over(core)?;
    }
    Ok(())
}

/// After waiting: the thread is over, or the system refused it meanwhile, and perhaps it is being started again.
fn is_over(core: &Core) -> Result<(), JoinError> {
    match core.state() {
        State::Stopped => Ok(()),
        _ => Err(JoinError::NotStarted),
    }
}

fn is_current(core: &Core) -> bool {
    core.ident.load(Ordering::Relaxed) == ident::get_ident().get()
}

/// What both kinds of handle say about a thread.
macro_rules! about_the_thread {
    ($packet:tt) => {
        /// The name: for people, without a meaning, and not necessarily unique. `Thread-N (target)` if none was given (rows T-31, T-37).
        #[must_use]
        pub fn name(&self) -> String {
            self.$packet.core.name.lock().spell()
        }

        /// Renames it, at any time (row T-37). The kernel is told as well while it runs; on Linux it keeps 15 bytes.
        pub fn set_name(&self, name: impl ToString) {
            $crate::threading::thread_ref::rename(&self.$packet.core, &name.to_string());
        }

        /// The number that [`get_ident`](crate::threading::get_ident) gives in that thread; `None` before the start. It stays after the end (row T-39).
        #[must_use]
        pub fn ident(&self) -> Option<::std::num::NonZeroUsize> {
            ::std::num::NonZeroUsize::new(
                self.$packet
                    .core
                    .ident
                    .load(::std::sync::atomic::Ordering::Relaxed),
            )
        }

        /// The kernel's number; `None` before the start. It stays after the end (row T-40). Right after the start this may wait for the moment until
        /// the new thread has looked.
        #[must_use]
        pub fn native_id(&self) -> Option<u32> {
            self.$packet.core.native_id()
        }

        /// True from the return of `start` until the thread's target, its thread-local values and its entry in the registry are gone (row T-41).
        #[must_use]
        pub fn is_alive(&self) -> bool {
            self.$packet.core.is_alive()
        }

        /// Whether the process may exit while it runs (rows T-42 to T-45).
        #[must_use]
        pub fn daemon(&self) -> bool {
            self.$packet
                .core
                .daemon
                .load(::std::sync::atomic::Ordering::Relaxed)
        }
    };
}
pub(super) use about_the_thread;

pub(super) fn rename(core: &Core, new: &str) {
    *core.name.lock() = name::Name::Given(Arc::from(new));
    if core.is_alive()
        && let Some(id) = core.native_id()
        && id != 0
        && core.is_alive()
    {
        os::name_thread(id, name::for_system(new));
    }
}

/// The daemon flag can change until the start.
pub(super) fn set_daemon(core: &Core, daemon: bool) -> Result<(), AlreadyStarted> {
    if core.state() != State::Initial {
        return Err(AlreadyStarted);
    }
    core.daemon.store(daemon, Ordering::Relaxed);
    Ok(())
}

impl ThreadRef {
    about_the_thread!(0);

    /// Waits until the thread is over, however it ends; as often as you like, from as many threads as you like (row T-35).
    ///
    /// The main thread is over, for this purpose, when its end begins: when it has returned from `main` and the callbacks of
    /// [`register_atexit`](super::register_atexit) have run (row T-36). A dummy is over when its thread is.
    ///
    /// # Errors
    ///
    /// [`JoinError::NotStarted`] and [`JoinError::CurrentThread`]; never the others.
    pub fn join(&self) -> Result<(), JoinError> {
        wait(&self.0.core)
    }

    /// As [`join`](Self::join), without waiting.
    ///
    /// # Errors
    ///
    /// [`TryJoinError::Running`] if it is not over.
    pub fn try_join(&self) -> Result<(), TryJoinError> {
        match must_wait(&self.0.core)? {
            true => Err(TryJoinError::Running),
            false => Ok(()),
        }
    }

    /// As [`join`](Self::join), at most for `timeout`; the longest ones mean for ever.
    ///
    /// # Errors
    ///
    /// [`JoinTimeoutError::TimedOut`] if it is not over by then; nothing has changed.
    pub fn join_timeout(&self, timeout: Duration) -> Result<(), JoinTimeoutError> {
        wait_until(&self.0.core, Instant::now().checked_add(timeout))
    }

    /// As [`join_timeout`](Self::join_timeout), until an instant.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn join_deadline(&self, deadline: Instant) -> Result<(), JoinTimeoutError> {
        wait_until(&self.0.core, Some(deadline))
    }

    /// As [`join`](Self::join), for async tasks. Dropping the future loses nothing.
    ///
    /// A task may wait for the thread it runs on: that blocks nobody.
    pub fn join_async(&self) -> impl Future<Output = Result<(), JoinError>> + Send + use<> {
        let packet = self.0.clone();
        async move { wait_async(&packet.core).await }
    }
}

/// Waits for the end of a thread, as a task.
pub(super) async fn wait_async(core: &Core) -> Result<(), JoinError> {
    match core.state() {
        State::Initial => Err(JoinError::NotStarted),
        State::Started => {
            core.done
                .wait_async(|| core.state() == State::Started)
                .await;
            is_over(core)
        }
        State::Stopped => Ok(()),
    }
}

impl fmt::Debug for ThreadRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        describe(&self.0.core, f)
    }
}

/// `<Thread(name, state daemon ident)>` (row T-49).
pub(super) fn describe(core: &Core, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let class = match core.kind {
        Kind::Started => "Thread",
        Kind::Main => "MainThread",
        Kind::Dummy => "DummyThread",
    };
    let state = match core.state() {
        State::Initial => "initial",
        State::Started => "started",
        State::Stopped => "stopped",
    };
    write!(f, "<{class}({}, {state}", core.name.lock().spell())?;
    if core.daemon.load(Ordering::Relaxed) {
        f.write_str(" daemon")?;
    }
    if let Some(ident) = NonZeroUsize::new(core.ident.load(Ordering::Relaxed)) {
        write!(f, " {ident}")?;
    }
    f.write_str(")>")
}
