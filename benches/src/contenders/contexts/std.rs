//! A cell of the thread: the least there can be.

use std::cell::Cell;

use crate::contender::context::Variable;
use crate::contender::{Role, names};

pub(crate) struct Local;

names!(Role::Reference("a cell of the thread: nothing can be handed on") => Local = "std thread_local");

thread_local! {
    static CELL: Cell<u64> = const { Cell::new(0) };
}

/// Sets it back, also when the body panics.
struct Reset(u64);

impl Drop for Reset {
    fn drop(&mut self) {
        CELL.set(self.0);
    }
}

impl Variable for Local {
    #[inline]
    fn within<R>(number: u64, body: impl FnOnce() -> R) -> R {
        let _reset = Reset(CELL.replace(number));
        body()
    }

    #[inline]
    fn get() -> u64 {
        CELL.get()
    }

    /// They are elsewhere.
    fn among_others<R>(body: impl FnOnce() -> R) -> R {
        body()
    }
}
