//! Data that a primitive protects, watched by loom.
//!
//! # Safety
//!
//! Shares a cell between threads. Loom reports two accesses that are not ordered before they can do harm: it runs one thread at a time.
#![allow(unsafe_code, reason = "shares a cell that loom watches")]

use loom::cell::UnsafeCell;

/// A number whose accesses loom checks for races.
#[derive(Debug, Default)]
pub struct Data(UnsafeCell<u32>);

// SAFETY: loom panics on accesses that are not ordered, and its threads are coroutines of one system thread.
unsafe impl Sync for Data {}
// SAFETY: as above.
unsafe impl Send for Data {}

impl Data {
    /// Adds one and returns the sum: an exclusive access.
    pub fn bump(&self) -> u32 {
        self.0.with_mut(|data| {
            // SAFETY: loom has checked that it is exclusive.
            unsafe {
                *data += 1;
                *data
            }
        })
    }

    /// Reads it: a shared access.
    pub fn get(&self) -> u32 {
        // SAFETY: loom has checked that nobody writes.
        self.0.with(|data| unsafe { *data })
    }
}
