//! Time limits of futures, by embassy-time's timers.

use core::time::Duration;

use embassy_time::{Instant, with_deadline};
use selvedge_core::error::TimedOut;
use selvedge_core::port::Clock;

use crate::port::Embassy;

/// Awaits `future` for so long at most: the asynchronous `_timeout` form of everything.
///
/// The future is looked at before the clock is, so one that is ready wins, also with a limit of zero. A span beyond the clock is no limit, and never overflows. When the time is over the future is dropped;
/// dropping one of this crate's loses nothing. The limit takes a place in the queue of the time driver.
///
/// # Errors
///
/// [`TimedOut`] if the time came first.
///
/// # Examples
///
/// ```
/// use core::time::Duration;
/// use selvedge_port_embassy::{Semaphore, timeout};
///
/// static PERMITS: Semaphore = Semaphore::new(1);
///
/// async fn task() {
///     match timeout(Duration::from_millis(5), PERMITS.acquire_async()).await {
///         Ok(permit) => drop(permit),
///         Err(_) => { /* somebody else has it */ }
///     }
/// }
/// ```
pub async fn timeout<F: Future>(span: Duration, future: F) -> Result<F::Output, TimedOut> {
    match Embassy::after(Embassy::now(), span) {
        Some(end) => deadline(end, future).await,
        None => Ok(future.await),
    }
}

/// Awaits `future` until `end` at most: the asynchronous `_deadline` form of everything. As [`timeout()`].
///
/// # Errors
///
/// [`TimedOut`] if the time came first.
pub async fn deadline<F: Future>(end: Instant, future: F) -> Result<F::Output, TimedOut> {
    with_deadline(end, future).await.map_err(|_| TimedOut)
}
