//! `tokio::task_local!`, by its form for code that is not async. There is no context to copy.

use crate::contender::context::Variable;
use crate::contender::{Role, names};

pub(crate) struct Local;

names!(
    Role::Reference("its value lasts for one call of a function: it cannot be set or taken back, and no context is kept or copied") =>
    Local = "tokio task_local"
);

tokio::task_local! {
    static NUMBER: u64;
}

impl Variable for Local {
    #[inline]
    fn within<R>(number: u64, body: impl FnOnce() -> R) -> R {
        NUMBER.sync_scope(number, body)
    }

    #[inline]
    fn get() -> u64 {
        NUMBER.get()
    }

    /// They are elsewhere.
    fn among_others<R>(body: impl FnOnce() -> R) -> R {
        body()
    }
}
