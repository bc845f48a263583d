//! What time it is: what makes the `_timeout` and `_deadline` forms exist. A system without a clock leaves this file and the `Timed`
//! traits out.
//!
//! Most systems have a counter of 32 bits that wraps, and the instants of a program must be ordered, so it is widened here.

use core::time::Duration;

use selvedge_core::atomics::{AtomicU32, Ordering, fence};
use selvedge_core::port::Clock;

use crate::port::Template;
use crate::sys;

/// A point in time: ticks since the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(u64);

impl Clock for Template {
    type Instant = Instant;

    // The present: never earlier than a present that was told before, on any core. Must not fail.
    fn now() -> Instant {
        Instant(TIME.read(sys::ticks))
    }

    // `from` plus `span` rounded up to a tick, or `None` if that is too far for an `Instant`, which then means "never".
    fn after(from: Instant, span: Duration) -> Option<Instant> {
        from.0.checked_add(to_ticks(span)?).map(Instant)
    }

    // From `from` until `to`, rounded down to what a `Duration` can tell; zero if `to` is not later.
    fn until(from: Instant, to: Instant) -> Duration {
        to_duration(to.0.saturating_sub(from.0))
    }
}

const NANOS: u128 = 1_000_000_000;
const RATE: u128 = sys::TICKS_PER_SECOND as u128;

fn to_ticks(span: Duration) -> Option<u64> {
    u64::try_from((span.as_nanos() * RATE).div_ceil(NANOS)).ok()
}

fn to_duration(ticks: u64) -> Duration {
    let rate = u64::from(sys::TICKS_PER_SECOND);
    let rest = u128::from(ticks % rate) * NANOS / RATE;
    // Less than a second, hence it fits.
    Duration::new(ticks / rate, rest as u32)
}

static TIME: Widened = Widened::new();

/// A counter of 32 bits, widened.
///
/// `halves` counts the finished half turns of the counter, so its lowest bit tells the highest bit that the counter should have. Whoever reads
/// another one is the first after a half turn and counts it. **The clock must be read once in each half turn at least**: a port with a slow reader
/// does it in the interrupt of the counter.
///
/// Orderings: a count is taken only if `halves` is the same before and after; the Acquire load keeps the count behind the first look,
/// the fence keeps it before the second. Nothing else is published by this word.
struct Widened {
    halves: AtomicU32,
}

impl Widened {
    const fn new() -> Self {
        Self {
            halves: AtomicU32::new(0),
        }
    }

    fn read(&self, count: impl Fn() -> u32) -> u64 {
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

#[cfg(test)]
mod tests;
