//! One producer, one consumer: no row of the chapter, but what an interrupt handler and a task want.

mod consumer;
mod producer;

use core::fmt;

pub use consumer::Consumer;
pub use producer::Producer;

use crate::port::Port;
use crate::raw::{RawEventCount, RawSpsc};

/// A queue of `N` items between *one* producer and *one* consumer, of whom each may be a task, a future, or an interrupt handler.
///
/// # When to choose it
///
/// For a stream from one place to another: samples from an interrupt handler to a task, bytes from a task to a transmit interrupt. Where several put or several take, use
/// [`FifoQueue`](super::FifoQueue).
///
/// # Behaviour
///
/// The two ends are values, [`Producer`] and [`Consumer`], and each is used through `&mut`: that there is one of each is checked by the compiler. [`split`](Self::split) makes them from an exclusive reference, and
/// [`try_split`](Self::try_split) from a shared one, for a queue in a `static`. When one end is dropped, the other is told: the consumer can take what is left and then gets [`ShutDown`](super::ShutDown), the
/// producer gets its items back. After both are gone the queue is empty and can be split again.
///
/// The `try_` forms are *wait-free*: they end after a bounded number of their own instructions, whatever the other end does, also if that has been interrupted in the middle. (If the other end waits, waking it is on
/// top: one entry of the port's [`Guard`](crate::port::Guard).)
///
/// # From interrupts
///
/// [`Producer::try_put`] and [`Consumer::try_get`], if the port's guard masks interrupts; also where it does not, if the other end never waits but polls with `try_` forms.
///
/// # Cancel and timeout
///
/// Dropping the future of a get takes nothing. Dropping the future of a put puts nothing, and drops the item that it was given.
///
/// # Panics
///
/// `N` = 0 does not compile.
///
/// # Examples
///
/// ```
/// use selvedge_core::port::Spin;
/// use selvedge_core::queue::{Spsc, TryGetError, TryPutError};
///
/// static SAMPLES: Spsc<Spin, u16, 2> = Spsc::new();
///
/// let (mut producer, mut consumer) = SAMPLES.try_split().expect("for the first time");
/// assert!(SAMPLES.try_split().is_none());
///
/// // In the interrupt handler that was given the producer:
/// producer.try_put(512).unwrap();
/// producer.try_put(514).unwrap();
/// assert_eq!(producer.try_put(516), Err(TryPutError::Full(516)));
///
/// // In a task; `get_async().await` would do as well.
/// assert_eq!(consumer.get(), Ok(512));
/// drop(producer);
/// assert_eq!(consumer.get(), Ok(514));
/// assert_eq!(consumer.try_get(), Err(TryGetError::ShutDown));
/// ```
pub struct Spsc<P: Port, T, const N: usize> {
    getter: RawEventCount<P>,
    putter: RawEventCount<P>,
    ring: RawSpsc<T, N>,
}

/// Both ends of an [`Spsc`].
pub type Ends<'a, P, T, const N: usize> = (Producer<'a, P, T, N>, Consumer<'a, P, T, N>);

impl<P: Port, T, const N: usize> Spsc<P, T, N> {
    maybe_const! {
        /// An empty queue.
        pub fn new() -> Self {
            Self { getter: RawEventCount::new(), putter: RawEventCount::new(), ring: RawSpsc::new() }
        }
    }

    /// The two ends. If earlier ones were forgotten (`mem::forget`), what they left in the queue is still there.
    pub fn split(&mut self) -> Ends<'_, P, T, N> {
        let (put, get) = self.ring.split_mut();
        (
            Producer::new(put, Sides::new(&self.putter, &self.getter)),
            Consumer::new(get, Sides::new(&self.getter, &self.putter)),
        )
    }

    /// The two ends, unless they are out: for a queue in a `static`. Never blocks.
    ///
    /// Once both have been dropped it can be split again; if one was forgotten (`mem::forget`), never.
    pub fn try_split(&self) -> Option<Ends<'_, P, T, N>> {
        let (put, get) = self.ring.split()?;
        Some((
            Producer::new(put, Sides::new(&self.putter, &self.getter)),
            Consumer::new(get, Sides::new(&self.getter, &self.putter)),
        ))
    }

    /// How many items are in it: a snapshot.
    pub fn len(&self) -> usize {
        self.ring.len()
    }

    /// Whether nothing is in it: a snapshot.
    pub fn is_empty(&self) -> bool {
        self.ring.is_empty()
    }

    /// How many items it can hold: `N`.
    pub const fn capacity(&self) -> usize {
        N
    }
}

impl<P: Port, T, const N: usize> Default for Spsc<P, T, N> {
    fn default() -> Self {
        Self::new()
    }
}

impl<P: Port, T, const N: usize> fmt::Debug for Spsc<P, T, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Spsc")
            .field("len", &self.len())
            .field("capacity", &N)
            .finish_non_exhaustive()
    }
}

/// Where an end waits, and where the other one does. Dropped after the end's half of the ring, and then tells the other end to look.
struct Sides<'a, P: Port> {
    mine: &'a RawEventCount<P>,
    others: &'a RawEventCount<P>,
}

impl<'a, P: Port> Sides<'a, P> {
    fn new(mine: &'a RawEventCount<P>, others: &'a RawEventCount<P>) -> Self {
        Self { mine, others }
    }

    /// Has the other end look, if it waits. Everybody who is listed: that is one, and futures of earlier ends that were forgotten while they waited, which must not have its wake-up.
    #[inline(always)]
    fn wake_other(&self) {
        self.others.notify(u32::MAX);
    }
}

impl<P: Port> Drop for Sides<'_, P> {
    fn drop(&mut self) {
        self.wake_other();
    }
}
