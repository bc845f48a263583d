//! A cursor: an index that counts, and the block that it is in.
//!
//! # The index
//!
//! | bits | meaning |
//! |---|---|
//! | 0 | `CLOSED`, in the tail only |
//! | 1.. | position: lap times [`lap`] plus offset |
//!
//! The offsets 0 to `lap - 2` are slots of the block of that lap; `lap - 1`, the END, is no slot: the caller that claimed the last slot is moving the cursor to the next block. A cursor starts at the END of
//! lap 0, before the first block. Indices only grow. They wrap after 2^63 operations on 64-bit machines, which is never, and after 2^31 on 32-bit ones: "Indices" in `mod.rs` says what that means.

use core::ptr::null_mut;

use super::block::{Block, lap};
use crate::atomics::{AtomicPtr, AtomicUsize};

pub(super) const CLOSED: usize = 1;
/// One position.
pub(super) const ONE: usize = 2;

/// Where the caller and its kind are.
pub(super) struct Cursor<T> {
    pub(super) index: AtomicUsize,
    pub(super) block: AtomicPtr<Block<T>>,
    /// Who was here last: see `backoff.rs`.
    pub(super) trace: AtomicUsize,
}

impl<T> Cursor<T> {
    maybe_const! {
        pub(super) fn new() -> Self {
            Self {
                index: AtomicUsize::new(start::<T>()),
                block: AtomicPtr::new(null_mut()),
                trace: AtomicUsize::new(0),
            }
        }
    }
}

/// The END of lap 0.
pub(super) const fn start<T>() -> usize {
    (lap::<T>() - 1) * ONE
}

/// The offset of an index in its lap.
#[inline(always)]
pub(super) fn offset<T>(index: usize) -> usize {
    (index / ONE) % lap::<T>()
}

/// Whether it is an offset of a slot that is not the last.
#[inline(always)]
pub(super) fn is_inner<T>(offset: usize) -> bool {
    offset < lap::<T>() - 2
}

/// Whether it is the offset of the last slot.
pub(super) fn is_last<T>(offset: usize) -> bool {
    offset == lap::<T>() - 2
}

/// Whether it is the END.
pub(super) fn is_end<T>(offset: usize) -> bool {
    offset == lap::<T>() - 1
}

/// The same position without `CLOSED`, and never at an END: the first slot of the next lap is the same place.
pub(super) fn settled<T>(index: usize) -> usize {
    let index = index & !CLOSED;
    if is_end::<T>(offset::<T>(index)) {
        index.wrapping_add(ONE)
    } else {
        index
    }
}

/// How many slots there are from one settled index to another.
pub(super) fn distance<T>(from: usize, to: usize) -> usize {
    let positions = to.wrapping_sub(from) / ONE;
    // Each lap that begins in between has an END that is no slot.
    let lap = lap::<T>() * ONE;
    let begun = (to - to % lap).wrapping_sub(from - from % lap) / lap;
    positions - begun
}
