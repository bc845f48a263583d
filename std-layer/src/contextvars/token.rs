//! The way back from a `set`.
//!
//! # Safety
//!
//! A token holds a value that was found under the key of the variable that made it, and the token has the type of that variable.
#![allow(
    unsafe_code,
    reason = "the type of a value follows from the key of its variable"
)]

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use super::binding::{Entry, typed};
use super::id::Id;
use super::{ContextVar, VarKey};

/// What [`ContextVar::set`] returns: what the variable was before, for [`ContextVar::reset`] (row C-08).
///
/// It can be sent to another thread, and is of no use there. Dropping it changes nothing: the value it holds goes.
pub struct Token<T> {
    key: VarKey,
    name: &'static str,
    context: Id,
    old: Option<Entry>,
    of: PhantomData<fn() -> T>,
}

impl<T> Token<T> {
    pub(super) fn new(variable: &ContextVar<T>, context: Id, old: Option<Entry>) -> Self {
        Self {
            key: variable.key(),
            name: variable.name(),
            context,
            old,
            of: PhantomData,
        }
    }

    /// The variable that made it, as [`ContextVar::key`] names it.
    #[must_use]
    pub fn key(&self) -> VarKey {
        self.key
    }

    /// The name of the variable that made it.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Whether this variable made it.
    #[must_use]
    pub fn is_of(&self, variable: &ContextVar<T>) -> bool {
        variable.key() == self.key
    }

    /// The value before the `set`; `None`, Python's `Token.MISSING`, if there was none.
    #[must_use]
    pub fn old_value(&self) -> Option<&T>
    where
        T: 'static,
    {
        let old = self.old.as_ref()?;
        // SAFETY: it was the value of the variable that made the token, which is of this type, and `self` keeps it alive.
        Some(unsafe { typed(Arc::as_ptr(old)) })
    }

    pub(super) fn context(&self) -> Id {
        self.context
    }

    pub(super) fn take_old(&mut self) -> Option<Entry> {
        self.old.take()
    }

    pub(super) fn put_old(&mut self, old: Option<Entry>) {
        self.old = old;
    }
}

impl<T> fmt::Debug for Token<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Token")
            .field("variable", &self.name)
            .field("had_value", &self.old.is_some())
            .finish_non_exhaustive()
    }
}
