//! [`Semaphore`] and [`BoundedSemaphore`].

mod bounded;
mod permit;
mod unbounded;

pub use bounded::BoundedSemaphore;
pub use permit::{BoundedPermit, Permit};
pub use unbounded::Semaphore;
