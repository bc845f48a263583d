#![doc = include_str!("../README.md")]
#![cfg_attr(not(test), no_std)]

#[cfg(feature = "alloc")]
extern crate alloc;

#[macro_use]
mod macros;

pub mod atomics;
#[cfg(feature = "context")]
pub mod context;
pub mod error;
pub mod future;
pub mod port;
pub mod queue;
pub mod raw;
pub mod sched;
pub mod select;
pub mod timer;
pub mod waiters;
pub mod wire;

mod barrier;
mod condition;
mod event;
mod lock;
mod mutex;
mod rlock;
mod rwlock;
mod semaphore;

pub use barrier::{Action, Barrier, NoAction};
pub use condition::{Condition, ConditionGuard, Condvar, Guarded, Monitor, Shared};
pub use event::Event;
pub use lock::{Lock, LockGuard};
pub use mutex::{Mutex, MutexGuard};
pub use rlock::{RLock, RLockGuard};
pub use rwlock::{RwLock, RwLockReadGuard, RwLockWriteGuard};
pub use semaphore::{BoundedPermit, BoundedSemaphore, Permit, Semaphore};
