//! Where a task of a scope puts what it returns.

use std::sync::{Arc, OnceLock};

use super::count::Ticket;
use crate::concurrent::futures::Future;
use crate::threading::{Mutex, Panic, catch_panic, shielded};

/// The result, and the future of the executor's task that will make it. Shared by the task, the handle and the scope.
pub(super) struct Packet<T> {
    result: Mutex<Option<Result<T, Panic>>>,
    /// Empty for as long as the task is being submitted.
    future: OnceLock<Future<()>>,
}

/// What a scope knows of its tasks.
pub(super) trait Member: Send + Sync {
    /// The executor's task. It was submitted.
    fn future(&self) -> &Future<()>;
    /// Whether it panicked, and nobody has heard of it.
    fn has_panicked(&self) -> bool;
}

impl<T> Packet<T> {
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self {
            result: Mutex::new(None),
            future: OnceLock::new(),
        })
    }

    /// Called once.
    pub(super) fn submitted(&self, future: Future<()>) {
        let _ = self.future.set(future);
    }

    pub(super) fn future(&self) -> &Future<()> {
        self.future
            .get()
            .expect("a handle is made when the task was submitted")
    }

    pub(super) fn take(&self) -> Option<Result<T, Panic>> {
        self.result.lock().take()
    }
}

impl<T: Send> Member for Packet<T> {
    fn future(&self) -> &Future<()> {
        Packet::future(self)
    }

    fn has_panicked(&self) -> bool {
        matches!(&*self.result.lock(), Some(Err(_)))
    }
}

/// The work of a task. Its fields go in this order.
pub(super) struct Work<F, T> {
    function: F,
    packet: Arc<Packet<T>>,
    ticket: Ticket,
}

impl<F: FnOnce() -> T, T> Work<F, T> {
    pub(super) fn new(function: F, packet: Arc<Packet<T>>, ticket: Ticket) -> Self {
        Self {
            function,
            packet,
            ticket,
        }
    }

    /// Never panics.
    pub(super) fn run(self) {
        let Self {
            function,
            packet,
            ticket,
        } = self;
        // The ticket goes last, whatever happens.
        let _ticket = ticket;
        let result = catch_panic(function);
        *packet.result.lock() = Some(result);
        // The scope has one, too, unless it could not submit the task: then this is the last, with the destructor of a `T`.
        shielded(|| drop(packet));
    }
}
