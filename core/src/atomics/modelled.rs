//! Atomics under loom, with the choice to interleave loads as thoroughly as changes.
//!
//! Loom decides where to switch threads by the *last* access that another thread had to the same word. Where a thread loads a word and changes it after that, its own
//! load stands in the way, and loom does not try whether the change could have come before an earlier load by another thread. With
//! [`look_closely`] each load counts as a change of a word beside the real one, so that loads are ordered among themselves in all ways, too. That
//! is much more work: it is for models of two threads.

use core::cell::Cell;

use super::{Ordering, modelled_by as loom_atomic, std};

std::thread_local! {
    static CLOSELY: Cell<bool> = const { Cell::new(false) };
}

/// Whether models that this thread of the system runs from now on try all orders of loads.
#[doc(hidden)]
pub fn look_closely(closely: bool) {
    CLOSELY.set(closely);
}

macro_rules! modelled {
    ($name:ident, $int:ty) => {
        /// Core's namesake under loom.
        #[derive(Debug)]
        pub struct $name {
            word: loom_atomic::$name,
            looks: loom_atomic::AtomicU32,
        }

        #[allow(missing_docs, reason = "core's namesakes")]
        impl $name {
            #[track_caller]
            pub fn new(value: $int) -> Self {
                Self {
                    word: loom_atomic::$name::new(value),
                    looks: loom_atomic::AtomicU32::new(0),
                }
            }

            #[track_caller]
            pub fn load(&self, order: Ordering) -> $int {
                if CLOSELY.get() {
                    self.looks.fetch_add(0, Ordering::Relaxed);
                }
                self.word.load(order)
            }

            #[track_caller]
            pub fn store(&self, value: $int, order: Ordering) {
                self.word.store(value, order);
            }

            #[track_caller]
            pub fn swap(&self, value: $int, order: Ordering) -> $int {
                self.word.swap(value, order)
            }

            #[track_caller]
            pub fn fetch_add(&self, value: $int, order: Ordering) -> $int {
                self.word.fetch_add(value, order)
            }

            #[track_caller]
            pub fn fetch_sub(&self, value: $int, order: Ordering) -> $int {
                self.word.fetch_sub(value, order)
            }

            #[track_caller]
            pub fn fetch_and(&self, value: $int, order: Ordering) -> $int {
                self.word.fetch_and(value, order)
            }

            #[track_caller]
            pub fn fetch_or(&self, value: $int, order: Ordering) -> $int {
                self.word.fetch_or(value, order)
            }

            #[track_caller]
            pub fn compare_exchange(
                &self,
                current: $int,
                new: $int,
                success: Ordering,
                failure: Ordering,
            ) -> Result<$int, $int> {
                self.word.compare_exchange(current, new, success, failure)
            }

            #[track_caller]
            pub fn compare_exchange_weak(
                &self,
                current: $int,
                new: $int,
                success: Ordering,
                failure: Ordering,
            ) -> Result<$int, $int> {
                self.compare_exchange(current, new, success, failure)
            }
        }
    };
}

modelled!(AtomicU8, u8);
modelled!(AtomicU32, u32);
modelled!(AtomicUsize, usize);

/// Core's namesake under loom.
#[derive(Debug)]
pub struct AtomicPtr<T> {
    word: loom_atomic::AtomicPtr<T>,
    looks: loom_atomic::AtomicU32,
}

#[allow(missing_docs, reason = "core's namesakes")]
impl<T> AtomicPtr<T> {
    #[track_caller]
    pub fn new(value: *mut T) -> Self {
        Self {
            word: loom_atomic::AtomicPtr::new(value),
            looks: loom_atomic::AtomicU32::new(0),
        }
    }

    #[track_caller]
    pub fn load(&self, order: Ordering) -> *mut T {
        if CLOSELY.get() {
            self.looks.fetch_add(0, Ordering::Relaxed);
        }
        self.word.load(order)
    }

    #[track_caller]
    pub fn store(&self, value: *mut T, order: Ordering) {
        self.word.store(value, order);
    }

    #[track_caller]
    pub fn swap(&self, value: *mut T, order: Ordering) -> *mut T {
        self.word.swap(value, order)
    }

    #[track_caller]
    pub fn compare_exchange(
        &self,
        current: *mut T,
        new: *mut T,
        success: Ordering,
        failure: Ordering,
    ) -> Result<*mut T, *mut T> {
        self.word.compare_exchange(current, new, success, failure)
    }
}
