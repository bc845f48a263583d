//! Time limits of futures, by the monotonic's timer queue.

use core::pin::pin;
use core::time::Duration;

use rtic_time::Timebase;
use selvedge_core::error::TimedOut;
use selvedge_core::port::Clock;

use crate::clock::Instant;
use crate::port::Rtic;

/// The spans of a monotonic: those of fugit, of 32 or 64 bits.
pub trait Span {
    /// So many ticks, or the most that the monotonic can wait for at once.
    fn of(ticks: u64) -> Self;
}

impl<const RATE: u64> Span for fugit::TimerDurationU32<RATE> {
    fn of(ticks: u64) -> Self {
        // Timers compare within half a turn.
        const LONGEST: u32 = u32::MAX / 4;
        Self::from_ticks(u32::try_from(ticks).map_or(LONGEST, |ticks| ticks.min(LONGEST)))
    }
}

impl<const RATE: u64> Span for fugit::TimerDurationU64<RATE> {
    fn of(ticks: u64) -> Self {
        Self::from_ticks(ticks.min(u64::MAX / 4))
    }
}

/// The asynchronous `_timeout` and `_deadline` forms of everything, by the program's monotonic: `Mono::timeout(span, permits.acquire_async()).await`.
///
/// The future is looked at before the clock is, so one that is ready wins, also with a limit of zero. A limit beyond the monotonic's counter is waited for in parts, and one beyond 64 bits is none; nothing overflows.
/// When the time is over the future is dropped; dropping one of this crate's loses nothing.
///
/// Implemented by [`monotonic!`](crate::monotonic).
#[allow(
    async_fn_in_trait,
    reason = "software tasks need no `Send`: they stay in their priority"
)]
pub trait Limits: Timebase<Duration: Span> {
    /// Awaits `future` for so long at most.
    ///
    /// # Errors
    ///
    /// [`TimedOut`] if the time came first.
    async fn timeout<F: Future>(span: Duration, future: F) -> Result<F::Output, TimedOut> {
        match Rtic::after(Rtic::now(), span) {
            Some(end) => Self::deadline(end, future).await,
            None => Ok(future.await),
        }
    }

    /// Awaits `future` until `end` at most.
    ///
    /// # Errors
    ///
    /// [`TimedOut`] if the time came first.
    async fn deadline<F: Future>(end: Instant, future: F) -> Result<F::Output, TimedOut> {
        let mut future = pin!(future);
        loop {
            let left = end.ticks().saturating_sub(Rtic::now().ticks());
            match Self::timeout_after(Span::of(left), future.as_mut()).await {
                Ok(output) => return Ok(output),
                Err(_) if Rtic::now() >= end => return Err(TimedOut),
                Err(_) => {}
            }
        }
    }
}
