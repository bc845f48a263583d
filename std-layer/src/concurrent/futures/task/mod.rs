//! The seam between futures and executors: a task is a closure that will be called once, by whoever claims it.
//!
//! | file | says |
//! |---|---|
//! | `header.rs` | the allocation, its handles, and who may touch what when |
//! | `cell.rs` | its typed part: the closure, then the value |
//! | `observers.rs` | callbacks and others that are told when it is done |
//! | `host.rs` | what a worker does while its task waits |
//! | `task_ref.rs` | the executor's handle |

mod cell;
mod header;
mod host;
mod observers;
mod task_ref;
#[cfg(test)]
mod tests;

pub(super) use cell::{lend, take, without_work, write_value};
pub(super) use header::{
    Header, cancel, complete_with_error, drop_body, header, is_settled, release, retain, tell,
};
pub(super) use host::host;
pub(crate) use host::{Awaited, Host, set_host};
pub(super) use observers::{
    Group, Node, add_callback, clear_waker, enlist, is_called_here, set_waker, withdraw,
};
pub(crate) use task_ref::{TaskRef, new, new_alone, new_scoped};
