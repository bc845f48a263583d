//! [`Oneshot`]: one value, once.

mod error;
mod oneshot;

pub use error::{SetError, TakeError, TakeTimeoutError, TryTakeError};
pub use oneshot::Oneshot;

pub use crate::raw::{FutureState, InvalidState};
