//! The doorway to atomics and cells: core's, portable-atomic's or loom's.
//!
//! Nothing else in this crate may name an atomic type; `clippy.toml` refuses it. So one file decides
//! whether an algorithm runs on the machine's own instructions, on `portable-atomic` (targets without
//! compare-and-swap) or under loom's model checker, and no algorithm contains a `cfg`.
#![allow(
    clippy::disallowed_types,
    reason = "this is the one place that names them"
)]

#[cfg(not(loom))]
pub use core::sync::atomic::{Ordering, fence};
#[cfg(loom)]
pub use loom::sync::atomic::{Ordering, fence};

mod edges;
#[cfg(loom)]
mod modelled;
#[cfg(not(loom))]
mod real;

pub(crate) use edges::{
    Edge, after_rmw, edge, fence_of, heavy_fence_of, light_fence_of, load_after_rmw,
};
#[cfg(loom)]
#[doc(hidden)]
pub use edges::{Half, edges, weaken, without};
#[cfg(loom)]
#[doc(hidden)]
pub use modelled::look_closely;
#[cfg(loom)]
pub use modelled::{AtomicPtr, AtomicU8, AtomicU32, AtomicUsize};
#[cfg(not(loom))]
pub use real::{AtomicPtr, AtomicU8, AtomicU32, AtomicUsize};

#[cfg(loom)]
use loom::sync::atomic as modelled_by;

#[cfg(loom)]
extern crate std;

/// The allocator; loom's, which knows what was not freed.
#[cfg(feature = "alloc")]
pub(crate) mod memory {
    pub(crate) use alloc::alloc::handle_alloc_error;
    #[cfg(not(loom))]
    pub(crate) use alloc::alloc::{alloc, dealloc};
    #[cfg(loom)]
    pub(crate) use loom::alloc::{alloc, dealloc};
}

/// One turn of waiting for another task, in the loom build a point where that one runs.
#[inline(always)]
pub(crate) fn spin_loop() {
    #[cfg(not(loom))]
    core::hint::spin_loop();
    #[cfg(loom)]
    loom::hint::spin_loop();
}

/// A cell for data that a protocol guards; accesses go through closures so that loom can watch them.
#[derive(Debug)]
pub(crate) struct UnsafeCell<T: ?Sized>(Inner<T>);

#[cfg(not(loom))]
type Inner<T> = core::cell::UnsafeCell<T>;
#[cfg(loom)]
type Inner<T> = loom::cell::UnsafeCell<T>;

impl<T> UnsafeCell<T> {
    maybe_const! {
        pub(crate) fn new(value: T) -> Self {
            Self(Inner::new(value))
        }
    }
}

impl<T> UnsafeCell<T> {
    pub(crate) fn into_inner(self) -> T {
        self.0.into_inner()
    }
}

impl<T: ?Sized> UnsafeCell<T> {
    /// Calls `f` with a pointer for shared access.
    #[inline(always)]
    #[allow(dead_code, reason = "the pair to with_mut")]
    pub(crate) fn with<R>(&self, f: impl FnOnce(*const T) -> R) -> R {
        #[cfg(not(loom))]
        return f(self.0.get());
        #[cfg(loom)]
        return self.0.with(f);
    }

    /// Calls `f` with a pointer for exclusive access.
    #[inline(always)]
    pub(crate) fn with_mut<R>(&self, f: impl FnOnce(*mut T) -> R) -> R {
        #[cfg(not(loom))]
        return f(self.0.get());
        #[cfg(loom)]
        return self.0.with_mut(f);
    }
}
