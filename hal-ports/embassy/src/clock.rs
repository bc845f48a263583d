//! What time it is: embassy-time's count since the start, of 64 bits, which the application's time driver keeps.

use core::time::Duration;

use embassy_time::{Instant, TICK_HZ};
use selvedge_core::port::Clock;

use crate::port::Embassy;

const NANOS: u128 = 1_000_000_000;

impl Clock for Embassy {
    type Instant = Instant;

    fn now() -> Instant {
        Instant::now()
    }

    fn after(from: Instant, span: Duration) -> Option<Instant> {
        let ticks = (span.as_nanos() * u128::from(TICK_HZ)).div_ceil(NANOS);
        let end = from.as_ticks().checked_add(ticks.try_into().ok()?)?;
        Some(Instant::from_ticks(end))
    }

    fn until(from: Instant, to: Instant) -> Duration {
        let ticks = to.as_ticks().saturating_sub(from.as_ticks());
        let rest = u128::from(ticks % TICK_HZ) * NANOS / u128::from(TICK_HZ);
        // Less than a second, hence it fits.
        Duration::new(ticks / TICK_HZ, rest as u32)
    }
}
