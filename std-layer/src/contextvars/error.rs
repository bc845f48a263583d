//! What can go wrong, beyond what `selvedge_core` names.

use std::fmt;

use super::Token;

/// A token cannot be used here. Nothing has changed, and the token is in the error (row C-05).
pub type ResetError<T> = selvedge_core::context::ResetError<Token<T>>;

/// The context is entered already: further up in this thread, or in another one (row C-11; Python: `RuntimeError`). What was to be run was not called, and has been dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct AlreadyEntered;

impl fmt::Display for AlreadyEntered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the context is entered already")
    }
}

impl std::error::Error for AlreadyEntered {}
