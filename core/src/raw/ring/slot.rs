//! One place of a ring.

use core::mem::MaybeUninit;

use crate::atomics::{AtomicUsize, UnsafeCell};

/// One place of a ring, and whose turn it is there. All bytes zero are a fresh one.
pub struct Slot<T> {
    pub(super) stamp: AtomicUsize,
    pub(super) value: UnsafeCell<MaybeUninit<T>>,
}

impl<T> Slot<T> {
    maybe_const! {
        pub(super) fn new() -> Self {
            Self {
                stamp: AtomicUsize::new(0),
                value: UnsafeCell::new(MaybeUninit::uninit()),
            }
        }
    }
}

impl<T> core::fmt::Debug for Slot<T> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Slot").finish_non_exhaustive()
    }
}
