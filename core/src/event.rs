//! [`Event`]: a flag that tasks wait for.

use core::fmt;
use core::future::Future;
use core::time::Duration;

use crate::error::{TimedOut, WouldBlock};
use crate::port::{Port, TimedPort};
use crate::raw::RawEvent;
use crate::waiters::{Forever, Until};

/// A flag that tasks wait for: Python's `threading.Event` (rows T-88 to T-94).
///
/// * **Blocking.** [`wait`](Self::wait) returns at once while the flag is up; otherwise it spins for a moment and sleeps until [`set`](Self::set).
///   A `set` wakes everybody who waits, even if [`clear`](Self::clear) follows at once (row T-93).
/// * **Ordering.** What a task did before `set` is visible to those whose wait it ended, and to those that see [`is_set`](Self::is_set).
/// * **From interrupts.** `set`, `clear`, `is_set` and `try_wait` never block; they may be called from interrupt handlers where the port's guard masks
///   interrupts.
/// * **Cancellation.** Dropping the future of [`wait_async`](Self::wait_async) loses nothing.
/// * **Size.** 4 bytes, no allocation, `const` constructor.
///
/// It is not a counter: setting twice is setting once. To count, take a [`Semaphore`](crate::Semaphore).
///
/// ```
/// use selvedge_core::{Event, port::Spin};
///
/// static READY: Event<Spin> = Event::new();
///
/// assert!(READY.try_wait().is_err());
/// READY.set();
/// READY.wait();
/// assert!(READY.is_set());
/// ```
#[repr(transparent)]
pub struct Event<P: Port> {
    raw: RawEvent<P>,
}

impl<P: Port> Event<P> {
    maybe_const! {
        /// An event whose flag is down.
        pub fn new() -> Self {
            Self { raw: RawEvent::new() }
        }
    }

    pub(crate) fn raw(&self) -> &RawEvent<P> {
        &self.raw
    }

    /// Whether the flag is up.
    #[inline]
    pub fn is_set(&self) -> bool {
        self.raw.is_set()
    }

    /// Puts the flag up and wakes everybody who waits. Setting it again changes nothing. Never blocks.
    #[inline]
    pub fn set(&self) {
        self.raw.set();
    }

    /// Takes the flag down. Never blocks.
    #[inline]
    pub fn clear(&self) {
        self.raw.clear();
    }

    /// Waits until the flag is up, or was up for a moment since the call.
    #[inline]
    pub fn wait(&self) {
        let Ok(()) = self.raw.wait(&Forever);
    }

    /// Returns whether the flag is up, as an outcome. Never blocks.
    ///
    /// # Errors
    ///
    /// [`WouldBlock`] if the flag is down.
    #[inline]
    pub fn try_wait(&self) -> Result<(), WouldBlock> {
        if self.is_set() {
            Ok(())
        } else {
            Err(WouldBlock)
        }
    }

    /// Waits for the flag, for `timeout` at most. Zero looks once; a time beyond what the clock can tell is for ever.
    ///
    /// # Errors
    ///
    /// [`TimedOut`] if the flag was not up in that time.
    #[inline]
    pub fn wait_timeout(&self, timeout: Duration) -> Result<(), TimedOut>
    where
        P: TimedPort,
    {
        if self.is_set() {
            Ok(())
        } else {
            self.raw.wait(&Until::timeout(timeout))
        }
    }

    /// Waits for the flag until `deadline`. A deadline that has passed looks once.
    ///
    /// # Errors
    ///
    /// [`TimedOut`] if the flag was not up until then.
    #[inline]
    pub fn wait_deadline(&self, deadline: P::Instant) -> Result<(), TimedOut>
    where
        P: TimedPort,
    {
        self.raw.wait(&Until::deadline(deadline))
    }

    /// Waits for the flag without blocking the task that polls; counted from the first poll. Dropping the future gives up and loses nothing.
    pub fn wait_async(&self) -> impl Future<Output = ()> {
        self.raw.wait_async()
    }
}

impl<P: Port> Default for Event<P> {
    fn default() -> Self {
        Self::new()
    }
}

impl<P: Port> fmt::Debug for Event<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Event")
            .field("set", &self.is_set())
            .finish()
    }
}
