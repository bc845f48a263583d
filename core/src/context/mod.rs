//! Values that belong to what is being done and not to who does it: the parts of Python's `contextvars` that need no system.
//!
//! * [`ContextVar`]: a value for each task of a port that knows who is running; fixed room, no allocation.
//! * `Map`, with the feature `context-map`: the persistent map behind the contexts of the `selvedge` crate. There a context is a value of its own, with `copy`, `run` and iteration.
//! * [`Inherit`], [`LookupError`], [`ResetError`]: what both share.

mod error;
mod inherit;
#[cfg(feature = "context-map")]
mod map;
mod task;

pub use error::{Full, LookupError, ResetError, WrongToken};
pub use inherit::Inherit;
#[cfg(feature = "context-map")]
pub use map::{Iter, Map};
pub use task::{ContextVar, ResetGuard, Token};
