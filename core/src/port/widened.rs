//! A counter that wraps, made one that does not: most systems' clocks have 32 bits, and the instants of a program must be ordered.
//!
//! `halves` counts the finished half turns of the counter, so its lowest bit tells the highest bit that the counter should have. Whoever reads another one
//! is the first after a half turn, and counts it.
//!
//! Orderings: a count is taken only if `halves` is the same before and after; the Acquire load keeps the count behind the first look, the fence keeps it before
//! the second. Nothing else is published by this word.

use crate::atomics::{AtomicU32, Ordering, fence};

/// A counter of 32 bits, widened to 63: for the clocks of ports.
///
/// **It must be read once in each half turn of the counter at least**; a port whose tasks may look at the clock less often reads it in the counter's
/// interrupt. Readers on all cores, and in interrupt handlers, may read at the same time: no reader waits for another that does not run.
///
/// ```
/// use selvedge_core::port::Widened;
///
/// static TIME: Widened = Widened::new();
/// # fn counter() -> u32 { 17 }
/// let now: u64 = TIME.read(counter);
/// # assert_eq!(now, 17);
/// ```
#[derive(Debug)]
pub struct Widened {
    halves: AtomicU32,
}

impl Widened {
    maybe_const! {
        /// A counter that has not gone round yet.
        pub fn new() -> Self {
            Self { halves: AtomicU32::new(0) }
        }
    }

    /// Widens what `count` reads. It is called again where a half turn ends meanwhile.
    pub fn read(&self, count: impl Fn() -> u32) -> u64 {
        loop {
            let halves = self.halves.load(Ordering::Acquire);
            let now = count();
            fence(Ordering::Acquire);
            if self.halves.load(Ordering::Relaxed) != halves {
                continue;
            }
            if now >> 31 == halves & 1 {
                return (u64::from(halves) << 31) | u64::from(now & 0x7FFF_FFFF);
            }
            // Somebody else may count it first: then there is nothing to do.
            let _ = self.halves.compare_exchange(
                halves,
                halves.wrapping_add(1),
                Ordering::AcqRel,
                Ordering::Relaxed,
            );
        }
    }
}

impl Default for Widened {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use core::cell::Cell;

    use super::Widened;

    #[test]
    fn a_wrapping_counter_is_widened() {
        let clock = Widened::new();
        let count = Cell::new(0_u32);
        let mut true_time = 0_u64;
        let half = 0x7FFF_FFFF;
        for step in [0, 1, half - 1, 1, 1, half, 1, half, half, 5] {
            true_time += u64::from(step);
            count.set(count.get().wrapping_add(step));
            assert_eq!(clock.read(|| count.get()), true_time);
        }
        assert!(true_time > u64::from(u32::MAX));
    }

    #[test]
    fn a_late_count_does_not_go_back() {
        let clock = Widened::new();
        // While the first reader has counted 5, others see the counter go round once.
        let first = Cell::new(true);
        let time = clock.read(|| {
            if first.replace(false) {
                assert_eq!(clock.read(|| 0x8000_0000), 0x8000_0000);
                assert_eq!(clock.read(|| 7), 0x1_0000_0007);
                5
            } else {
                8
            }
        });
        assert_eq!(time, 0x1_0000_0008);
    }
}
