//! [`SimpleQueue`]: rows Q-05, Q-19, Q-20.

use core::fmt;
use core::future::Future;
use core::time::Duration;

use super::{Call, Store, TryGetError, TryPutError};
use crate::error::TimedOut;
use crate::port::{Port, TimedPort};
#[cfg(feature = "alloc")]
use crate::raw::Segments;
use crate::raw::{Attempt, Inline, RawEventCount, Ring};
use crate::waiters::{Forever, Limit, Until};

/// There is no room; here is the item.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Full<T>(pub T);

impl<T> Full<T> {
    /// The item.
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T> fmt::Display for Full<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the queue is full")
    }
}

impl<T> fmt::Debug for Full<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Full(..)")
    }
}

#[cfg(feature = "defmt")]
impl<T> defmt::Format for Full<T> {
    fn format(&self, f: defmt::Formatter<'_>) {
        defmt::write!(f, "Full(..)");
    }
}

impl<T> core::error::Error for Full<T> {}

/// There is nothing to take now. (Python: `queue.Empty`, row Q-06.)
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Empty;

impl fmt::Display for Empty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the queue is empty")
    }
}

impl core::error::Error for Empty {}

/// A queue whose put never waits, for many producers and many consumers: Python's `queue.SimpleQueue`.
///
/// # When to choose it
///
/// Where nobody may be held up by a put: from destructors, from hooks, from interrupt handlers. It knows no tasks, no join and no shutdown, and is one word smaller for each. Where producers should wait for consumers, use
/// [`Queue`](super::Queue).
///
/// # Behaviour
///
/// [`try_put`](Self::try_put) gives the item back if there is no room. A queue that grows has a `put` that always succeeds.
///
/// Items leave in the order of the [`Store`] that the queue is made of. What is not promised, as in Python: that who waits longest gets the next item (row Q-20). An item is the getter's as soon as it leaves; nothing of
/// it stays behind.
///
/// # From interrupts, signal handlers and destructors
///
/// Puts, and `try_get`, where the store can be used there and the port's guard masks interrupts. No item is dropped, and nothing else that is foreign is called, while something is locked; so destructors may always use the
/// queue that they are in.
///
/// # Cancel and timeout
///
/// Dropping the future of [`get_async`](Self::get_async) takes nothing, and passes a wake-up on that it had.
///
/// # Relation to Python
///
/// `put` takes no `block` and no `timeout`, which Python ignores (row Q-19).
pub struct SimpleQueue<P: Port, S> {
    getters: RawEventCount<P>,
    store: S,
}

impl<P: Port, S> SimpleQueue<P, S> {
    maybe_const! {
        /// A queue of what is in this store.
        pub fn with_store(store: S) -> Self {
            Self { getters: RawEventCount::new(), store }
        }
    }
}

/// A get under way.
pub(crate) struct Getting<'a, S>(&'a S);

impl<S: Store> Attempt for Getting<'_, S> {
    type Output = S::Item;

    fn attempt(&mut self) -> Option<S::Item> {
        self.0.try_get().ok()
    }

    fn is_quiet(&self) -> bool {
        self.0.is_quiet(Call::Put)
    }

    fn is_vain(&self) -> bool {
        self.0.is_empty()
    }

    fn served(&self) -> usize {
        self.0.served()
    }

    fn is_more(&self) -> bool {
        !self.0.is_empty()
    }
}

impl<P: Port, S: Store> SimpleQueue<P, S> {
    /// A get, and where to wait for it.
    #[inline]
    pub(crate) fn getting(&self) -> (&RawEventCount<P>, Getting<'_, S>) {
        (&self.getters, Getting(&self.store))
    }

    /// Puts an item. Never waits (row Q-19).
    ///
    /// # Errors
    ///
    /// The item, if there is no room for it.
    #[inline]
    pub fn try_put(&self, item: S::Item) -> Result<(), Full<S::Item>> {
        match self.store.try_put(item) {
            Ok(()) => {
                self.getters.notify(1);
                Ok(())
            }
            Err(TryPutError::Full(item) | TryPutError::ShutDown(item)) => Err(Full(item)),
        }
    }

    /// Takes the item whose turn it is, waiting for one while the queue is empty.
    #[inline]
    #[track_caller]
    pub fn get(&self) -> S::Item {
        let Ok(item) = self.get_limited(|| Forever);
        item
    }

    /// Takes the item whose turn it is, if there is one now (Python: `get_nowait`). Never waits.
    ///
    /// # Errors
    ///
    /// [`Empty`].
    #[inline]
    pub fn try_get(&self) -> Result<S::Item, Empty> {
        self.store.try_get().map_err(|error| match error {
            TryGetError::Empty | TryGetError::ShutDown => Empty,
        })
    }

    /// Takes the item whose turn it is, waiting for one for at most `timeout`: zero tries once, a huge one is for ever.
    ///
    /// # Errors
    ///
    /// [`TimedOut`], if nothing came.
    #[track_caller]
    pub fn get_timeout(&self, timeout: Duration) -> Result<S::Item, TimedOut>
    where
        P: TimedPort,
    {
        self.get_limited(|| Until::timeout(timeout))
    }

    /// Takes the item whose turn it is, waiting for one until `deadline` at the latest. A deadline that has passed tries once.
    ///
    /// # Errors
    ///
    /// [`TimedOut`], if nothing came.
    #[track_caller]
    pub fn get_deadline(&self, deadline: P::Instant) -> Result<S::Item, TimedOut>
    where
        P: TimedPort,
    {
        self.get_limited(|| Until::deadline(deadline))
    }

    #[inline]
    fn get_limited<L: Limit<P>>(&self, limit: impl FnOnce() -> L) -> Result<S::Item, L::Expired> {
        match self.store.try_get() {
            Ok(item) => Ok(item),
            Err(_) => self.getters.wait(&mut Getting(&self.store), &limit()),
        }
    }

    /// As [`get`](Self::get), as a future.
    ///
    /// A poll that is about to return `Pending` for the first time tries again for a microsecond at most, on ports that say so: see [`Relax::poll_turn`](crate::port::Relax::poll_turn).
    ///
    /// # Cancel safety
    ///
    /// A dropped future has taken nothing. A wake-up that it had is passed on.
    pub fn get_async(&self) -> impl Future<Output = S::Item> {
        self.getters.wait_async(Getting(&self.store))
    }

    /// The items that are there, without waiting.
    pub fn drain(&self) -> impl Iterator<Item = S::Item> {
        core::iter::from_fn(|| self.try_get().ok())
    }

    /// How many items are in it: a snapshot (Python: `qsize`).
    pub fn len(&self) -> usize {
        self.store.len()
    }

    /// Whether nothing is in it: a snapshot.
    pub fn is_empty(&self) -> bool {
        self.store.is_empty()
    }

    /// How many items it can hold; `None` if there is no limit but memory.
    pub fn capacity(&self) -> Option<usize> {
        self.store.capacity()
    }
}

impl<P: Port, S: Default> Default for SimpleQueue<P, S> {
    fn default() -> Self {
        Self::with_store(S::default())
    }
}

impl<P: Port, S> fmt::Debug for SimpleQueue<P, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SimpleQueue")
            .field("waiting", &self.getters.waiting())
            .finish_non_exhaustive()
    }
}

/// A [`SimpleQueue`] for up to `N` items, first in, first out, that allocates nothing and works in a `static`.
///
/// ```
/// use selvedge_core::{port::Spin, queue::{Full, SimpleFifo}};
///
/// static EVENTS: SimpleFifo<Spin, u8, 2> = SimpleFifo::new();
///
/// // In an interrupt handler: never waits.
/// EVENTS.put(1).unwrap();
/// EVENTS.put(2).unwrap();
/// assert_eq!(EVENTS.put(3), Err(Full(3)));
///
/// // In a task.
/// assert_eq!(EVENTS.get(), 1);
/// ```
pub type SimpleFifo<P, T, const N: usize> = SimpleQueue<P, Ring<T, Inline<T, N>>>;

impl<P: Port, T, const N: usize> SimpleFifo<P, T, N> {
    maybe_const! {
        /// An empty queue.
        pub fn new() -> Self {
            Self::with_store(Ring::new(Inline::new()))
        }
    }

    /// Puts an item. Never waits (row Q-19).
    ///
    /// # Errors
    ///
    /// The item, if there is no room for it.
    #[inline]
    pub fn put(&self, item: T) -> Result<(), Full<T>> {
        self.try_put(item)
    }
}

#[cfg(feature = "alloc")]
impl<P: Port, T> SimpleQueue<P, Segments<T>> {
    maybe_const! {
        /// An empty queue without a limit (row Q-05). It allocates nothing before the first put.
        ///
        /// ```
        /// use selvedge_core::{port::Spin, queue::SimpleQueue, raw::Segments};
        ///
        /// static LOG: SimpleQueue<Spin, Segments<String>> = SimpleQueue::<Spin, Segments<String>>::new();
        ///
        /// LOG.put("hello".to_owned());
        /// assert_eq!(LOG.get(), "hello");
        /// ```
        pub fn new() -> Self {
            Self::with_store(Segments::new())
        }
    }

    /// Puts an item. Never waits, and always succeeds (row Q-19).
    ///
    /// # Panics
    ///
    /// As the allocator has it when memory ends; then nothing was put.
    #[inline]
    pub fn put(&self, item: T) {
        if self.try_put(item).is_err() {
            unreachable!("there is always room, and it is never closed");
        }
    }
}
