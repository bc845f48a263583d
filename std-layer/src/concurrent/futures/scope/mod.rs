//! Tasks that borrow from the stack of their caller.
//!
//! | file | says |
//! |---|---|
//! | `count.rs` | how many tasks are under way, and waiting for none |
//! | `packet.rs` | where a task puts what it returns |
//! | `errand.rs` | the work of a task without a result |
//! | `spawn.rs` | [`Scope`], [`ScopedFuture`], `ThreadPoolExecutor::scope` |
//! | `map.rs` | maps over what is borrowed |
//!
//! # Why it is sound
//!
//! What a task borrows ends after the call of `scope`, which is a function that waits: it returns, or unwinds, when the [count](count::Count) is zero, whatever was leaked. A task counts from before it is made until *everything* of it that may hold a borrow is gone: its closure, and what the closure returned. So the work of a task is one value, whose
//! fields go in this order: the closure, the place for its result (which the task shares with the scope and the handle), the count. What the executor's own task returns, and may keep for longer, is `()`. A task that is cancelled, refused or abandoned drops its work, and counts down as well.
//!
//! A task without a result has no place for one: its work is the function and the count. A scope that was opened outside of any pool keeps no list of these; one that was opened by a worker does, as it may have to run them itself.
//!
//! Results whose handles are gone are dropped by the scope when it ends, before it returns, in the caller's thread.

mod count;
mod errand;
mod map;
mod packet;
mod spawn;

pub use spawn::{Scope, ScopedFuture};
