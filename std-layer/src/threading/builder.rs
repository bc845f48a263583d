//! Threads with options.

use std::fmt;
use std::sync::{Arc, Mutex};

use super::excepthook::{ExceptHook, report_error};
use super::launch::{launch, live};
use super::name::Name;
use super::packet::{Core, Extras, Kind, Packet, State};
use super::registry::inherited_daemon;
use super::work::{Target, Work};
use super::{StartError, Thread, ThreadRef};
use crate::contextvars::{Context, Given};

/// What to give a new thread: the keyword arguments of Python's `Thread` (row T-30). Arguments of the target are what its closure captures.
///
/// ```
/// use selvedge::threading::Builder;
///
/// let thread = Builder::new().name("worker").daemon(true).spawn(|| 5).unwrap();
/// assert_eq!(thread.name(), "worker");
/// assert_eq!(thread.join().unwrap(), 5);
/// ```
#[derive(Default)]
#[must_use = "a builder does nothing until it spawns or builds a thread"]
pub struct Builder {
    name: Option<Arc<str>>,
    daemon: Option<bool>,
    extras: Option<Box<Extras>>,
}

impl Builder {
    /// No options.
    pub fn new() -> Self {
        Self::default()
    }

    /// A name, from whatever can be written as text; an empty one stands for the automatic one (row T-31).
    pub fn name(mut self, name: impl ToString) -> Self {
        self.name = Some(Arc::from(name.to_string()));
        self
    }

    /// Daemon or not; without this, as the thread that makes it (row T-32). Children of threads that this module did not start are daemons, as they are.
    pub fn daemon(mut self, daemon: bool) -> Self {
        self.daemon = Some(daemon);
        self
    }

    /// The size of its stack in bytes, rounded up to what the system can do; without this, [`stack_size`](super::stack_size).
    pub fn stack_size(mut self, bytes: usize) -> Self {
        self.extras().stack_size = Some(bytes);
        self
    }

    /// Something to call in the new thread before its target, after the hooks of all threads; see [`add_start_hook`](super::add_start_hook).
    pub fn start_hook(mut self, hook: impl Fn(&ThreadRef) + Send + Sync + 'static) -> Self {
        self.extras().start_hook = Some(Arc::new(hook));
        self
    }

    /// An excepthook for this thread alone; see [`set_excepthook`](super::set_excepthook).
    pub fn excepthook(mut self, hook: ExceptHook) -> Self {
        self.extras().excepthook = Some(hook);
        self
    }

    /// The context that it is to run in, from its first hook to the end of its target (row X-21). Whoever keeps another `Arc` of it sees what the thread sets.
    ///
    /// If somebody else is inside of that context when the thread begins, the thread panics, and its target is not called.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use selvedge::contextvars::{Context, ContextVar};
    /// use selvedge::threading::Builder;
    ///
    /// static RESULT: ContextVar<u32> = ContextVar::new("result");
    ///
    /// let context = Arc::new(Context::new());
    /// let thread = Builder::new().context(context.clone()).spawn(|| drop(RESULT.set(7))).unwrap();
    /// thread.join().unwrap();
    /// assert_eq!(context.get(&RESULT), Some(7));
    /// ```
    pub fn context(mut self, context: impl Into<Arc<Context>>) -> Self {
        self.extras().context = Given::This(Mutex::new(Some(context.into())));
        self
    }

    /// Whether it begins with a copy of the whole context of whoever starts it, or with nothing; without this (and without [`context`](Self::context)) each context variable says itself whether
    /// it goes along, see [`Inherit`](crate::contextvars::Inherit) (rows C-16, X-21). The copy is made by the start, in constant time.
    ///
    /// ```
    /// use selvedge::contextvars::ContextVar;
    /// use selvedge::threading::Builder;
    ///
    /// static VAR: ContextVar<u32> = ContextVar::new("var").with_default(0);
    ///
    /// VAR.set(1);
    /// let alone = Builder::new().spawn(|| VAR.get()).unwrap();
    /// let with = Builder::new().inherit_context(true).spawn(|| VAR.get()).unwrap();
    /// assert_eq!((alone.join().unwrap(), with.join().unwrap()), (Ok(0), Ok(1)));
    /// ```
    pub fn inherit_context(mut self, all: bool) -> Self {
        self.extras().context = if all { Given::All } else { Given::Nothing };
        self
    }

    fn extras(&mut self) -> &mut Extras {
        self.extras.get_or_insert_default()
    }

    /// A thread that has not been started.
    pub fn build<T, F>(self, target: F) -> Thread<T>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        let target: Target<T> = Box::new(target);
        Thread::from_packet(self.packet::<T, F>(Some(target)))
    }

    /// A thread that runs.
    ///
    /// # Errors
    ///
    /// [`StartError::Os`] if the system refuses; the target is dropped then. To try again with the same one, [`build`](Self::build) the thread and start it.
    pub fn spawn<T, F>(self, target: F) -> Result<Thread<T>, StartError>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        let packet = self.packet::<T, F>(None);
        packet.core.advance(State::Initial, State::Started);
        let own = packet.clone();
        launch(packet.clone(), move || live(own, target))?;
        Ok(Thread::from_packet(packet))
    }

    /// A thread that runs and may fail: an error that the target returns goes to the excepthook, as a panic does, and to whoever joins it, as the value.
    ///
    /// # Errors
    ///
    /// As [`spawn`](Self::spawn).
    ///
    /// ```
    /// use selvedge::threading::{Builder, ExceptHook};
    ///
    /// let hook = ExceptHook::new(|args| assert_eq!(args.message(), "invalid digit found in string"));
    /// let thread = Builder::new().excepthook(hook).spawn_fallible(|| "x".parse::<i32>()).unwrap();
    /// assert!(thread.join().unwrap().is_err());
    /// ```
    pub fn spawn_fallible<T, E, F>(self, target: F) -> Result<Thread<Result<T, E>>, StartError>
    where
        F: FnOnce() -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: fmt::Display + Send + 'static,
    {
        let packet = self.packet::<Result<T, E>, F>(None);
        packet.core.advance(State::Initial, State::Started);
        let own = packet.clone();
        launch(packet.clone(), move || {
            live(own, || target().inspect_err(report_error));
        })?;
        Ok(Thread::from_packet(packet))
    }

    fn packet<T, F>(self, target: Option<Target<T>>) -> Arc<Packet<Work<T>>> {
        let name = Name::given_or_auto::<F>(self.name);
        let daemon = self.daemon.unwrap_or_else(inherited_daemon);
        Arc::new(Packet {
            core: Core::new(Kind::Started, name, daemon, self.extras),
            slot: Work::new(target),
        })
    }
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("name", &self.name)
            .field("daemon", &self.daemon)
            .finish_non_exhaustive()
    }
}

/// Starts a thread. The short form of [`Builder::spawn`], as [`std::thread::spawn`]: it panics if the system cannot make a thread.
///
/// # Panics
///
/// If the system cannot make a thread.
///
/// ```
/// let thread = selvedge::threading::spawn(|| 40 + 2);
/// assert_eq!(thread.join().unwrap(), 42);
/// ```
pub fn spawn<T, F>(target: F) -> Thread<T>
where
    F: FnOnce() -> T + Send + 'static,
    T: Send + 'static,
{
    match Builder::new().spawn(target) {
        Ok(thread) => thread,
        Err(error) => panic!("{error}"),
    }
}
