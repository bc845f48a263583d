//! What guards the lists of waiters, for the few instructions that link or unlink one; it decides from where the port's objects may be used.
//!
//! | guard | callers of what never blocks |
//! |---|---|
//! | `CriticalSectionGuard` (the feature `critical-section`) | cores and their interrupt handlers |
//! | `SpinGuard` | cores only: a handler that spins for what it has interrupted spins for ever |

#[cfg(feature = "critical-section")]
pub use selvedge_core::port::CriticalSectionGuard as BucketGuard;
#[cfg(not(feature = "critical-section"))]
pub use selvedge_core::port::SpinGuard as BucketGuard;
