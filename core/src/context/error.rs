//! What can go wrong with context variables.

use core::fmt;

/// The variable has no value here, and no default. (Python: `LookupError`, row C-03.)
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct LookupError {
    variable: &'static str,
}

impl LookupError {
    /// For the variable of that name.
    #[must_use]
    pub const fn new(variable: &'static str) -> Self {
        Self { variable }
    }

    /// The name of the variable.
    #[must_use]
    pub const fn variable(&self) -> &'static str {
        self.variable
    }
}

impl fmt::Display for LookupError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the context variable {:?} has no value", self.variable)
    }
}

impl core::error::Error for LookupError {}

/// Why a token cannot reset a variable (row C-05).
///
/// A token that has been used does not exist any more, so there is no third reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum WrongToken {
    /// It was made by another variable. (Python: `ValueError`.)
    OtherVariable,
    /// It was made in another context: that of another thread, for instance. (Python: `ValueError`.)
    OtherContext,
}

impl fmt::Display for WrongToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::OtherVariable => "the token was made by another variable",
            Self::OtherContext => "the token was made in another context",
        })
    }
}

impl core::error::Error for WrongToken {}

/// A token cannot be used here. Nothing has changed, and the token is in the error (row C-05).
#[derive(Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct ResetError<K> {
    token: K,
    reason: WrongToken,
}

impl<K> ResetError<K> {
    /// For a token, and why.
    #[must_use]
    pub const fn new(token: K, reason: WrongToken) -> Self {
        Self { token, reason }
    }

    /// Why.
    #[must_use]
    pub const fn reason(&self) -> WrongToken {
        self.reason
    }

    /// The token, which can still be used where it belongs.
    #[must_use]
    pub fn into_token(self) -> K {
        self.token
    }
}

impl<K> fmt::Debug for ResetError<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResetError")
            .field("reason", &self.reason)
            .finish_non_exhaustive()
    }
}

impl<K> fmt::Display for ResetError<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.reason.fmt(f)
    }
}

impl<K> core::error::Error for ResetError<K> {}

/// There is no room for the value of one more task; the value comes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Full<T>(pub T);

impl<T> fmt::Display for Full<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the variable has values for as many tasks as it has room for")
    }
}

impl<T: fmt::Debug> core::error::Error for Full<T> {}
