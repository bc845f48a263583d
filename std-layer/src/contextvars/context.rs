//! Contexts: making, entering and copying them.
//!
//! # Safety
//!
//! Enters a state for the time of a call, by a local value that is dropped when the call ends, however it ends.
#![allow(unsafe_code, reason = "enters a context for the time of a call")]

use std::fmt;

use super::state::State;
use super::vars::Vars;
use super::{AlreadyEntered, Inherit, here};

/// What the context variables are in one line of work: Python's `Context` (rows C-10 to C-15).
///
/// An ordinary value. Inside of [`run`](Self::run) it is the *current* one, which `get` and `set` of the variables mean; from outside it can be read as a map (`impl` below), also while it is being run, by
/// whoever has a reference. A copy is one count, whatever the context holds, and from then on independent.
///
/// Every thread begins with a context of its own, which holds what [`Inherit::THREADS`] carries from the thread that started it, and else nothing (row C-16).
///
/// ```
/// use selvedge::contextvars::{ContextVar, copy_context};
///
/// static VAR: ContextVar<&str> = ContextVar::new("var");
/// VAR.set("spam");
///
/// let context = copy_context();
/// context
///     .run(|| {
///         VAR.set("ham");
///         assert_eq!(VAR.get(), Ok("ham"));
///     })
///     .unwrap();
/// assert_eq!(VAR.get(), Ok("spam"));
/// assert_eq!(context.get(&VAR), Some("ham"));
/// ```
pub struct Context {
    pub(super) state: State,
}

/// A copy of the current context, in constant time (row C-09).
#[must_use]
pub fn copy_context() -> Context {
    Context::from_vars(here::with_vars(Clone::clone))
}

impl Context {
    /// An empty context (row C-10). Allocates nothing.
    #[must_use]
    pub const fn new() -> Self {
        Self::from_vars(Vars::new())
    }

    pub(super) const fn from_vars(vars: Vars) -> Self {
        Self {
            state: State::new(vars),
        }
    }

    /// Calls `f` inside of this context, and returns what it returns. What it sets stays in this context, also when it panics; the context around is the current one again afterwards (rows C-11, C-12).
    ///
    /// # Errors
    ///
    /// [`AlreadyEntered`] if it is being run already, by this thread or another; `f` is not called.
    ///
    /// ```
    /// use selvedge::contextvars::{AlreadyEntered, Context};
    ///
    /// let context = Context::new();
    /// assert_eq!(context.run(|| context.run(|| ())), Ok(Err(AlreadyEntered)));
    /// ```
    pub fn run<R>(&self, f: impl FnOnce() -> R) -> Result<R, AlreadyEntered> {
        #[cfg(unix)]
        super::at_fork::install();
        // SAFETY: dropped at the end of this function, after all that `f` enters; others may have a reference, so it is watched.
        let entered = unsafe { here::enter(&self.state, true) };
        let _entered = entered.ok_or(AlreadyEntered)?;
        Ok(f())
    }

    /// As [`run`](Self::run), of a context that nobody else can have: cannot fail, and changes need no lock.
    pub(crate) fn run_alone<R>(&mut self, f: impl FnOnce() -> R) -> R {
        // SAFETY: dropped at the end of this function, after all that `f` enters. The reference is exclusive as long.
        let entered = unsafe { here::enter(&self.state, false) };
        assert!(entered.is_some(), "nobody else has a reference");
        f()
    }

    /// Whether it is being run just now.
    #[must_use]
    pub fn is_entered(&self) -> bool {
        self.state.is_taken()
    }

    /// A copy, independent from then on, in constant time (row C-13). `clone` is the same.
    #[must_use]
    pub fn copy(&self) -> Self {
        Self::from_vars(self.state.snapshot())
    }

    /// What the current context passes on to a thread that is started: the variables with [`Inherit::THREADS`]. [`threading::Builder`](crate::threading::Builder) does this by itself.
    ///
    /// In constant time if all variables that are set go along, or none; else linear in their number.
    #[must_use]
    pub fn for_thread() -> Self {
        Self::from_vars(here::with_vars(|vars| vars.carried(Inherit::THREADS)))
    }

    /// What the current context passes on to a task, of a pool or of an asynchronous runtime: the variables with [`Inherit::TASKS`]. It costs as much as [`for_thread`](Self::for_thread).
    #[must_use]
    pub fn for_task() -> Self {
        Self::from_vars(here::with_vars(|vars| vars.carried(Inherit::TASKS)))
    }

    /// [`for_task`](Self::for_task), if there is anything in it.
    #[inline]
    pub(crate) fn carried_by_task() -> Option<Self> {
        let vars = here::with_vars(|vars| (!vars.is_bare()).then(|| vars.carried(Inherit::TASKS)))?;
        (!vars.is_bare()).then(|| Self::from_vars(vars))
    }

    /// Whether nothing is set in the current context.
    #[inline]
    pub(crate) fn is_current_bare() -> bool {
        here::with_vars(Vars::is_bare)
    }

    /// Replaces what is in the calling thread's own context, unless it is in use: by a read that goes on, or because the thread is inside of another one. What was there is dropped.
    pub(crate) fn replace_base(with: Self) {
        here::begin_again(with.state.snapshot());
    }
}

impl Clone for Context {
    fn clone(&self) -> Self {
        self.copy()
    }
}

impl Default for Context {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.iter().map(|binding| binding.name()).collect();
        f.debug_struct("Context")
            .field("variables", &names)
            .field("entered", &self.is_entered())
            .finish()
    }
}
