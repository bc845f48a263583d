//! Processes with options.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::Process;
use super::error::StartError;
use super::packet::Packet;
use super::target::Bound;

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
pub struct Builder {
    name: Option<String>,
    daemon: Option<bool>,
    detached: bool,
}

impl Builder {
    /// No options.
    pub fn new() -> Self {
        Self::default()
    }

    /// A name; without this, `Process-N` (row M-06).
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// A daemon is terminated when this process ends in good order, and may not have children; others are waited for (rows M-08, M-21). Without this, as the process that makes it.
    pub fn daemon(mut self, daemon: bool) -> Self {
        self.daemon = Some(daemon);
        self
    }

    /// Lets it live on when this process ends. Nobody waits for it then, and its value is lost.
    pub fn detached(mut self, detached: bool) -> Self {
        self.detached = detached;
        self
    }

    /// A process that has not been started.
    pub fn build<A, T>(self, target: fn(A) -> T, argument: A) -> Process<T>
    where
        A: Serialize + DeserializeOwned + Send + 'static,
        T: Serialize + DeserializeOwned + 'static,
    {
        let packet = Packet::new(self.name, self.daemon, self.detached);
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
}
