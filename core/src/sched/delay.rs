//! Running by the delay of a board.

use core::time::Duration;

use embedded_hal::delay::DelayNs;

use super::store::Store;
use super::{Runner, Scheduler, Time};

impl<T: Time, S: Store<Instant = <T as Time>::Instant>> Scheduler<T, S>
where
    S::Action: FnOnce(),
{
    /// As [`run_with`](Self::run_with), by a delay of `embedded-hal`: for a board whose clock can be read, but cannot wake anybody.
    ///
    /// Spans of more than 4 seconds are waited for in pieces, and the queue is looked at in between.
    ///
    /// # Panics
    ///
    /// As [`run_with`](Self::run_with).
    pub fn run_delay<D: DelayNs + ?Sized>(&self, delay: &mut D) {
        self.calling(|action| action()).run_delay(delay);
    }
}

impl<T: Time, S: Store<Instant = <T as Time>::Instant>, F: FnMut(S::Action)> Runner<'_, T, S, F> {
    /// See [`Scheduler::run_delay`].
    pub fn run_delay<D: DelayNs + ?Sized>(&mut self, delay: &mut D) {
        self.run_with(|span: Duration| {
            delay.delay_ns(u32::try_from(span.as_nanos()).unwrap_or(u32::MAX));
        });
    }
}
