//! What guards the lists of waiters, for the few instructions that link or unlink one; it decides from where the port's objects may be used.
//!
//! A critical section, as Embassy's own executors and timers need one as well: callers of what never blocks are tasks of executors of every priority, and interrupt handlers. On a host it is
//! `critical-section`'s lock of the whole process, and there are no handlers.

pub use selvedge_core::port::CriticalSectionGuard as BucketGuard;
