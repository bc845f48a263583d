//! The values of one variable: a row for each task that has one.
//!
//! # Safety
//!
//! The rows are reached inside the guard only. They hold `Copy` values, and nothing foreign runs inside it.
#![allow(unsafe_code, reason = "the rows are plain memory behind the guard")]

use core::num::NonZeroUsize;

use crate::atomics::UnsafeCell;
use crate::port::Guard;

/// A task and its value.
#[derive(Clone, Copy)]
struct Row<T> {
    task: NonZeroUsize,
    value: T,
}

pub(super) struct Table<G: Guard, T, const N: usize> {
    guard: G,
    rows: UnsafeCell<[Option<Row<T>>; N]>,
}

// SAFETY: the rows are reached inside the guard only, and their values may go from task to task.
unsafe impl<G: Guard, T: Send, const N: usize> Sync for Table<G, T, N> {}

impl<G: Guard, T: Copy, const N: usize> Table<G, T, N> {
    #[cfg(not(loom))]
    pub(super) const fn new() -> Self {
        Self {
            guard: G::NEW,
            rows: UnsafeCell::new([None; N]),
        }
    }

    #[cfg(loom)]
    pub(super) fn new() -> Self {
        Self {
            guard: G::new(),
            rows: UnsafeCell::new([None; N]),
        }
    }

    /// Calls `f` inside the guard. It runs nothing foreign, and does not panic.
    fn enter<R>(&self, f: impl FnOnce(&mut [Option<Row<T>>; N]) -> R) -> R {
        let state = self.guard.enter();
        // SAFETY: inside the guard nobody else reaches the rows.
        let result = self.rows.with_mut(|rows| f(unsafe { &mut *rows }));
        // SAFETY: the state of our own `enter`, once.
        unsafe { self.guard.leave(state) };
        result
    }

    pub(super) fn get(&self, task: NonZeroUsize) -> Option<T> {
        self.enter(|rows| find(rows, task).and_then(|row| row.map(|row| row.value)))
    }

    /// Gives a task a value, or takes it away: the one before. `Err` if there is no room for one more task.
    pub(super) fn replace(&self, task: NonZeroUsize, new: Option<T>) -> Result<Option<T>, ()> {
        let new = new.map(|value| Row { task, value });
        self.enter(|rows| {
            if let Some(row) = find(rows, task) {
                return Ok(core::mem::replace(row, new).map(|row| row.value));
            }
            if new.is_some() {
                *rows.iter_mut().find(|row| row.is_none()).ok_or(())? = new;
            }
            Ok(None)
        })
    }

    /// How many tasks have a value.
    pub(super) fn len(&self) -> usize {
        self.enter(|rows| rows.iter().filter(|row| row.is_some()).count())
    }
}

/// The row of a task; it is not empty.
fn find<T>(rows: &mut [Option<Row<T>>], task: NonZeroUsize) -> Option<&mut Option<Row<T>>> {
    rows.iter_mut()
        .find(|row| row.as_ref().is_some_and(|row| row.task == task))
}
