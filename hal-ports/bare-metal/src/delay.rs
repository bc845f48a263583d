//! `embedded-hal`'s delay on the program's clock.

use core::time::Duration;

use embedded_hal::delay::DelayNs;
use selvedge_core::port::{Clock, TimedPark};

use crate::port::BareMetal;

/// Waits by the program's [`TimeSource`](crate::TimeSource): at least so long, asleep where the source has an alarm. For drivers, and for everything else that takes a
/// [`DelayNs`].
#[derive(Debug, Clone, Copy, Default)]
pub struct Delay;

impl DelayNs for Delay {
    fn delay_ns(&mut self, nanos: u32) {
        let start = BareMetal::now();
        let Some(end) = BareMetal::after(start, Duration::from_nanos(u64::from(nanos))) else {
            // Beyond what the clock can tell.
            loop {
                BareMetal::park_until(start);
            }
        };
        while BareMetal::now() < end {
            BareMetal::park_until(end);
        }
    }
}
