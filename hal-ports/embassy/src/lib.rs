#![doc = include_str!("../README.md")]
#![cfg_attr(not(feature = "std"), no_std)]

#[cfg(feature = "time")]
mod clock;
mod critical;
mod identity;
#[cfg(feature = "time")]
mod limit;
mod port;
mod sys;
#[cfg(feature = "hang-detection")]
mod watch;

pub use critical::BucketGuard;
#[cfg(feature = "time")]
pub use limit::{deadline, timeout};
pub use port::{Embassy, Task};
#[cfg(not(feature = "std"))]
pub use sys::may_block_in;
#[cfg(feature = "hang-detection")]
pub use watch::Hangs;

/// [`selvedge_core::Lock`] for tasks of all executors, and for handlers.
pub type Lock = selvedge_core::Lock<Embassy>;
/// [`selvedge_core::Mutex`] for tasks of all executors, and for handlers.
pub type Mutex<T> = selvedge_core::Mutex<Embassy, T>;
/// [`selvedge_core::RLock`]: all tasks of one executor are one to it.
pub type RLock<T = ()> = selvedge_core::RLock<Embassy, T>;
/// [`selvedge_core::RwLock`] for tasks of all executors, and for handlers.
pub type RwLock<T> = selvedge_core::RwLock<Embassy, T>;
/// [`selvedge_core::Condvar`] for tasks of all executors, and for handlers.
pub type Condvar = selvedge_core::Condvar<Embassy>;
/// [`selvedge_core::Condition`] for tasks of all executors, by default with an [`RLock`] of its own.
pub type Condition<L = RLock> = selvedge_core::Condition<L>;
/// [`selvedge_core::Semaphore`] for tasks of all executors, and for handlers.
pub type Semaphore = selvedge_core::Semaphore<Embassy>;
/// [`selvedge_core::BoundedSemaphore`] for tasks of all executors, and for handlers.
pub type BoundedSemaphore = selvedge_core::BoundedSemaphore<Embassy>;
/// [`selvedge_core::Event`] for tasks of all executors, and for handlers.
pub type Event = selvedge_core::Event<Embassy>;
/// [`selvedge_core::Barrier`] for tasks of all executors.
pub type Barrier<A = selvedge_core::NoAction> = selvedge_core::Barrier<Embassy, A>;
