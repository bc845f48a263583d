#![doc = include_str!("../README.md")]
#![no_std]

mod clock;
mod critical;
#[cfg(feature = "embedded-hal")]
mod delay;
mod deleted;
mod executor;
mod handler;
mod identity;
mod inheriting;
mod pool;
mod port;
mod sys;
mod task;

pub use clock::Instant;
pub use critical::BucketGuard;
#[cfg(feature = "embedded-hal")]
pub use delay::Delay;
pub use executor::Executor;
pub use handler::in_handler;
pub use inheriting::{InheritingGuard, InheritingMutex};
pub use pool::Pool;
pub use port::{FreeRtos, Task};
pub use task::{JoinHandle, SpawnError, TaskSlot, run_scheduler, sleep};

/// [`selvedge_core::Lock`] for tasks and handlers.
pub type Lock = selvedge_core::Lock<FreeRtos>;
/// [`selvedge_core::Mutex`] for tasks and handlers.
pub type Mutex<T> = selvedge_core::Mutex<FreeRtos, T>;
/// [`selvedge_core::RLock`] for tasks and handlers.
pub type RLock<T = ()> = selvedge_core::RLock<FreeRtos, T>;
/// [`selvedge_core::RwLock`] for tasks and handlers.
pub type RwLock<T> = selvedge_core::RwLock<FreeRtos, T>;
/// [`selvedge_core::Condvar`] for tasks and handlers.
pub type Condvar = selvedge_core::Condvar<FreeRtos>;
/// [`selvedge_core::Condition`] for tasks and handlers, by default with an [`RLock`] of its own.
pub type Condition<L = RLock> = selvedge_core::Condition<L>;
/// [`selvedge_core::Semaphore`] for tasks and handlers.
pub type Semaphore = selvedge_core::Semaphore<FreeRtos>;
/// [`selvedge_core::BoundedSemaphore`] for tasks and handlers.
pub type BoundedSemaphore = selvedge_core::BoundedSemaphore<FreeRtos>;
/// [`selvedge_core::Event`] for tasks and handlers.
pub type Event = selvedge_core::Event<FreeRtos>;
/// [`selvedge_core::Barrier`] for tasks and handlers.
pub type Barrier<A = selvedge_core::NoAction> = selvedge_core::Barrier<FreeRtos, A>;
/// [`selvedge_core::future::Oneshot`] for tasks and handlers.
pub type Oneshot<T> = selvedge_core::future::Oneshot<FreeRtos, T>;
