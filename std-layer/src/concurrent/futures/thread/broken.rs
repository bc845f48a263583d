//! Initializers, and what happens when one fails (row F-15).

use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::shared::{BROKEN, OPEN, Shared};
use crate::concurrent::futures::{BrokenExecutor, BrokenKind, TaskError};
use crate::threading::{ExceptHookArgs, catch_panic, current_thread, excepthook, shielded};

impl Shared {
    /// Calls the initializer in the thread of a worker; why it failed, if it did.
    pub(super) fn initialize(&self) -> Result<(), String> {
        let Some(initializer) = &self.options.initializer else {
            return Ok(());
        };
        match catch_panic(initializer) {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(error.to_string()),
            Err(panic) => Err(panic.to_string()),
        }
    }

    /// The pool is of no use any more: what waits fails, and nothing is taken.
    pub(super) fn break_down(self: &Arc<Self>, why: &str) {
        shielded(|| {
            let message = format!("exception in initializer: {why}");
            excepthook().call(&ExceptHookArgs::new(&message).with_thread(current_thread()));
        });
        let broken = BrokenExecutor::new(
            BrokenKind::ThreadPool,
            format!("a thread initializer failed, the thread pool is not usable anymore: {why}"),
        );
        // The first one says why.
        let broken = self.broken.get_or_init(|| broken).clone();
        let _ = self
            .gate
            .compare_exchange(OPEN, BROKEN, Ordering::AcqRel, Ordering::Relaxed);
        self.close();
        self.clear(|task| task.fail(TaskError::Broken(broken.clone())));
    }
}
