//! Context variables.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;
use std::mem;

use super::binding::Bound;
use super::key::KeyCell;
#[cfg(feature = "serde")]
use super::portable::{self, Codec};
use super::{Inherit, LookupError, ResetError, ResetGuard, Token, VarKey, WrongToken, here};

/// A variable with a value for each context: Python's `ContextVar` (rows C-01 to C-07).
///
/// It is meant to be a `static`, and may be any other value. Its values are in the contexts, and stay there when it is dropped, until the contexts go.
///
/// * **Blocking.** Never, but for an instant: a change in a context that another thread looks at waits for that look.
/// * **Cost.** A `get` is a look into a tree, about as much as a thread-local; a `set` allocates its value. See the [module](super).
/// * **Anywhere.** It may be used in destructors of thread-locals, in `Drop` and `Clone` of its own values, and after a `fork`.
/// * **From interrupts and signal handlers.** No: a `set` allocates.
///
/// ```
/// use selvedge::contextvars::ContextVar;
///
/// static USER: ContextVar<String> = ContextVar::new("user");
///
/// assert!(USER.get().is_err());
/// let token = USER.set("Ada".to_owned());
/// assert_eq!(USER.get().unwrap(), "Ada");
/// USER.reset(token).unwrap();
/// assert!(!USER.is_set());
/// ```
pub struct ContextVar<T> {
    name: &'static str,
    key: KeyCell,
    inherit: Inherit,
    default: Option<T>,
    #[cfg(feature = "serde")]
    codec: Option<Codec<T>>,
    /// Values go in and come out, so that a variable of one type must not pass for one of a supertype:
    ///
    /// ```compile_fail
    /// # use selvedge::contextvars::ContextVar;
    /// fn weaken(
    ///     variable: &'static ContextVar<for<'a> fn(&'a str)>,
    /// ) -> &'static ContextVar<fn(&'static str)> {
    ///     variable
    /// }
    /// ```
    of: PhantomData<fn(T) -> T>,
}

impl<T> ContextVar<T> {
    /// A variable without a default. The name is for people, and for other processes.
    #[must_use]
    pub const fn new(name: &'static str) -> Self {
        Self {
            name,
            key: KeyCell::new(),
            inherit: Inherit::NONE,
            default: None,
            #[cfg(feature = "serde")]
            codec: None,
            of: PhantomData,
        }
    }

    /// With the value it has where it has not been set. A default is not stored in the contexts (row C-07).
    ///
    /// # Panics
    ///
    /// If it has a default already.
    ///
    /// ```
    /// use selvedge::contextvars::ContextVar;
    ///
    /// static VERBOSITY: ContextVar<u8> = ContextVar::new("verbosity").with_default(1);
    /// assert_eq!(VERBOSITY.get(), Ok(1));
    /// ```
    #[must_use]
    pub const fn with_default(mut self, default: T) -> Self {
        assert!(self.default.is_none(), "the variable has a default already");
        // Constants cannot drop; there is nothing to be dropped.
        mem::forget(self.default.replace(default));
        self
    }

    /// Has values carried along into threads or tasks, besides what was said before; see [`Inherit`].
    ///
    /// # Panics
    ///
    /// If `into` holds [`Inherit::PROCESSES`]: `inherited_by_processes`, with the feature `serde`, knows how.
    ///
    /// ```
    /// use selvedge::contextvars::{ContextVar, Inherit};
    /// use selvedge::threading;
    ///
    /// static TRACE: ContextVar<u64> = ContextVar::new("trace").inherited_by(Inherit::THREADS);
    /// TRACE.set(7);
    /// assert_eq!(threading::spawn(|| TRACE.get()).join().unwrap(), Ok(7));
    /// ```
    #[must_use]
    pub const fn inherited_by(mut self, into: Inherit) -> Self {
        assert!(
            !into.contains(Inherit::PROCESSES),
            "only inherited_by_processes knows how values become bytes"
        );
        self.inherit = self.inherit.and(into);
        self
    }

    /// Has values carried along into other processes, as bytes (feature `serde`); see [`Context::export`](super::Context::export).
    #[cfg(feature = "serde")]
    #[must_use]
    pub const fn inherited_by_processes(mut self) -> Self
    where
        T: serde::Serialize + serde::de::DeserializeOwned,
    {
        self.inherit = self.inherit.and(Inherit::PROCESSES);
        self.codec = Some(Codec::new());
        self
    }

    /// Its name (row C-02).
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Where its values are carried.
    #[must_use]
    pub const fn inherit(&self) -> Inherit {
        self.inherit
    }

    /// What names it for as long as the process runs. Two variables are equal if this is, and are hashed by it (row C-01).
    pub fn key(&self) -> VarKey {
        self.key.get_or_make()
    }

    /// The key, if somebody has asked for it: else it has no values anywhere.
    #[inline]
    pub(super) fn key_if_used(&self) -> Option<VarKey> {
        self.key.get()
    }

    #[cfg(feature = "serde")]
    pub(super) const fn codec(&self) -> Option<&Codec<T>> {
        self.codec.as_ref()
    }
}

impl<T: Send + Sync + 'static> ContextVar<T> {
    /// Calls `f` with the value in the current context, or the default. Nothing is cloned, and `f` may do what it likes, also with this variable: the value it reads stays until it returns.
    ///
    /// # Errors
    ///
    /// [`LookupError`] if there is neither.
    #[inline]
    pub fn with<R>(&self, f: impl FnOnce(&T) -> R) -> Result<R, LookupError> {
        match self.with_set(f) {
            Ok(result) => Ok(result),
            Err(f) => match &self.default {
                Some(default) => Ok(f(default)),
                None => Err(LookupError::new(self.name)),
            },
        }
    }

    /// Calls `f` with the value in the current context, or gives it back.
    #[inline]
    fn with_set<R, F: FnOnce(&T) -> R>(&self, f: F) -> Result<R, F> {
        match here::read(self, f) {
            Ok(result) => Ok(result),
            Err(f) => self.with_import(f),
        }
    }

    /// Without a value: perhaps one came from another process.
    #[inline]
    fn with_import<R, F: FnOnce(&T) -> R>(&self, f: F) -> Result<R, F> {
        #[cfg(feature = "serde")]
        if self.codec.is_some() && portable::settle(self) {
            return here::read(self, f);
        }
        Err(f)
    }

    /// The value in the current context, or the default (row C-03).
    ///
    /// # Errors
    ///
    /// [`LookupError`] if there is neither.
    #[inline]
    pub fn get(&self) -> Result<T, LookupError>
    where
        T: Clone,
    {
        self.with(T::clone)
    }

    /// The value in the current context, or `default`, which goes before the variable's own (row C-03).
    #[inline]
    pub fn get_or(&self, default: T) -> T
    where
        T: Clone,
    {
        self.with_set(T::clone).unwrap_or(default)
    }

    /// Whether it has a value in the current context; a default does not count.
    pub fn is_set(&self) -> bool {
        self.with_set(|_| ()).is_ok()
    }

    /// Gives it a value in the current context, and in no other (row C-04). The token sets it back; who never wants to may drop it.
    #[inline]
    pub fn set(&self, value: T) -> Token<T> {
        let (old, context) = here::set(self.key(), self.inherit, Bound::of(self, value));
        Token::new(self, context, old)
    }

    /// Sets it back to what it was before the `set` that made this token, also to having no value (row C-05). Tokens may be used in any order: each restores what it found (row C-06).
    ///
    /// A token can be used once:
    ///
    /// ```compile_fail,E0382
    /// # use selvedge::contextvars::ContextVar;
    /// # let var = ContextVar::new("var");
    /// let token = var.set(1);
    /// var.reset(token);
    /// var.reset(token);
    /// ```
    ///
    /// # Errors
    ///
    /// [`ResetError`], with the token, if it was made by another variable or in another context; nothing has changed.
    #[inline]
    pub fn reset(&self, mut token: Token<T>) -> Result<(), ResetError<T>> {
        if self.key_if_used() != Some(token.key()) {
            return Err(ResetError::new(token, WrongToken::OtherVariable));
        }
        let (key, context) = (token.key(), token.context());
        let old = token.take_old();
        match here::reset(key, self.inherit, context, old) {
            // A foreign destructor, after the change.
            Ok(removed) => drop(removed),
            Err(old) => {
                token.put_old(old);
                return Err(ResetError::new(token, WrongToken::OtherContext));
            }
        }
        Ok(())
    }

    /// Gives it a value until the guard is dropped: Python 3.14's `with var.set(value):` (row X-20).
    ///
    /// ```
    /// use selvedge::contextvars::ContextVar;
    ///
    /// static DEPTH: ContextVar<u32> = ContextVar::new("depth").with_default(0);
    /// {
    ///     let _inside = DEPTH.set_guard(1);
    ///     assert_eq!(DEPTH.get(), Ok(1));
    /// }
    /// assert_eq!(DEPTH.get(), Ok(0));
    /// ```
    pub fn set_guard(&self, value: T) -> ResetGuard<'_, T> {
        ResetGuard::new(self, self.set(value))
    }
}

impl<T> PartialEq for ContextVar<T> {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl<T> Eq for ContextVar<T> {}

impl<T> Hash for ContextVar<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.key().hash(state);
    }
}

impl<T> fmt::Debug for ContextVar<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ContextVar")
            .field("name", &self.name)
            .field("inherit", &self.inherit)
            .field("has_default", &self.default.is_some())
            .finish()
    }
}
