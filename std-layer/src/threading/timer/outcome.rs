//! What became of a cancel.

/// What [`Timer::cancel`](super::Timer::cancel) found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CancelOutcome {
    /// It was in time: the function has not been called and will not be. Exactly one cancel of a timer returns this, or none.
    Cancelled,
    /// Another cancel was in time before.
    AlreadyCancelled,
    /// Too late: the function has been called, or is being called at this moment. It goes on unaffected.
    AlreadyFired,
}
