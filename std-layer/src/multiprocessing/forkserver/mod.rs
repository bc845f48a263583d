//! The start method `forkserver`: copies of a small process in which nothing has run yet (row M-34).
//!
//! # The server
//!
//! It is this program, started once, when the first process is; before `main` it begins to wait for requests. It has one thread and never runs anything, so a copy of it is as fresh as a new program, and is made without starting, loading and linking one: that is what is saved.
//!
//! A copy is a child of *this* process and not of the server: it is waited for, ends with this process, and leaves no zombie, as any other child. If the server is killed, its copies do not notice, and the next start begins another one; a process that was being made at that moment is
//! either there or not, and is never made twice. The server ends with this process.
//!
//! A server that is stopped (SIGSTOP), so that a start would wait for ever, is killed when it has been so for about a second of the wait, and another one begun: the start takes that second longer. If that happens to the new ones as well, the start fails after three of them, by [`StartError::Server`]. One that is only slow, as the machine is busy or its [preparations](set_preload) take long, or
//! that is in a debugger, is waited for.
//!
//! # What processes get from where
//!
//! | of this process, at their start | of the server, so of this process when that was started |
//! |---|---|
//! | the folder, the environment, standard output and error, the signal mask, all that [`Process`](super::Process) tells | limits, the umask, signals that are ignored, the scheduler's settings, control groups, namespaces |
//!
//! After a change of the right column [`stop`] begins anew. That happens by itself when this process has changed its user or groups, or has restricted itself by seccomp or `no_new_privs`; a program that gives up rights in another way (Landlock, capabilities, namespaces) should call [`stop`] then, or use `Spawn`.
//!
//! # Where there is none
//!
//! It needs Linux 5.3 with `clone3`, glibc, and a program in which no constructor has started a thread before `main`. Elsewhere [`StartMethod::ForkServer`](super::StartMethod::ForkServer) is refused by [`StartError::Server`], and the default method is `Spawn`.
//!
//! Python's server takes requests from the children of its children as well; here each process has a server of its own, when it needs one.

mod client;
mod letter;
mod rights;
mod server;
mod twin;

pub(super) use client::{Held, collect, hold, running};
pub(super) use server::Errand;
pub(super) use twin::is_supported;

use super::error::StartError;

/// Starts the server, if it does not run: the first process is started faster then. (Python: `forkserver.ensure_running`.)
///
/// # Errors
///
/// [`StartError::Server`], or that of a start by `Spawn`.
pub fn ensure_running() -> Result<(), StartError> {
    running().map(drop)
}

/// The number of the server's process, while there is one. It is a child of this process that [`active_children`](super::active_children) does not list.
#[must_use]
pub fn pid() -> Option<u32> {
    client::pid()
}

/// Ends the server. The next process that needs one begins another. Processes that have been started go on.
pub fn stop() {
    client::stop();
}

/// Has each server call a function when it begins, before it copies itself: what that prepares, all processes have at once, in memory that they share as long as they do not write to it (row M-41). It replaces the one that was given before, and ends a server that runs.
///
/// A server of which more than one thread is left then, or that panics, says so on standard error and ends; so starts fail, by [`StartError::Server`].
///
/// ```
/// use std::sync::LazyLock;
/// use selvedge::multiprocessing::{forkserver, get_context, StartMethod};
///
/// static SQUARES: LazyLock<Vec<u64>> = LazyLock::new(|| (0..1000).map(|n| n * n).collect());
///
/// forkserver::set_preload(|| drop(LazyLock::force(&SQUARES)));
/// let context = get_context(StartMethod::ForkServer);
/// let process = context.spawn(|n: usize| SQUARES[n], 12).unwrap();
/// assert_eq!(process.join().unwrap(), 144);
/// ```
pub fn set_preload(function: fn()) {
    client::set_preload(function);
}
