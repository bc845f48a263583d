//! A value that ends with a block.

use std::fmt;

use super::{ContextVar, ResetError, Token};

/// Sets a variable back when it is dropped; made by [`ContextVar::set_guard`] (row X-20).
///
/// A guard that is leaked sets nothing back. One that is dropped in another context than it was made in does not either: it may live across the `.await`s of a future in a [`WithContext`](super::WithContext), on
/// whatever threads that is polled.
#[must_use = "the value ends when the guard is dropped"]
pub struct ResetGuard<'a, T: Send + Sync + 'static> {
    variable: &'a ContextVar<T>,
    /// There until the guard goes.
    token: Option<Token<T>>,
}

impl<'a, T: Send + Sync + 'static> ResetGuard<'a, T> {
    pub(super) fn new(variable: &'a ContextVar<T>, token: Token<T>) -> Self {
        Self {
            variable,
            token: Some(token),
        }
    }

    /// Sets the variable back now, and says whether that was possible.
    ///
    /// # Errors
    ///
    /// As [`ContextVar::reset`].
    pub fn reset(mut self) -> Result<(), ResetError<T>> {
        match self.token.take() {
            Some(token) => self.variable.reset(token),
            None => Ok(()),
        }
    }

    /// The value before; `None` if there was none.
    #[must_use]
    pub fn old_value(&self) -> Option<&T> {
        self.token.as_ref()?.old_value()
    }
}

impl<T: Send + Sync + 'static> Drop for ResetGuard<'_, T> {
    fn drop(&mut self) {
        if let Some(token) = self.token.take() {
            // In another context there is nothing to be set back.
            let _ = self.variable.reset(token);
        }
    }
}

impl<T: Send + Sync + 'static> fmt::Debug for ResetGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ResetGuard").field(&self.token).finish()
    }
}
