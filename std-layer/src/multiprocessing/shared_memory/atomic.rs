//! Atomics in shared memory.
//!
//! # Safety
//!
//! Atomics are valid for all bytes, others may change them at any time, and they have no destructor: what [`Mapping::at`] asks for.
#![allow(unsafe_code, reason = "atomics in memory shared with other processes")]

use std::sync::atomic::{
    AtomicI8, AtomicI16, AtomicI32, AtomicI64, AtomicIsize, AtomicU8, AtomicU16, AtomicU32,
    AtomicU64, AtomicUsize,
};

use super::error::OutOfBounds;
use super::mapping::Mapping;

mod private {
    pub trait Sealed {}
}

/// std's atomics of integers.
pub trait Atomic: private::Sealed + Sized {
    #[doc(hidden)]
    #[allow(private_interfaces, reason = "out of reach")]
    fn at(mapping: &Mapping, offset: usize) -> Result<&Self, OutOfBounds>;
}

macro_rules! atomics {
    ($($atomic:ty),*) => {$(
        impl private::Sealed for $atomic {}
        impl Atomic for $atomic {
            #[inline]
            #[allow(private_interfaces, reason = "out of reach")]
            fn at(mapping: &Mapping, offset: usize) -> Result<&Self, OutOfBounds> {
                // SAFETY: an atomic.
                unsafe { mapping.at(offset) }
            }
        }
    )*};
}

atomics!(
    AtomicU8,
    AtomicU16,
    AtomicU32,
    AtomicU64,
    AtomicUsize,
    AtomicI8,
    AtomicI16,
    AtomicI32,
    AtomicI64,
    AtomicIsize
);
