//! Which arm is looked at first.

#[cfg(not(loom))]
use crate::atomics::{AtomicU32, Ordering};

/// In which order a select looks at its arms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    /// From an arm chosen at random, and around.
    FromAnywhere,
    /// As they were added.
    AsWritten,
}

impl Order {
    /// The arm to begin with, of `count`.
    #[inline]
    pub(super) fn first(self, count: usize) -> usize {
        if count < 2 || self == Self::AsWritten {
            return 0;
        }
        // Scaled, not divided: small processors have no division. An arm beyond 2^32 is nobody's first.
        let count = u64::try_from(count).unwrap_or(u64::MAX).min(1 << 32);
        let first = (u64::from(dice()) * count) >> 32;
        usize::try_from(first).unwrap_or(0)
    }
}

/// A number that looks random.
///
/// A counter for all selects of the program, mixed well, so that a task that takes two selects in turn does not get the odd numbers in one of them. It is loaded and stored, not
/// added to: who reads the same number as another begins with the same arm, which does no harm, and no locked instruction is spent on it.
#[cfg(not(loom))]
fn dice() -> u32 {
    static COUNTER: AtomicU32 = AtomicU32::new(0);
    let count = COUNTER.load(Ordering::Relaxed).wrapping_add(0x9E37_79B9);
    COUNTER.store(count, Ordering::Relaxed);
    let mixed = (count ^ (count >> 16)).wrapping_mul(0x85EB_CA6B);
    let mixed = (mixed ^ (mixed >> 13)).wrapping_mul(0xC2B2_AE35);
    mixed ^ (mixed >> 16)
}

/// Models are to be repeatable.
#[cfg(loom)]
fn dice() -> u32 {
    0
}
