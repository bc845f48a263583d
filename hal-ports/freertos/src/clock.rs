//! What time it is: the kernel's ticks, since it started. They never wrap: the kernel counts the turns of its counter, of whatever width, and this reads both.

use core::time::Duration;

use selvedge_core::port::Clock;

use crate::port::FreeRtos;
use crate::sys;

/// A point in time: ticks since the kernel's counter had its initial value.
///
/// Time stands still while the scheduler is suspended, and catches up afterwards, as the kernel's own does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(u64);

impl Instant {
    /// The number of ticks.
    pub const fn ticks(self) -> u64 {
        self.0
    }
}

/// How many ticks to sleep at most until `deadline`, 0 if it has come. What is too long for one sleep of the kernel is cut: whoever waits looks again.
pub(crate) fn ticks_until(deadline: Instant) -> u32 {
    let ticks = deadline.0.saturating_sub(sys::ticks());
    u32::try_from(ticks).map_or(sys::FOR_EVER - 1, |ticks| ticks.min(sys::FOR_EVER - 1))
}

const NANOS: u64 = 1_000_000_000;

impl Clock for FreeRtos {
    type Instant = Instant;

    fn now() -> Instant {
        Instant(sys::ticks())
    }

    fn after(from: Instant, span: Duration) -> Option<Instant> {
        let rate = u64::from(sys::rate());
        let seconds = span.as_secs().checked_mul(rate)?;
        // Below 2^30 times below 2^32.
        let rest = (u64::from(span.subsec_nanos()) * rate).div_ceil(NANOS);
        from.0.checked_add(seconds)?.checked_add(rest).map(Instant)
    }

    fn until(from: Instant, to: Instant) -> Duration {
        let rate = u64::from(sys::rate());
        let ticks = to.0.saturating_sub(from.0);
        // The rest is below 2^32 ticks, and less than a second.
        let nanos = ticks % rate * NANOS / rate;
        Duration::new(ticks / rate, nanos as u32)
    }
}
