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
//! | [`current_process`], [`parent_process`], [`active_children`], [`cpu_count`], [`process_cpu_count`] | who is there |
//! | [`Fd`] | descriptors as arguments |
//! | [`connection`] | messages between processes |
//! | [`shared_memory`] | memory that processes have together |
//! | [`sharedctypes`] | values and arrays that processes share |
//! | [`synchronize`] | locks and events for processes, which survive those who hold them |
//!
//! On Linux, in programs that this library is linked into statically (as cargo does it).

mod boot;
mod builder;
mod children;
pub mod connection;
mod cpus;
mod current;
mod error;
mod image;
mod memo;
mod outcome;
mod packet;
mod parcel;
mod process;
pub mod shared_memory;
pub mod sharedctypes;
pub mod synchronize;
mod target;

use serde::Serialize;
use serde::de::DeserializeOwned;

pub use builder::Builder;
pub use children::active_children;
pub use cpus::{cpu_count, process_cpu_count};
pub use current::{CurrentProcess, ParentProcess, current_process, parent_process};
pub use error::{
    AlreadyStarted, JoinError, JoinTimeoutError, StartError, StillRunning, TryJoinError,
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
