//! Start methods as objects: row M-37.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::error::StartError;
use super::method::{StartMethod, get_start_method};
use super::{Builder, Process};

/// Processes by one start method: what a library takes that leaves the choice to its caller (rows M-37, M-44).
///
/// Everything else of this module works with processes of all methods, so it is not repeated here: a lock of this crate knows no start method (row M-35).
///
/// ```
/// use selvedge::multiprocessing::{StartMethod, get_context};
///
/// let context = get_context(StartMethod::Spawn);
/// let process = context.spawn(|n: u32| n + 1, 1).unwrap();
/// assert_eq!(process.join().unwrap(), 2);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Context(StartMethod);

/// The context of a start method; that of the program, which is chosen by this, for `None` (row M-37).
#[must_use]
pub fn get_context(method: impl Into<Option<StartMethod>>) -> Context {
    Context(method.into().unwrap_or_else(get_start_method))
}

impl Context {
    /// Its method.
    #[must_use]
    pub fn get_start_method(self) -> StartMethod {
        self.0
    }

    /// Options for a process by this method.
    pub fn builder(self) -> Builder {
        Builder::new().start_method(self.0)
    }

    /// As [`Process::new`].
    pub fn process<A, T>(self, target: fn(A) -> T, argument: A) -> Process<T>
    where
        A: Serialize + DeserializeOwned + Send + 'static,
        T: Serialize + DeserializeOwned + 'static,
    {
        self.builder().build(target, argument)
    }

    /// As [`spawn`](super::spawn).
    ///
    /// # Errors
    ///
    /// See [`StartError`].
    pub fn spawn<A, T>(self, target: fn(A) -> T, argument: A) -> Result<Process<T>, StartError>
    where
        A: Serialize + DeserializeOwned + Send + 'static,
        T: Serialize + DeserializeOwned + 'static,
    {
        self.builder().spawn(target, argument)
    }
}
