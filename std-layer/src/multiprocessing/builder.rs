//! Processes with options.
//!
//! # Safety
//!
//! Nothing unsafe is done here; one option is unsafe to ask for.
#![allow(unsafe_code, reason = "declares an unsafe method")]

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::Process;
use super::error::StartError;
use super::method::StartMethod;
use super::packet::{Options, Packet};
use super::target::{Bound, Captured};

/// What to give a new process: the keyword arguments of Python's `Process` (row M-01).
///
/// ```
/// use selvedge::multiprocessing::Builder;
///
/// let process = Builder::new().name("squarer").daemon(true).spawn(|n: u32| n * n, 12).unwrap();
/// assert_eq!(process.name(), "squarer");
/// assert_eq!(process.join().unwrap(), 144);
/// ```
#[derive(Debug, Clone, Default)]
#[must_use = "a builder does nothing until it spawns or builds a process"]
pub struct Builder(Options);

impl Builder {
    /// No options.
    pub fn new() -> Self {
        Self::default()
    }

    /// A name; without this, `Process-N` (row M-06).
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.0.name = Some(name.into());
        self
    }

    /// A daemon is terminated when this process ends in good order, and may not have children; others are waited for (rows M-08, M-21). Without this, as the process that makes it.
    pub fn daemon(mut self, daemon: bool) -> Self {
        self.0.daemon = Some(daemon);
        self
    }

    /// Lets it live on when this process ends. Nobody waits for it then, and its value is lost.
    pub fn detached(mut self, detached: bool) -> Self {
        self.0.detached = detached;
        self
    }

    /// How it starts; without this, as the program has chosen: [`get_start_method`](super::get_start_method).
    pub fn start_method(mut self, method: StartMethod) -> Self {
        self.0.method = Some(method);
        self
    }

    /// Lets [`fork`](Self::fork), and the start method of this name, copy this process although it has other threads.
    ///
    /// Standard output is not flushed before, as another thread may have it: what was not written will be written by both.
    ///
    /// # Safety
    ///
    /// In the new process there is the calling thread, and no other. What the others were doing at that moment stays half done there for ever: a lock that one of them held, a list that one of them was about to change. Whoever calls this knows that whatever runs in the new process
    /// (the function, its destructors, hooks, the allocator) needs nothing that any thread can have been in the middle of; of this crate, locks that were not held, new threads and new processes can be used.
    pub unsafe fn fork_despite_threads(mut self) -> Self {
        self.0.insists = true;
        self
    }

    /// A process that has not been started.
    pub fn build<A, T>(self, target: fn(A) -> T, argument: A) -> Process<T>
    where
        A: Serialize + DeserializeOwned + Send + 'static,
        T: Serialize + DeserializeOwned + 'static,
    {
        let packet = Packet::new(self.0);
        let function = target;
        Process::from_parts(packet, Box::new(Bound { function, argument }))
    }

    /// A process that runs.
    ///
    /// # Errors
    ///
    /// See [`StartError`].
    pub fn spawn<A, T>(self, target: fn(A) -> T, argument: A) -> Result<Process<T>, StartError>
    where
        A: Serialize + DeserializeOwned + Send + 'static,
        T: Serialize + DeserializeOwned + 'static,
    {
        let process = self.build(target, argument);
        process.start()?;
        Ok(process)
    }

    /// A process that has not been started, and will be a copy of this process as that is then: `target` may capture what lives as long as the program. The start method is `Fork`, whatever the options say.
    ///
    /// [`Process::start`] copies this process, if there is no other thread: see [`fork`](super::fork()). What is captured is dropped here when the copy has been made.
    ///
    /// ```
    /// use selvedge::multiprocessing::{Builder, StartError};
    ///
    /// let words = vec!["fork", "captures"];
    /// let process = Builder::new().name("joiner").build_fork(move || words.join(" "));
    /// match process.start() {
    ///     Ok(()) => assert_eq!(process.join().unwrap(), "fork captures"),
    ///     // As here, where the test has threads. It may be tried again.
    ///     Err(StartError::OtherThreads(count)) => assert!(count > 0),
    ///     Err(error) => panic!("{error}"),
    /// }
    /// ```
    pub fn build_fork<T, F>(mut self, target: F) -> Process<T>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Serialize + DeserializeOwned + 'static,
    {
        self.0.method = Some(StartMethod::Fork);
        Process::from_parts(Packet::new(self.0), Box::new(Captured(target)))
    }

    /// As [`fork`](super::fork()), with these options. The start method is `Fork`, whatever they say.
    ///
    /// # Errors
    ///
    /// See [`StartError`].
    pub fn fork<T, F>(mut self, target: F) -> Result<Process<T>, StartError>
    where
        F: FnOnce() -> T,
        T: Serialize + DeserializeOwned + 'static,
    {
        self.0.method = Some(StartMethod::Fork);
        Process::forked(Packet::new(self.0), target)
    }
}
