//! What guards the lists of waiters, for the few instructions that link or unlink one. The choice decides from where the port's objects
//! may be used:
//!
//! | guard | callers of what never blocks |
//! |---|---|
//! | `CriticalSectionGuard` (the feature `critical-section`) | tasks and interrupt handlers |
//! | `SpinGuard` | tasks, on several cores or where a holder cannot be pre-empted by a task that then spins |
//! | one's own `Guard`, by suspending the scheduler, say | tasks |
//!
//! One's own needs an `unsafe impl Guard` and the promise that nobody else is between `enter` and `leave`, on any core.

#[cfg(feature = "critical-section")]
pub use selvedge_core::port::CriticalSectionGuard as BucketGuard;
#[cfg(not(feature = "critical-section"))]
pub use selvedge_core::port::SpinGuard as BucketGuard;
