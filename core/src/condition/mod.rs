//! [`Condvar`] and [`Condition`]: waiting for something to become true under a lock.

mod condition_type;
mod condvar;
mod monitor;

pub use condition_type::{Condition, ConditionGuard};
pub use condvar::Condvar;
pub use monitor::{Guarded, Monitor, Shared};
