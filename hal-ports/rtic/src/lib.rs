#![doc = include_str!("../README.md")]
#![no_std]

#[cfg(feature = "time")]
mod clock;
mod critical;
mod identity;
#[cfg(feature = "time")]
mod limit;
mod port;
mod sys;

#[cfg(feature = "time")]
pub use clock::{Instant, Ticks};
pub use critical::BucketGuard;
#[cfg(feature = "time")]
pub use limit::{Limits, Span};
pub use port::{Rtic, Task};

/// What [`monotonic!`] needs from other crates.
#[cfg(feature = "time")]
#[doc(hidden)]
pub mod export {
    pub use rtic_time::Timebase;
    pub use selvedge_port_bare_metal::{TimeSource, time_source};
}

/// [`selvedge_core::Lock`] for tasks of all priorities, and for idle.
pub type Lock = selvedge_core::Lock<Rtic>;
/// [`selvedge_core::Mutex`] for tasks of all priorities, and for idle.
pub type Mutex<T> = selvedge_core::Mutex<Rtic, T>;
/// [`selvedge_core::RLock`]: all software tasks of one priority are one to it.
pub type RLock<T = ()> = selvedge_core::RLock<Rtic, T>;
/// [`selvedge_core::RwLock`] for tasks of all priorities, and for idle.
pub type RwLock<T> = selvedge_core::RwLock<Rtic, T>;
/// [`selvedge_core::Condvar`] for tasks of all priorities, and for idle.
pub type Condvar = selvedge_core::Condvar<Rtic>;
/// [`selvedge_core::Condition`] for tasks of all priorities, by default with an [`RLock`] of its own.
pub type Condition<L = RLock> = selvedge_core::Condition<L>;
/// [`selvedge_core::Semaphore`] for tasks of all priorities, and for idle.
pub type Semaphore = selvedge_core::Semaphore<Rtic>;
/// [`selvedge_core::BoundedSemaphore`] for tasks of all priorities, and for idle.
pub type BoundedSemaphore = selvedge_core::BoundedSemaphore<Rtic>;
/// [`selvedge_core::Event`] for tasks of all priorities, and for idle.
pub type Event = selvedge_core::Event<Rtic>;
/// [`selvedge_core::Barrier`] for tasks of all priorities, and for idle.
pub type Barrier<A = selvedge_core::NoAction> = selvedge_core::Barrier<Rtic, A>;
