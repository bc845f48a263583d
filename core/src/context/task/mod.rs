//! Context variables where nothing is allocated: one context for each task.

mod table;
mod token;

use core::fmt;
use core::num::NonZeroUsize;

use super::{Full, LookupError, ResetError, WrongToken};
use crate::port::{Identity, Port};
use table::Table;
pub use token::{ResetGuard, Token};

/// A variable with a value for each task of a port that knows who is running: Python's `ContextVar` (rows C-01 to C-08) without contexts that can be copied.
///
/// The context is the task: what one sets, others do not see, and an interrupt handler, being a task of its own, has values of its own. To hand a value on, say so: `get` here, [`set_guard`](Self::set_guard) there.
///
/// * **Room.** For `N` tasks at a time, inline; no allocation. A `const` constructor, for a `static`. It should not move while tokens are out: they know it by its address.
/// * **Cost.** Every operation looks through the `N` rows, inside the port's [guard](crate::port::Guard): that is how long interrupts are masked, where the guard masks them. Memory is `N` times a value and two words.
/// * **Blocking.** Never, but for the guard.
/// * **From interrupts.** Yes, where the port's guard masks interrupts.
/// * **The end of a task.** A row stays until it is reset or [cleared](Self::clear), and a new task with the same identity would find it: use guards, or clear.
///
/// ```
/// use selvedge_core::context::ContextVar;
/// # type MyPort = selvedge::port::Native;
///
/// static JOB: ContextVar<MyPort, u16, 8> = ContextVar::new("job");
///
/// fn which() -> u16 {
///     JOB.get_or(0)
/// }
///
/// {
///     let _job = JOB.set_guard(7).unwrap();
///     assert_eq!(which(), 7);
/// }
/// assert_eq!(which(), 0);
/// ```
pub struct ContextVar<P: Port, T, const N: usize> {
    name: &'static str,
    default: Option<T>,
    table: Table<P::Guard, T, N>,
}

impl<P: Port + Identity, T: Copy + Send, const N: usize> ContextVar<P, T, N> {
    maybe_const! {
        /// A variable without a default.
        pub fn new(name: &'static str) -> Self {
            Self { name, default: None, table: Table::new() }
        }

        /// A variable with the value it has for tasks that have set none.
        pub fn with_default(name: &'static str, default: T) -> Self {
            Self { name, default: Some(default), table: Table::new() }
        }
    }

    /// Its name (row C-02).
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// The calling task's value, or the default (row C-03).
    ///
    /// # Errors
    ///
    /// [`LookupError`] if there is neither.
    pub fn get(&self) -> Result<T, LookupError> {
        let value = self.table.get(P::current()).or(self.default);
        value.ok_or(LookupError::new(self.name))
    }

    /// The calling task's value, or `default`, which goes before the variable's own (row C-03).
    pub fn get_or(&self, default: T) -> T {
        self.table.get(P::current()).unwrap_or(default)
    }

    /// Whether the calling task has set it; a default does not count.
    pub fn is_set(&self) -> bool {
        self.table.get(P::current()).is_some()
    }

    /// Gives it a value for the calling task (row C-04).
    ///
    /// # Errors
    ///
    /// [`Full`], with the value, if `N` other tasks have one.
    pub fn set(&self, value: T) -> Result<Token<T>, Full<T>> {
        let task = P::current();
        match self.table.replace(task, Some(value)) {
            Ok(old) => Ok(Token {
                variable: self.address(),
                task,
                old,
            }),
            Err(()) => Err(Full(value)),
        }
    }

    /// Sets it back to what it was before the `set` that made this token; in any order (rows C-05, C-06).
    ///
    /// # Errors
    ///
    /// [`ResetError`], with the token, if it was made by another variable or for another task; nothing has changed. Also if the row has been [cleared](Self::clear) since and there is no room to bring the old value back:
    /// [`WrongToken::OtherContext`].
    pub fn reset(&self, token: Token<T>) -> Result<(), ResetError<Token<T>>> {
        if token.variable != self.address() {
            return Err(ResetError::new(token, WrongToken::OtherVariable));
        }
        let task: NonZeroUsize = P::current();
        if token.task != task || self.table.replace(task, token.old).is_err() {
            return Err(ResetError::new(token, WrongToken::OtherContext));
        }
        Ok(())
    }

    /// Gives it a value until the guard is dropped (row X-20).
    ///
    /// # Errors
    ///
    /// As [`set`](Self::set).
    pub fn set_guard(&self, value: T) -> Result<ResetGuard<'_, P, T, N>, Full<T>> {
        Ok(ResetGuard {
            token: Some(self.set(value)?),
            variable: self,
        })
    }

    /// Takes the calling task's value away, and makes room for another task. For the end of a task that sets without guards.
    pub fn clear(&self) -> Option<T> {
        self.table.replace(P::current(), None).unwrap_or(None)
    }

    /// How many tasks have a value now.
    pub fn tasks(&self) -> usize {
        self.table.len()
    }

    fn address(&self) -> usize {
        core::ptr::from_ref(self).addr()
    }
}

impl<P: Port, T, const N: usize> fmt::Debug for ContextVar<P, T, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ContextVar")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}
