//! Processes that call a function: Python's `multiprocessing` (rows M-01 and on).
//!
//! ```
//! use selvedge::multiprocessing::spawn;
//!
//! fn largest_prime_below((n, wheel): (u64, Vec<u64>)) -> u64 {
//!     let is_prime = |n: u64| wheel.iter().all(|p| n % p != 0) && (7..).step_by(2).take_while(|d| d * d <= n).all(|d| n % d != 0);
//!     (2..n).rev().find(|n| is_prime(*n)).unwrap_or(2)
//! }
//!
//! let children: Vec<_> = [1_000, 10_000].map(|n| spawn(largest_prime_below, (n, vec![2, 3, 5])).unwrap()).into();
//! let values: Vec<_> = children.iter().map(|child| child.join().unwrap()).collect();
//! assert_eq!(values, [997, 9973]);
//! ```
//!
//! | | |
//! |---|---|
//! | [`spawn`], [`Builder`], [`Process`] | start a process, wait for it, end it |
//! | [`fork`](fork()), [`forkserver`], [`StartMethod`], [`get_context`] | how processes start |
//! | [`current_process`], [`parent_process`], [`active_children`], [`cpu_count`], [`process_cpu_count`] | who is there |
//! | [`Fd`] | descriptors as arguments |
//! | [`get_logger`], [`log_to_stderr`] | what processes do, line by line |
//! | [`connection`] | messages between processes |
//! | [`queues`] | queues of items, which survive those who put and get |
//! | [`shared_memory`] | memory that processes have together |
//! | [`sharedctypes`] | values and arrays that processes share |
//! | [`synchronize`] | locks and events for processes, which survive those who hold them |
//!
//! On Linux, in programs that this library is linked into statically (as cargo does it).

mod boot;
mod builder;
mod children;
pub mod connection;
mod context;
mod cpus;
mod current;
mod error;
mod fork;
pub mod forkserver;
mod image;
mod logging;
mod lone;
mod memo;
mod method;
mod missing;
mod outcome;
mod packet;
mod parcel;
mod process;
pub mod queues;
pub mod shared_memory;
pub mod sharedctypes;
pub mod synchronize;
mod target;

use serde::Serialize;
use serde::de::DeserializeOwned;

pub use builder::Builder;
pub use children::active_children;
pub use context::{Context, get_context};
pub use cpus::{cpu_count, process_cpu_count};
pub use current::{CurrentProcess, ParentProcess, current_process, parent_process};
pub use error::{
    AlreadyStarted, JoinError, JoinTimeoutError, StartError, StillRunning, TryJoinError,
};
pub use fork::fork;
pub use logging::{LogLevel, Logger, get_logger, log_to_stderr};
pub use method::{
    AlreadyChosen, StartMethod, UnknownMethod, chosen_start_method, force_start_method,
    get_all_start_methods, get_start_method, set_start_method,
};
pub use outcome::ChildPanic;
pub use parcel::{Fd, PackError, UnpackError};
pub use process::{Process, ProcessRef, SignalError};

/// Starts a process that calls `target` with `argument`. See [`Process`].
///
/// # Errors
///
/// See [`StartError`].
pub fn spawn<A, T>(target: fn(A) -> T, argument: A) -> Result<Process<T>, StartError>
where
    A: Serialize + DeserializeOwned + Send + 'static,
    T: Serialize + DeserializeOwned + 'static,
{
    Builder::new().spawn(target, argument)
}
