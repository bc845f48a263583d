//! Waiting for several futures at once.
//!
//! | file | says |
//! |---|---|
//! | `waitable.rs` | what can be waited for |
//! | `enrolment.rs` | a place on the list of each future, left again at the end |
//! | `wait.rs` | [`wait`](wait()) and its forms |
//! | `as_completed.rs`, `ready.rs` | [`as_completed`] |
//! | `timed.rs`, `indexed.rs` | its adaptors |
//! | `stream.rs` | its asynchronous forms |
//!
//! # No wake-up is lost (row F-53)
//!
//! Each future is enlisted by itself, inside its own lock, unless it is done; who is done counts at once. So each future counts exactly once, whatever completes at what time, and no two locks are ever held together. The count, or the line of those
//! that are done, is set off by an event, whose waiters look again before they sleep.

mod as_completed;
mod enrolment;
mod indexed;
mod ready;
mod stream;
mod timed;
mod wait;
mod waitable;

pub use as_completed::{AsCompleted, as_completed};
pub use indexed::Indexed;
pub use timed::AsCompletedTimed;
pub use wait::{
    DoneAndNotDone, ReturnWhen, try_wait, wait, wait_async, wait_deadline, wait_timeout,
};
pub use waitable::Waitable;
