//! Threads with names.

use std::io;

use selvedge::threading::{Builder, JoinError, Thread};

/// A thread at work.
#[derive(Debug)]
pub(crate) struct Worker<T>(Thread<T>);

/// Starts a thread that the program waits for.
pub(crate) fn start<T: Send + 'static>(
    name: &str,
    work: impl FnOnce() -> T + Send + 'static,
) -> io::Result<Worker<T>> {
    launch(Builder::new().name(name).daemon(false), work)
}

/// Starts a thread that the program abandons if it is still at work at the end.
pub(crate) fn start_daemon<T: Send + 'static>(
    name: &str,
    work: impl FnOnce() -> T + Send + 'static,
) -> io::Result<Worker<T>> {
    launch(Builder::new().name(name).daemon(true), work)
}

fn launch<T: Send + 'static>(
    builder: Builder,
    work: impl FnOnce() -> T + Send + 'static,
) -> io::Result<Worker<T>> {
    builder.spawn(work).map(Worker).map_err(io::Error::other)
}

impl<T: Send + 'static> Worker<T> {
    /// Waits for the thread and takes its value. A panic goes on here.
    pub(crate) fn join(self) -> T {
        match self.0.join() {
            Ok(value) => value,
            Err(JoinError::Panicked(panic)) => panic.resume(),
            Err(error) => unreachable!("{error}"),
        }
    }
}
