#![doc = include_str!("../README.md")]
#![no_std]

mod clock;
mod critical;
mod identity;
mod port;
mod sys;

pub use clock::Instant;
pub use critical::BucketGuard;
pub use port::{Task, Template};

/// [`selvedge_core::Lock`] for the tasks of this system.
pub type Lock = selvedge_core::Lock<Template>;
/// [`selvedge_core::Mutex`] for the tasks of this system.
pub type Mutex<T> = selvedge_core::Mutex<Template, T>;
/// [`selvedge_core::RLock`] for the tasks of this system.
pub type RLock<T = ()> = selvedge_core::RLock<Template, T>;
/// [`selvedge_core::RwLock`] for the tasks of this system.
pub type RwLock<T> = selvedge_core::RwLock<Template, T>;
/// [`selvedge_core::Condvar`] for the tasks of this system.
pub type Condvar = selvedge_core::Condvar<Template>;
/// [`selvedge_core::Condition`] for the tasks of this system, by default with an [`RLock`] of its own.
pub type Condition<L = RLock> = selvedge_core::Condition<L>;
/// [`selvedge_core::Semaphore`] for the tasks of this system.
pub type Semaphore = selvedge_core::Semaphore<Template>;
/// [`selvedge_core::BoundedSemaphore`] for the tasks of this system.
pub type BoundedSemaphore = selvedge_core::BoundedSemaphore<Template>;
/// [`selvedge_core::Event`] for the tasks of this system.
pub type Event = selvedge_core::Event<Template>;
/// [`selvedge_core::Barrier`] for the tasks of this system.
pub type Barrier<A = selvedge_core::NoAction> = selvedge_core::Barrier<Template, A>;
