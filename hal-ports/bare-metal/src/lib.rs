#![doc = include_str!("../README.md")]
#![no_std]

#[cfg(feature = "time")]
mod clock;
mod critical;
#[cfg(feature = "embedded-hal")]
mod delay;
mod identity;
#[cfg(not(any(
    feature = "single-core",
    target_arch = "aarch64",
    target_arch = "riscv32",
    target_arch = "riscv64"
)))]
mod numbered;
mod port;
mod sys;
mod waiting;

#[cfg(feature = "time")]
pub use clock::{Instant, TimeSource};
pub use critical::BucketGuard;
#[cfg(feature = "embedded-hal")]
pub use delay::Delay;
pub use port::{BareMetal, Task};
pub use waiting::{Refusal, may_wait};

/// [`selvedge_core::Lock`] for cores and handlers.
pub type Lock = selvedge_core::Lock<BareMetal>;
/// [`selvedge_core::Mutex`] for cores and handlers.
pub type Mutex<T> = selvedge_core::Mutex<BareMetal, T>;
/// [`selvedge_core::RLock`] for cores and handlers.
pub type RLock<T = ()> = selvedge_core::RLock<BareMetal, T>;
/// [`selvedge_core::RwLock`] for cores and handlers.
pub type RwLock<T> = selvedge_core::RwLock<BareMetal, T>;
/// [`selvedge_core::Condvar`] for cores and handlers.
pub type Condvar = selvedge_core::Condvar<BareMetal>;
/// [`selvedge_core::Condition`] for cores and handlers, by default with an [`RLock`] of its own.
pub type Condition<L = RLock> = selvedge_core::Condition<L>;
/// [`selvedge_core::Semaphore`] for cores and handlers.
pub type Semaphore = selvedge_core::Semaphore<BareMetal>;
/// [`selvedge_core::BoundedSemaphore`] for cores and handlers.
pub type BoundedSemaphore = selvedge_core::BoundedSemaphore<BareMetal>;
/// [`selvedge_core::Event`] for cores and handlers.
pub type Event = selvedge_core::Event<BareMetal>;
/// [`selvedge_core::Barrier`] for cores and handlers.
pub type Barrier<A = selvedge_core::NoAction> = selvedge_core::Barrier<BareMetal, A>;
