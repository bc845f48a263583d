//! Values that belong to what is being done, and not to who does it: Python's `contextvars`.
//!
//! A [`ContextVar`] is a `static` with a value for each [`Context`]. A context is the set of all these values in one line of work: a request, a job, a session. It can be copied in constant time, entered, left, sent to
//! another thread, and carried along by futures, so that a value set at the top is found at the bottom without being an argument of everything in between.
//!
//! ```
//! use selvedge::contextvars::{ContextVar, copy_context};
//!
//! static CLIENT: ContextVar<String> = ContextVar::new("client");
//!
//! fn log(text: &str) -> String {
//!     let client = CLIENT.get().unwrap_or_else(|_| "nobody".to_owned());
//!     format!("{client}: {text}")
//! }
//!
//! let request = copy_context();
//! let line = request.run(|| {
//!     CLIENT.set("10.0.0.7".to_owned());
//!     log("hello")
//! });
//! assert_eq!(line.unwrap(), "10.0.0.7: hello");
//! assert_eq!(log("later"), "nobody: later");
//! ```
//!
//! # What is carried where
//!
//! A variable says itself whether its values go along, by [`inherited_by`](ContextVar::inherited_by); without a word they do not (row C-16).
//!
//! | into | what goes along | instead, for once |
//! |---|---|---|
//! | a thread that is started | [`Inherit::THREADS`] | all or nothing: [`Builder::inherit_context`](crate::threading::Builder::inherit_context); another context: [`Builder::context`](crate::threading::Builder::context) (row X-21) |
//! | a task: [`carry`], [`spawn_with`], [`Context::for_task`] | [`Inherit::TASKS`] | all: `copy_context().wrap(future)` (row C-17) |
//! | a process | `ContextVar::inherited_by_processes` | |
//!
//! # Cost
//!
//! With the values in a tree of counted nodes (see [`Map`](selvedge_core::context::Map)): `get` is a few nanoseconds and takes no lock and no count; `set` is an allocation, and a copy of the one to three nodes on its
//! way if the context was copied since the last change; a copy, and what it carries, is one count. In a context that was entered by [`run`](Context::run), which others may look at, a change takes a lock besides.
//! A context that was never set anything allocates nothing. Nodes that became empty are kept while the context lives, for the next `set`.
//!
//! # Other processes
//!
//! With the feature `serde`, `Context::export` writes the variables that have opted in, and `Context::import` takes them: by name, without a list of variables anywhere, and from whomever the bytes come.
//! A value is decoded when its variable asks for it, and one that cannot be is as if it were not there. What a type's own `Deserialize` makes of hostile bytes is up to it.
//!
//! # How it differs from Python
//!
//! * A [`Context`] is a value, not a reference: `clone` copies it. Share one by reference or in an `Arc`.
//! * A token is consumed by its use, so it cannot be used twice; `reset` gives it back when it is of no use there.
//! * Values need not be comparable, so contexts are compared by identity of the values ([`Context::same_values`]).
//! * Variables may come and go; what they left in contexts stays until the contexts go.
//!
//! For systems without threads there is [`selvedge_core::context`].

#[cfg(unix)]
mod at_fork;
mod binding;
mod context;
mod error;
mod future;
mod guard;
mod here;
mod id;
mod iter;
mod key;
mod mapping;
#[cfg(feature = "serde")]
mod portable;
mod state;
mod threads;
mod token;
mod var;
mod vars;

pub use binding::{Binding, Value};
pub use context::{Context, copy_context};
pub use error::{AlreadyEntered, ResetError};
pub use future::{WithContext, carry, spawn_with};
pub use guard::ResetGuard;
pub use iter::Iter;
pub use key::VarKey;
#[cfg(feature = "serde")]
pub use portable::{ExportError, ImportError};
pub use selvedge_core::context::{Inherit, LookupError, WrongToken};
pub use token::Token;
pub use var::ContextVar;

pub(crate) use here::thread_ends;
pub(crate) use threads::{First, Given};
