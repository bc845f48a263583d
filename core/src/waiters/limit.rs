//! How long a wait may last: for ever, or until an instant. One loop serves both, and the untimed one pays nothing.

use core::convert::Infallible;
use core::time::Duration;

use crate::atomics::AtomicU32;
use crate::error::TimedOut;
use crate::port::{Port, TimedPort};

/// The limit of one blocking call.
///
/// Callers loop `try; limit.wait()?`, so that there is always one more try after the last sleep: a wait that ends in time is never
/// reported as late.
pub(crate) trait Limit<P: Port> {
    /// What a wait beyond the limit says; nothing at all for [`Forever`].
    type Expired;

    /// Whether there is a limit at all.
    fn is_timed(&self) -> bool;

    /// Says that time is up, if it is.
    fn check(&self) -> Result<(), Self::Expired>;

    /// Sleeps once on a shared word, or says that time is up.
    fn wait(&self, word: &AtomicU32, expected: u32) -> Result<(), Self::Expired>;

    /// Sleeps once on a word of one's own, or says that time is up.
    fn block(&self, flag: &AtomicU32, expected: u32) -> Result<(), Self::Expired>;
}

/// No limit.
pub(crate) struct Forever;

impl<P: Port> Limit<P> for Forever {
    type Expired = Infallible;

    fn is_timed(&self) -> bool {
        false
    }

    fn check(&self) -> Result<(), Infallible> {
        Ok(())
    }

    fn wait(&self, word: &AtomicU32, expected: u32) -> Result<(), Infallible> {
        P::wait(word, expected);
        Ok(())
    }

    fn block(&self, flag: &AtomicU32, expected: u32) -> Result<(), Infallible> {
        P::block(flag, expected);
        Ok(())
    }
}

/// No time at all.
pub(crate) struct AtOnce;

impl<P: Port> Limit<P> for AtOnce {
    type Expired = TimedOut;

    fn check(&self) -> Result<(), TimedOut> {
        Err(TimedOut)
    }

    fn wait(&self, _word: &AtomicU32, _expected: u32) -> Result<(), TimedOut> {
        Err(TimedOut)
    }

    fn block(&self, _flag: &AtomicU32, _expected: u32) -> Result<(), TimedOut> {
        Err(TimedOut)
    }

    fn is_timed(&self) -> bool {
        true
    }
}

/// Until an instant; `None` where that lies beyond what the clock can tell.
pub(crate) struct Until<P: TimedPort>(Option<P::Instant>);

impl<P: TimedPort> Until<P> {
    /// Until `deadline`.
    pub(crate) fn deadline(deadline: P::Instant) -> Self {
        Self(Some(deadline))
    }

    /// Until `timeout` from now. Zero has passed already; a span that the clock cannot tell is for ever.
    pub(crate) fn timeout(timeout: Duration) -> Self {
        Self(P::after(P::now(), timeout))
    }
}

impl<P: TimedPort> Limit<P> for Until<P> {
    type Expired = TimedOut;

    fn is_timed(&self) -> bool {
        self.0.is_some()
    }

    fn check(&self) -> Result<(), TimedOut> {
        match self.0 {
            Some(deadline) if P::now() >= deadline => Err(TimedOut),
            _ => Ok(()),
        }
    }

    fn wait(&self, word: &AtomicU32, expected: u32) -> Result<(), TimedOut> {
        match self.0 {
            None => P::wait(word, expected),
            Some(deadline) if P::now() >= deadline => return Err(TimedOut),
            Some(deadline) => P::wait_until(word, expected, deadline),
        }
        Ok(())
    }

    fn block(&self, flag: &AtomicU32, expected: u32) -> Result<(), TimedOut> {
        match self.0 {
            None => P::block(flag, expected),
            Some(deadline) if P::now() >= deadline => return Err(TimedOut),
            Some(deadline) => P::block_until(flag, expected, deadline),
        }
        Ok(())
    }
}
