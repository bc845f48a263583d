//! `embedded-hal`'s delay on the kernel's clock.

use core::time::Duration;

use embedded_hal::delay::DelayNs;

/// Sleeps by the kernel's ticks: for drivers, and for everything else that takes a [`DelayNs`]. Rounds up to a tick, so it is no delay for a few microseconds.
#[derive(Debug, Clone, Copy, Default)]
pub struct Delay;

impl DelayNs for Delay {
    fn delay_ns(&mut self, nanos: u32) {
        crate::sleep(Duration::from_nanos(u64::from(nanos)));
    }
}
