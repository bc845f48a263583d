//! A number that a task and a handler share.

use selvedge_core::atomics::{AtomicU32, Ordering};

pub(crate) struct Number(AtomicU32);

impl Number {
    pub(crate) const fn new(number: u32) -> Self {
        Self(AtomicU32::new(number))
    }

    pub(crate) fn get(&self) -> u32 {
        self.0.load(Ordering::SeqCst)
    }

    pub(crate) fn set(&self, number: u32) {
        self.0.store(number, Ordering::SeqCst);
    }

    /// Adds, and returns what it was before.
    pub(crate) fn add(&self, more: u32) -> u32 {
        self.0.fetch_add(more, Ordering::SeqCst)
    }

    /// Sets it to zero if it is one; returns whether it was.
    pub(crate) fn take(&self) -> bool {
        self.0.swap(0, Ordering::SeqCst) == 1
    }
}
