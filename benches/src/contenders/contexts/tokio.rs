//! `tokio::task_local!`, by its form for code that is not async. There is no context to copy.

use crate::contender::context::Variable;
use crate::contender::names;

pub(crate) struct Local;

names!(Local = "tokio task_local");

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
