//! What time it is: what makes the `_timeout` and `_deadline` forms exist. A system without a clock leaves this file and the `Timed`
//! traits out.
//!
//! Most systems have a counter of 32 bits that wraps, and the instants of a program must be ordered, so it is widened. **The clock must be read once in each
//! half turn of the counter at least**: a port with a slow reader does it in the interrupt of the counter.

use core::time::Duration;

use selvedge_core::port::{Clock, Widened};

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

#[cfg(test)]
mod tests;
