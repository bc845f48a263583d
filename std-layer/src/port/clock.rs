//! Time: `std::time::Instant`, which is monotonic on every system that std supports.

use std::time::{Duration, Instant};

use selvedge_core::port::Clock;

macro_rules! std_clock {
    ($($port:ty),*) => {$(
        impl Clock for $port {
            type Instant = Instant;

            #[inline]
            fn now() -> Instant {
                Instant::now()
            }

            #[inline]
            fn after(from: Instant, span: Duration) -> Option<Instant> {
                from.checked_add(span)
            }

            #[inline]
            fn until(from: Instant, to: Instant) -> Duration {
                to.saturating_duration_since(from)
            }
        }
    )*};
}

#[cfg(target_os = "linux")]
std_clock!(super::Futex);
std_clock!(super::Parking);
