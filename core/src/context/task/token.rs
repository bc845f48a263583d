//! The way back from a `set`, and a value that ends with a block.

use core::fmt;
use core::num::NonZeroUsize;

use super::ContextVar;
use crate::port::{Identity, Port};

/// What [`ContextVar::set`] returns: what the variable was for this task before (row C-08).
#[derive(Debug)]
pub struct Token<T> {
    pub(super) variable: usize,
    pub(super) task: NonZeroUsize,
    pub(super) old: Option<T>,
}

impl<T> Token<T> {
    /// The value before the `set`; `None` if there was none.
    pub const fn old_value(&self) -> Option<&T> {
        self.old.as_ref()
    }
}

/// Sets a variable back when it is dropped; made by [`ContextVar::set_guard`] (row X-20).
///
/// Dropped by another task than the one that made it, it sets nothing back.
#[must_use = "the value ends when the guard is dropped"]
pub struct ResetGuard<'a, P: Port + Identity, T: Copy + Send, const N: usize> {
    pub(super) variable: &'a ContextVar<P, T, N>,
    pub(super) token: Option<Token<T>>,
}

impl<P: Port + Identity, T: Copy + Send, const N: usize> Drop for ResetGuard<'_, P, T, N> {
    fn drop(&mut self) {
        if let Some(token) = self.token.take() {
            let _ = self.variable.reset(token);
        }
    }
}

impl<P: Port + Identity, T: Copy + Send, const N: usize> fmt::Debug for ResetGuard<'_, P, T, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ResetGuard").field(self.variable).finish()
    }
}
