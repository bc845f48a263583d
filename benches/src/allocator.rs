//! The allocator of the program, which can count what is allocated: for the rows in bytes.
//!
//! # Safety
//!
//! Everything is passed on to the allocator of the system as it came, so what holds for that holds here. What is counted has no influence.
#![allow(unsafe_code, reason = "a global allocator; see the paragraph above")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicBool, AtomicIsize, Ordering::Relaxed};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Off, it costs a look at a word that nobody writes.
static COUNTS: AtomicBool = AtomicBool::new(false);
static BYTES: AtomicIsize = AtomicIsize::new(0);

struct Counting;

#[inline]
fn count(bytes: usize, sign: isize) {
    if COUNTS.load(Relaxed) {
        BYTES.fetch_add(sign * bytes.cast_signed(), Relaxed);
    }
}

// SAFETY: it is the allocator of the system, whose results are passed on unchanged; counting allocates nothing and does not panic
// (a layout has at most `isize::MAX` bytes).
unsafe impl GlobalAlloc for Counting {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size(), 1);
        // SAFETY: the caller keeps the contract of this method, which is the same.
        unsafe { System.alloc(layout) }
    }

    #[inline]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(layout.size(), 1);
        // SAFETY: as above.
        unsafe { System.alloc_zeroed(layout) }
    }

    #[inline]
    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        count(layout.size(), -1);
        // SAFETY: as above; the block is the system's, since all are.
        unsafe { System.dealloc(pointer, layout) }
    }

    #[inline]
    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(layout.size(), -1);
        count(size, 1);
        // SAFETY: as above; the block is the system's, since all are.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

/// Counts from its making to its drop. One at a time, and no other thread may allocate meanwhile.
pub(crate) struct Counter;

impl Counter {
    pub(crate) fn start() -> Self {
        BYTES.store(0, Relaxed);
        let was_on = COUNTS.swap(true, Relaxed);
        assert!(!was_on, "one at a time");
        Self
    }

    /// What was allocated since the start and is not free again.
    pub(crate) fn bytes(&self) -> usize {
        BYTES.load(Relaxed).try_into().unwrap_or_default()
    }
}

impl Drop for Counter {
    fn drop(&mut self) {
        COUNTS.store(false, Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_allocated_is_counted_until_it_is_free() {
        // Other tests may allocate, too, but not as much.
        const SIZE: usize = 1 << 24;
        let counter = Counter::start();
        let block = vec![1_u8; SIZE];
        assert!(counter.bytes() >= SIZE);
        drop(block);
        assert!(counter.bytes() < SIZE);
    }
}
