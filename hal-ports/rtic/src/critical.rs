//! What guards the lists of waiters, for the few instructions that link or unlink one; it decides from where the port's objects may be used.
//!
//! A critical section: hardware tasks and software tasks of every priority, and idle, may call what never blocks. RTIC's own locks know at build time which priorities share a resource, and mask
//! no more than those; objects of this crate are shared with whoever has a reference.

pub use selvedge_core::port::CriticalSectionGuard as BucketGuard;
