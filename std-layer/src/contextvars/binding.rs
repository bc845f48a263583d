//! One value of one variable, as a context holds it: [`Binding`], with the type known to its variable only.
//!
//! # Safety
//!
//! [`typed`] trusts the key. Keys are given by [`VarKey`]'s counter, each of them once in the life of the process, to one `ContextVar<T>`; and a value is stored with the key of the variable that made it
//! ([`Bound::of`] is the only way to make one). So the type behind a key is that of the variable with that key.
#![allow(
    unsafe_code,
    reason = "the type of a value follows from the key of its variable"
)]

use std::any::Any;
use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;
use std::sync::Arc;

use super::{ContextVar, Inherit, VarKey};

/// A value that is shared by the contexts that have been copied from each other.
pub(super) type Entry = Arc<dyn AnyBound>;

pub(super) trait AnyBound: Send + Sync {
    fn about(&self) -> &About;
    fn any(&self) -> &(dyn Any + Send + Sync);
    /// The value as bytes, if its variable goes into other processes.
    #[cfg(feature = "serde")]
    fn encode(&self) -> Option<Result<Vec<u8>, postcard::Error>>;
}

/// What a value knows of its variable.
pub(super) struct About {
    pub(super) key: VarKey,
    pub(super) name: &'static str,
    pub(super) inherit: Inherit,
}

pub(super) struct Bound<T> {
    about: About,
    #[cfg(feature = "serde")]
    encode: Option<super::portable::Encode<T>>,
    value: T,
}

impl<T: Send + Sync + 'static> Bound<T> {
    pub(super) fn of(variable: &ContextVar<T>, value: T) -> Entry {
        Arc::new(Self {
            about: About {
                key: variable.key(),
                name: variable.name(),
                inherit: variable.inherit(),
            },
            #[cfg(feature = "serde")]
            encode: variable.codec().map(|codec| codec.encode),
            value,
        })
    }
}

impl<T: Send + Sync + 'static> AnyBound for Bound<T> {
    fn about(&self) -> &About {
        &self.about
    }

    fn any(&self) -> &(dyn Any + Send + Sync) {
        &self.value
    }

    #[cfg(feature = "serde")]
    fn encode(&self) -> Option<Result<Vec<u8>, postcard::Error>> {
        self.encode.map(|encode| encode(&self.value))
    }
}

/// The value itself.
///
/// # Safety
///
/// `entry` was found under the key of a `ContextVar<T>`, and lives as long as the reference.
#[inline]
pub(super) unsafe fn typed<'a, T: 'static>(entry: *const dyn AnyBound) -> &'a T {
    // SAFETY: the caller's word: a live `Bound<T>`.
    let bound = unsafe { &*entry.cast::<Bound<T>>() };
    &bound.value
}

/// A variable's value in a context, kept alive: what `context[variable]` is in Python. It dereferences to the value.
pub struct Value<T> {
    entry: Entry,
    of: PhantomData<fn() -> T>,
}

impl<T: Send + Sync + 'static> Value<T> {
    /// From what was found in a context for `variable`.
    pub(super) fn new(variable: &ContextVar<T>, entry: Entry) -> Self {
        assert!(entry.about().key == variable.key(), "found under its key");
        Self {
            entry,
            of: PhantomData,
        }
    }
}

impl<T: 'static> Deref for Value<T> {
    type Target = T;

    fn deref(&self) -> &T {
        // SAFETY: found under the key of a variable of this type (checked by `new`), and kept alive by `self`.
        unsafe { typed(Arc::as_ptr(&self.entry)) }
    }
}

impl<T> Clone for Value<T> {
    fn clone(&self) -> Self {
        Self {
            entry: self.entry.clone(),
            of: PhantomData,
        }
    }
}

impl<T: fmt::Debug + 'static> fmt::Debug for Value<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

/// A variable and its value, as an iteration over a [`Context`](super::Context) gives them.
#[derive(Clone)]
pub struct Binding(Entry);

impl Binding {
    pub(super) fn new(entry: Entry) -> Self {
        Self(entry)
    }

    /// The variable, as [`ContextVar::key`] names it.
    #[must_use]
    pub fn key(&self) -> VarKey {
        self.0.about().key
    }

    /// The name of the variable.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.0.about().name
    }

    /// The value, if `variable` is the one.
    pub fn value_of<T: Send + Sync + 'static>(&self, variable: &ContextVar<T>) -> Option<&T> {
        if variable.key() == self.key() {
            self.downcast_ref()
        } else {
            None
        }
    }

    /// The value, if it is of this type.
    #[must_use]
    pub fn downcast_ref<T: 'static>(&self) -> Option<&T> {
        self.0.any().downcast_ref()
    }

    /// The value, whatever it is.
    #[must_use]
    pub fn any(&self) -> &(dyn Any + Send + Sync) {
        self.0.any()
    }
}

impl fmt::Debug for Binding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Binding")
            .field("name", &self.name())
            .finish_non_exhaustive()
    }
}
