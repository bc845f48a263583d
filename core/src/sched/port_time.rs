//! The clock of a port, and other clocks of that kind.

use core::fmt;
use core::marker::PhantomData;
use core::time::Duration;

use super::guarded::Once;
use super::{Sleep, Time};
use crate::atomics::AtomicU32;
use crate::port::{Clock, Port, TimedPort};

/// The ticks of the origin.
const ORIGIN: u64 = 1 << 63;

/// The time of the port `P`, or of another [`Clock`] `C` in the tasks of `P`.
///
/// Instants of a [`Clock`] are the port's own; they are told apart to the nanosecond, over 292 years before and after the first use. With the port's own clock, tasks can [sleep](Sleep) by it.
pub struct PortTime<P: Port, C: Clock = P> {
    origin: Once<P, C::Instant>,
    clock: PhantomData<fn() -> C>,
}

impl<P: Port, C: Clock> PortTime<P, C> {
    maybe_const! {
        /// That time.
        pub fn new() -> Self {
            Self {
                origin: Once::new(),
                clock: PhantomData,
            }
        }
    }
}

impl<P: Port, C: Clock> Default for PortTime<P, C> {
    fn default() -> Self {
        Self::new()
    }
}

impl<P: Port, C: Clock> fmt::Debug for PortTime<P, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PortTime")
    }
}

#[inline]
fn nanos(span: Duration) -> u64 {
    span.as_secs()
        .saturating_mul(1_000_000_000)
        .saturating_add(span.subsec_nanos().into())
}

impl<P: Port, C: Clock> Time for PortTime<P, C> {
    type Port = P;
    type Instant = C::Instant;

    #[inline]
    fn now(&self) -> C::Instant {
        C::now()
    }

    #[inline]
    fn after(&self, from: C::Instant, span: Duration) -> Option<C::Instant> {
        C::after(from, span)
    }

    #[inline]
    fn until(&self, from: C::Instant, to: C::Instant) -> Duration {
        C::until(from, to)
    }

    #[inline]
    fn ticks(&self, at: C::Instant) -> u64 {
        let origin = self.origin.get_or(C::now);
        if at >= origin {
            ORIGIN.saturating_add(nanos(C::until(origin, at)))
        } else {
            ORIGIN.saturating_sub(nanos(C::until(at, origin)))
        }
    }
}

impl<P: TimedPort> Sleep for PortTime<P> {
    fn sleep(&self, word: &AtomicU32, seen: u32, until: Option<P::Instant>) {
        match until {
            Some(deadline) => P::wait_until(word, seen, deadline),
            None => P::wait(word, seen),
        }
    }
}
