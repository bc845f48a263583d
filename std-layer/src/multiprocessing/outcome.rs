//! How a child's work came out.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::threading::Panic;

/// As the child writes it down.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Told {
    Value(Vec<u8>),
    Panicked(ChildPanic),
    Exited,
    /// Why it could not begin.
    NotBegun(String),
    BadArgument(String),
    BadValue(String),
}

impl Told {
    pub(super) fn of(panic: &Panic) -> Self {
        if panic.is_exit() {
            return Self::Exited;
        }
        Self::Panicked(ChildPanic {
            message: panic.message().to_owned(),
            location: panic.location().map(ToString::to_string),
            backtrace: panic.backtrace().map(ToString::to_string),
        })
    }

    /// What the child ends with (rows M-10, M-12).
    pub(super) fn code(&self) -> i32 {
        match self {
            Self::Value(_) | Self::Exited => 0,
            Self::Panicked(_) | Self::BadArgument(_) | Self::BadValue(_) => 1,
            Self::NotBegun(_) => 255,
        }
    }
}

/// A panic in another process, as text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChildPanic {
    message: String,
    location: Option<String>,
    backtrace: Option<String>,
}

impl ChildPanic {
    /// What `panic!` said; a fixed text where the payload is not a string.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Where it happened: file, line and column.
    #[must_use]
    pub fn location(&self) -> Option<&str> {
        self.location.as_deref()
    }

    /// The child's stack at that time, if `RUST_BACKTRACE` asks for it.
    #[must_use]
    pub fn backtrace(&self) -> Option<&str> {
        self.backtrace.as_deref()
    }
}

impl fmt::Display for ChildPanic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        if let Some(location) = &self.location {
            write!(f, " (at {location})")?;
        }
        Ok(())
    }
}

impl std::error::Error for ChildPanic {}
