//! The machine's atomics, or portable-atomic's, under types of our own.
//!
//! Own types, for two reasons. The signatures of a port do not change with a feature that some other crate of a program turns on; and a lint can forbid core's types everywhere else, which it could
//! not if these were their re-exports.

#[cfg(not(feature = "portable-atomic"))]
use core::sync::atomic as inner;
#[cfg(feature = "portable-atomic")]
use portable_atomic as inner;

use super::Ordering;

macro_rules! atomic {
    ($(#[$meta:meta])* $name:ident, $int:ty) => {
        $(#[$meta])*
        #[derive(Debug, Default)]
        #[repr(transparent)]
        pub struct $name(inner::$name);

        impl $name {
            /// With this value.
            #[inline]
            #[must_use]
            pub const fn new(value: $int) -> Self {
                Self(inner::$name::new(value))
            }

            /// Where the integer is, for systems that sleep on it.
            #[inline]
            pub const fn as_ptr(&self) -> *mut $int {
                self.0.as_ptr()
            }

            /// As core's.
            #[inline]
            pub fn load(&self, order: Ordering) -> $int {
                self.0.load(order)
            }

            /// As core's.
            #[inline]
            pub fn store(&self, value: $int, order: Ordering) {
                self.0.store(value, order);
            }

            /// As core's.
            #[inline]
            pub fn swap(&self, value: $int, order: Ordering) -> $int {
                self.0.swap(value, order)
            }

            /// As core's.
            ///
            /// # Errors
            ///
            /// The value found, if it was not `current`.
            #[inline]
            pub fn compare_exchange(
                &self,
                current: $int,
                new: $int,
                success: Ordering,
                failure: Ordering,
            ) -> Result<$int, $int> {
                self.0.compare_exchange(current, new, success, failure)
            }

            /// As core's.
            ///
            /// # Errors
            ///
            /// The value found, if it was not `current`, or for no reason.
            #[inline]
            pub fn compare_exchange_weak(
                &self,
                current: $int,
                new: $int,
                success: Ordering,
                failure: Ordering,
            ) -> Result<$int, $int> {
                self.0.compare_exchange_weak(current, new, success, failure)
            }

            /// As core's.
            #[inline]
            pub fn fetch_add(&self, value: $int, order: Ordering) -> $int {
                self.0.fetch_add(value, order)
            }

            /// As core's.
            #[inline]
            pub fn fetch_sub(&self, value: $int, order: Ordering) -> $int {
                self.0.fetch_sub(value, order)
            }

            /// As core's.
            #[inline]
            pub fn fetch_and(&self, value: $int, order: Ordering) -> $int {
                self.0.fetch_and(value, order)
            }

            /// As core's.
            #[inline]
            pub fn fetch_or(&self, value: $int, order: Ordering) -> $int {
                self.0.fetch_or(value, order)
            }
        }
    };
}

atomic! {
    /// A mark that takes little room.
    AtomicU8, u8
}

atomic! {
    /// The word of every protocol.
    AtomicU32, u32
}

atomic! {
    /// An address, or an identity.
    AtomicUsize, usize
}

/// A pointer to what others can reach.
#[derive(Debug)]
#[repr(transparent)]
pub struct AtomicPtr<T>(inner::AtomicPtr<T>);

impl<T> AtomicPtr<T> {
    /// With this value.
    #[inline]
    #[must_use]
    pub const fn new(value: *mut T) -> Self {
        Self(inner::AtomicPtr::new(value))
    }

    /// As core's.
    #[inline]
    pub fn load(&self, order: Ordering) -> *mut T {
        self.0.load(order)
    }

    /// As core's.
    #[inline]
    pub fn store(&self, value: *mut T, order: Ordering) {
        self.0.store(value, order);
    }

    /// As core's.
    #[inline]
    pub fn swap(&self, value: *mut T, order: Ordering) -> *mut T {
        self.0.swap(value, order)
    }

    /// As core's.
    ///
    /// # Errors
    ///
    /// The value found, if it was not `current`.
    #[inline]
    pub fn compare_exchange(
        &self,
        current: *mut T,
        new: *mut T,
        success: Ordering,
        failure: Ordering,
    ) -> Result<*mut T, *mut T> {
        self.0.compare_exchange(current, new, success, failure)
    }
}
