//! [`Oneshot`].
//!
//! # Safety
//!
//! The slot belongs to the one whose exchange won it (`raw/future.rs`): who set, until it is complete; then who takes. It holds a value exactly while the state is finished.
#![allow(unsafe_code, reason = "the slot is guarded by the state")]

use core::fmt;
use core::mem::MaybeUninit;
use core::time::Duration;

use super::error::{SetError, TakeError, TakeTimeoutError, TryTakeError};
use crate::atomics::UnsafeCell;
use crate::error::{TimedOut, WouldBlock};
use crate::port::{Port, TimedPort};
use crate::raw::{Cancel, FutureState, InvalidState, Phase, RawFuture};

/// A place for one value, which is set once and taken once: a future without an executor (rows F-35 to F-43).
///
/// One task or interrupt handler sets it, another waits and takes it. Several may try either: one of them wins.
///
/// * **Blocking.** [`take`](Self::take) returns at once if the value is there; otherwise it waits awake for a moment, and sleeps until [`set`](Self::set) or [`cancel`](Self::cancel). A `set` while nobody waits makes no call into the port.
/// * **Fairness.** None: of several that take, one gets the value and the others [`TakeError::Taken`].
/// * **From interrupts.** `set`, `cancel`, `start`, `renew`, `try_take` and the questions never block, and nobody spins; they may be called from interrupt handlers where the port's guard masks interrupts.
/// * **Cancellation.** Dropping the future of [`take_async`](Self::take_async) gives up and loses nothing: the value stays for the next one. `cancel` is for both sides: a producer that has nothing to say, or a consumer that has gone.
/// * **Panics** of a waker go to the one who sets; the value is set, and the others are woken.
/// * **Size.** The value, and 4 bytes. No allocation, `const` constructor.
///
/// It can be used again: [`renew`](Self::renew).
///
/// ```
/// use selvedge_core::future::Oneshot;
/// use selvedge_core::port::Spin;
///
/// static SAMPLE: Oneshot<Spin, u16> = Oneshot::new();
///
/// // In the interrupt handler:
/// SAMPLE.set(512).unwrap();
/// // In the task that waits for it:
/// assert_eq!(SAMPLE.take(), Ok(512));
///
/// assert!(SAMPLE.renew());
/// assert!(SAMPLE.try_take().is_err());
/// ```
pub struct Oneshot<P: Port, T> {
    raw: RawFuture<P>,
    slot: UnsafeCell<MaybeUninit<T>>,
}

// SAFETY: the value moves through it from one thread to another, and is never lent.
unsafe impl<P: Port, T: Send> Sync for Oneshot<P, T> {}
// SAFETY: as above.
unsafe impl<P: Port, T: Send> Send for Oneshot<P, T> {}

impl<P: Port, T> Oneshot<P, T> {
    maybe_const! {
        /// One without a value.
        pub fn new() -> Self {
            Self { raw: RawFuture::new(), slot: UnsafeCell::new(MaybeUninit::uninit()) }
        }
    }

    /// Where it is in its life (row F-37).
    #[inline]
    pub fn state(&self) -> FutureState {
        self.raw.state()
    }

    /// Whether nothing will come any more: it was set or cancelled.
    #[inline]
    pub fn is_done(&self) -> bool {
        self.raw.is(Phase::Done)
    }

    /// Sets the value, and wakes everybody who waits (row F-43).
    ///
    /// # Errors
    ///
    /// The value, if it was set or cancelled before.
    #[inline]
    pub fn set(&self, value: T) -> Result<(), SetError<T>> {
        if let Err(InvalidState { state }) = self.raw.begin_setting() {
            return Err(match state {
                FutureState::Cancelled => SetError::Cancelled(value),
                _ => SetError::AlreadySet(value),
            });
        }
        // SAFETY: won, and it holds no value.
        self.slot.with_mut(|slot| unsafe {
            (*slot).write(value);
        });
        if self.raw.complete(false).must_wake {
            self.raw.wake();
        }
        Ok(())
    }

    /// Says that somebody works on the value, so that [`cancel`](Self::cancel) does not succeed any more; false, once, if it was cancelled: then nobody needs it (row F-42).
    ///
    /// # Errors
    ///
    /// [`InvalidState`] if somebody has begun or been told before, or if it is done.
    pub fn start(&self) -> Result<bool, InvalidState> {
        self.raw.start()
    }

    /// Cancels it, if nobody has set it or said that he works on it, and says whether it is cancelled (row F-36). Everybody who waits is told.
    pub fn cancel(&self) -> bool {
        match self.raw.cancel() {
            Cancel::Now(completed) => {
                if completed.must_wake {
                    self.raw.wake();
                }
                true
            }
            Cancel::Before => true,
            Cancel::TooLate => false,
        }
    }

    /// Makes it empty again after the value was taken, or after it was cancelled. False if it is in use: then nothing has changed.
    ///
    /// Who is still on the way out of a wait may wait for the next value then.
    pub fn renew(&self) -> bool {
        self.raw.renew()
    }

    /// Takes the value, waiting for it while there is none.
    ///
    /// # Errors
    ///
    /// [`TakeError`] if it was cancelled, or another has taken it.
    #[inline]
    pub fn take(&self) -> Result<T, TakeError> {
        loop {
            self.wait();
            if let Some(result) = self.take_now() {
                return result;
            }
        }
    }

    /// Takes the value if it is there. Never blocks.
    ///
    /// # Errors
    ///
    /// [`TryTakeError`] if there is none yet, or will not be.
    #[inline]
    pub fn try_take(&self) -> Result<T, TryTakeError> {
        match self.take_now() {
            Some(Ok(value)) => Ok(value),
            Some(Err(error)) => Err(error.into()),
            None => Err(TryTakeError::Empty),
        }
    }

    /// As [`take`](Self::take), for `timeout` at most. Zero tries once; a time beyond what the clock can tell is for ever.
    ///
    /// # Errors
    ///
    /// [`TakeTimeoutError`] if there was none in that time, or will not be.
    #[inline]
    pub fn take_timeout(&self, timeout: Duration) -> Result<T, TakeTimeoutError>
    where
        P: TimedPort,
    {
        match self.take_now() {
            Some(result) => Ok(result?),
            None => match P::after(P::now(), timeout) {
                Some(deadline) => self.take_deadline(deadline),
                None => Ok(self.take()?),
            },
        }
    }

    /// As [`take`](Self::take), until `deadline` at most. A deadline that has passed tries once.
    ///
    /// # Errors
    ///
    /// [`TakeTimeoutError`] if there was none until then, or will not be.
    pub fn take_deadline(&self, deadline: P::Instant) -> Result<T, TakeTimeoutError>
    where
        P: TimedPort,
    {
        loop {
            self.raw.wait_deadline(Phase::Done, deadline)?;
            if let Some(result) = self.take_now() {
                return Ok(result?);
            }
        }
    }

    /// As [`take`](Self::take), without blocking the task that polls. Dropping the future gives up and loses nothing.
    ///
    /// # Errors
    ///
    /// [`TakeError`] if it was cancelled, or another has taken it.
    pub async fn take_async(&self) -> Result<T, TakeError> {
        loop {
            self.wait_async().await;
            if let Some(result) = self.take_now() {
                return result;
            }
        }
    }

    /// `None` if it is not done.
    #[inline]
    fn take_now(&self) -> Option<Result<T, TakeError>> {
        if self.raw.begin_taking() {
            // SAFETY: won, and it holds the value, which is ours from here on.
            let value = self
                .slot
                .with_mut(|slot| unsafe { (*slot).assume_init_read() });
            self.raw.end_taking();
            return Some(Ok(value));
        }
        match self.raw.state() {
            FutureState::Cancelled => Some(Err(TakeError::Cancelled)),
            FutureState::Taken => Some(Err(TakeError::Taken)),
            // Somebody has made it new in between, or it never was done.
            _ => None,
        }
    }

    /// Waits until it is set or cancelled, and takes nothing.
    #[inline]
    pub fn wait(&self) {
        self.raw.wait(Phase::Done);
    }

    /// Whether it is set or cancelled, as an outcome. Never blocks.
    ///
    /// # Errors
    ///
    /// [`WouldBlock`] if it is not.
    #[inline]
    pub fn try_wait(&self) -> Result<(), WouldBlock> {
        if self.is_done() {
            Ok(())
        } else {
            Err(WouldBlock)
        }
    }

    /// As [`wait`](Self::wait), for `timeout` at most.
    ///
    /// # Errors
    ///
    /// [`TimedOut`] if it was not done in that time.
    #[inline]
    pub fn wait_timeout(&self, timeout: Duration) -> Result<(), TimedOut>
    where
        P: TimedPort,
    {
        self.raw.wait_timeout(Phase::Done, timeout)
    }

    /// As [`wait`](Self::wait), until `deadline` at most.
    ///
    /// # Errors
    ///
    /// [`TimedOut`] if it was not done until then.
    #[inline]
    pub fn wait_deadline(&self, deadline: P::Instant) -> Result<(), TimedOut>
    where
        P: TimedPort,
    {
        self.raw.wait_deadline(Phase::Done, deadline)
    }

    /// As [`wait`](Self::wait), without blocking the task that polls. Dropping the future gives up and loses nothing.
    pub async fn wait_async(&self) {
        self.raw.wait_async(Phase::Done).await;
    }

    /// The value, if it was set and not taken.
    pub fn into_inner(self) -> Option<T> {
        self.take_now()?.ok()
    }
}

impl<P: Port, T> Drop for Oneshot<P, T> {
    fn drop(&mut self) {
        if self.raw.state() == FutureState::Finished {
            // SAFETY: it holds the value, and nobody else is here.
            self.slot
                .with_mut(|slot| unsafe { (*slot).assume_init_drop() });
        }
    }
}

impl<P: Port, T> Default for Oneshot<P, T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<P: Port, T> fmt::Debug for Oneshot<P, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Oneshot")
            .field("state", &self.state())
            .finish_non_exhaustive()
    }
}
