//! Where the slots of a ring are.
//!
//! # Safety
//!
//! Declares the `unsafe trait` that a ring reaches its slots by.
#![allow(unsafe_code, reason = "an unsafe trait and its implementation")]

use super::shape::Shape;
use super::slot::Slot;

pub(super) mod sealed {
    use super::{Shape, Slot};

    /// What a ring asks its buffer.
    ///
    /// # Safety
    ///
    /// `shape` is constant. `slots_to_fill`, and `slots` if not null, return the start of an array of `shape().capacity` slots, the same one each time, which lives as long as the buffer does, even
    /// where the buffer is moved while nobody uses it, and which were fresh at the beginning.
    pub unsafe trait Slots<T> {
        /// How many.
        fn shape(&self) -> Shape;

        /// The slots, or null if nothing can be in them yet.
        fn slots(&self) -> *const Slot<T>;

        /// The slots, with memory behind them.
        fn slots_to_fill(&self) -> *const Slot<T>;
    }
}

/// Where the slots of a [`Ring`](super::Ring) are: [`Inline`], or with the feature `alloc` [`Boxed`](super::Boxed).
#[allow(private_bounds, reason = "sealed: a ring trusts its buffer")]
pub trait Buffer<T>: sealed::Slots<T> {}

/// `N` slots in the ring itself. There must be one at least; a ring without any is refused by the compiler.
pub struct Inline<T, const N: usize> {
    slots: [Slot<T>; N],
}

impl<T, const N: usize> Inline<T, N> {
    const SHAPE: Shape = Shape::of(N);

    /// Fresh slots.
    #[cfg(not(loom))]
    #[inline]
    #[must_use]
    pub const fn new() -> Self {
        let _checked = Self::SHAPE;
        Self {
            slots: [const { Slot::new() }; N],
        }
    }

    /// Fresh slots.
    #[cfg(loom)]
    #[must_use]
    pub fn new() -> Self {
        let _checked = Self::SHAPE;
        Self {
            slots: core::array::from_fn(|_| Slot::new()),
        }
    }
}

impl<T, const N: usize> Default for Inline<T, N> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T, const N: usize> core::fmt::Debug for Inline<T, N> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Inline")
            .field("capacity", &N)
            .finish_non_exhaustive()
    }
}

// SAFETY: `N` fresh slots, that are part of the buffer.
unsafe impl<T, const N: usize> sealed::Slots<T> for Inline<T, N> {
    #[inline(always)]
    fn shape(&self) -> Shape {
        Self::SHAPE
    }

    #[inline(always)]
    fn slots(&self) -> *const Slot<T> {
        self.slots.as_ptr()
    }

    #[inline(always)]
    fn slots_to_fill(&self) -> *const Slot<T> {
        self.slots.as_ptr()
    }
}

impl<T, const N: usize> Buffer<T> for Inline<T, N> {}
