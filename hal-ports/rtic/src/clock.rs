//! What time it is: the count of one monotonic of the application's, bound when the program is linked. Counts of 32 bits are widened, so that the instants of a program are ordered.

use core::time::Duration;

use selvedge_core::port::{Clock, Widened};
use selvedge_port_bare_metal::BareMetal;

use crate::port::Rtic;

/// A point in time: ticks of the program's monotonic.
pub type Instant = selvedge_port_bare_metal::Instant;

/// The instants of a monotonic: those of fugit, of 32 or 64 bits.
pub trait Ticks {
    /// How many ticks a second has.
    const PER_SECOND: u32;

    /// What `now` tells, without ever wrapping. Called again where a half turn of the counter ends meanwhile.
    fn widened(now: impl Fn() -> Self) -> u64;
}

impl<const RATE: u64> Ticks for fugit::MonotonicTimerInstantU32<RATE> {
    const PER_SECOND: u32 = rate(RATE);

    fn widened(now: impl Fn() -> Self) -> u64 {
        // A program has one monotonic that this is called for.
        static TIME: Widened = Widened::new();
        TIME.read(|| now().as_ticks())
    }
}

impl<const RATE: u64> Ticks for fugit::MonotonicTimerInstantU64<RATE> {
    const PER_SECOND: u32 = rate(RATE);

    fn widened(now: impl Fn() -> Self) -> u64 {
        now().as_ticks()
    }
}

const fn rate(rate: u64) -> u32 {
    assert!(rate > 0 && rate < 1 << 32, "a rate of 32 bits");
    rate as u32
}

/// Names the monotonic that the program's time limits go by, once: `monotonic!(Mono)`, or `monotonic!(Mono, periodic)` if its timer interrupts all the time, as SysTick does: then idle sleeps while it waits with a
/// time limit, and otherwise spins.
///
/// A monotonic with a counter of 32 bits **must be looked at once in each half turn of it**: any call with a time limit does that.
///
/// ```ignore
/// use rtic_monotonics::systick::prelude::*;
///
/// systick_monotonic!(Mono, 1_000);
/// selvedge_port_rtic::monotonic!(Mono, periodic);
/// ```
#[macro_export]
macro_rules! monotonic {
    ($monotonic:ty) => {
        $crate::monotonic!(@ $monotonic, false);
    };
    ($monotonic:ty, periodic) => {
        $crate::monotonic!(@ $monotonic, true);
    };
    (@ $monotonic:ty, $alarm:literal) => {
        const _: () = {
            type Now = <$monotonic as $crate::export::Timebase>::Instant;

            struct Source;

            impl $crate::export::TimeSource for Source {
                const TICKS_PER_SECOND: u32 = <Now as $crate::Ticks>::PER_SECOND;

                fn now() -> u64 {
                    <Now as $crate::Ticks>::widened(<$monotonic as $crate::export::Timebase>::now)
                }

                fn alarm(_ticks: u64) -> bool {
                    $alarm
                }
            }

            $crate::export::time_source!(Source);
        };

        impl $crate::Limits for $monotonic {}
    };
}

impl Clock for Rtic {
    type Instant = Instant;

    fn now() -> Instant {
        BareMetal::now()
    }

    fn after(from: Instant, span: Duration) -> Option<Instant> {
        BareMetal::after(from, span)
    }

    fn until(from: Instant, to: Instant) -> Duration {
        BareMetal::until(from, to)
    }
}
