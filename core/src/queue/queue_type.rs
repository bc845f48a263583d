//! [`Queue`]: any store, and the waiting for it. Here is its state and what never waits.
//!
//! # How the parts work together
//!
//! The store knows what is there; three event counts know who waits for it: getters for an item, putters for room, joiners for the last task. After a put one getter is notified, after a get one putter, after the last task all joiners: each time by one look at a
//! word that is zero while nobody waits. Everything about waiting is argued in `raw/event_count.rs`; this is the argument for shutting down.
//!
//! # Why `try_put` and `try_get` are always in line
//!
//! An item costs a compare-exchange on each side, which is a handful of nanoseconds; a call that saves registers and returns its result through memory costs as much again. So what happens when nothing is in the way is in line in the
//! caller, and calls nothing; whatever else there may be (`was_put`, `was_taken`, the slow paths of the stores) is apart, and cold.
//!
//! # Shutting down
//!
//! [`Queue::shutdown`] closes the store, then puts the marks up, at both event counts, then wakes everybody. Whoever puts or gets after that takes the slow path after it, because of the mark, and there notifies *everybody* who waits.
//!
//! Nobody sleeps on. A putter that waits finds the store closed. A getter finds it closed and empty, or there is an item, or one is in the making (its putter came before the closing): then it may sleep again. The putter of that item looks at the getters' word when it has finished, and finds the mark there:
//! that was up before the getter listed itself the second time, in the same word. So it notifies all getters, and the one that takes the last item leaves nothing in the making for the others.
//!
//! With [`DISCARD`] the queue counts as empty from the moment the mark is up. What is in it is dropped by the one who shuts down, and what was in the making is dropped by its putter: between the mark and the look at the store there is the heavy fence, and between the
//! end of a put and the look at the mark the light one. So an item that is finished too late to be dropped by the first is finished by one that sees the mark. A getter that takes an item and sees the mark drops it. Whoever drops an item counts its task as done; so joiners
//! wait for those items only that callers have got.

use core::fmt;

use super::{Store, TryGetError, TryPutError};
use crate::atomics::{edge, heavy_fence_of};
use crate::port::Port;
use crate::raw::RawEventCount;
use crate::waiters::OnUnwind;

/// Nothing will be put any more.
const SHUT: u32 = 1 << 31;
/// And what is there is not given out any more.
const DISCARD: u32 = 1 << 30;

/// A queue for many producers and many consumers: tasks, futures, and interrupt handlers alike. The chapter's `queue.Queue` (rows) with the shutdown of 3.13 (row X-11).
///
/// The store says in which order items leave and how many there may be; see [`Store`]. Ready-made ones have names of their own: [`FifoQueue`](super::FifoQueue) and others.
///
/// * **Blocking.** [`put`](Self::put) waits while the queue is full, [`get`](Self::get) while it is empty: first awake for a moment, then asleep. It sleeps only when it must.
/// * **Futures.** [`put_async`](Self::put_async) and [`get_async`](Self::get_async) may wait awake, too, before they first return `Pending`: for a microsecond at most, on ports that say so (on hosted systems, with several processors, and only as
///   long as that helps), because the other side may run at the same time on another processor. See [`Relax::poll_turn`](crate::port::Relax::poll_turn).
/// * **Fairness.** None among callers: who comes by may take an item before one that waits longer. Waiters are woken in order. One item wakes one task, and one future if there is one: a future
///   that is woken and not polled keeps the item from nobody.
/// * **Tasks.** Each item put is one more to do, each [`task_done`](Self::task_done) one fewer; [`join`](Self::join) waits until nothing is left.
/// * **Ordering.** What a task did before `put` is visible to whoever gets the item; what it did before `task_done`, to whoever sees that all is done; what it did before [`shutdown`](Self::shutdown), to whoever is told so.
/// * **From interrupts.** Whatever never waits (`try_put`, `try_get`, `task_done`, the questions) may be called from interrupt handlers where the port's guard masks interrupts and the store allows it. `shutdown(true)` drops items there.
/// * **Cancellation.** Dropping the future of [`get_async`](Self::get_async) takes nothing. Dropping that of [`put_async`](Self::put_async) puts nothing, and drops the item that it was given. Neither loses another caller's wake-up.
/// * **Destructors** of items may use the queue: nothing is locked while one runs (row Q-18).
/// * **Panics.** If a waker of a waiting future panics, so does the call that woke it; an item that was just taken is dropped then. A store that panics leaves the queue in good order.
pub struct Queue<P: Port, S: Store> {
    pub(super) store: S,
    pub(super) getters: RawEventCount<P>,
    pub(super) putters: RawEventCount<P>,
    pub(super) joiners: RawEventCount<P>,
}

impl<P: Port, S: Store> Queue<P, S> {
    maybe_const! {
        /// A queue that keeps its items in `store`.
        pub fn with_store(store: S) -> Self {
            Self {
                store,
                getters: RawEventCount::new(),
                putters: RawEventCount::new(),
                joiners: RawEventCount::new(),
            }
        }
    }

    /// Where the items are.
    #[inline]
    pub fn store(&self) -> &S {
        &self.store
    }

    /// Puts an item if there is room for it now (Python: `put_nowait`, row Q-09). Never waits.
    ///
    /// # Errors
    ///
    /// The item, if the queue is full or shut down.
    #[inline(always)]
    pub fn try_put(&self, item: S::Item) -> Result<(), TryPutError<S::Item>> {
        self.after_put(self.store.try_put(item))
    }

    /// As [`try_put`](Self::try_put), by a task that may be held up for a moment.
    #[inline(always)]
    pub(super) fn put_in_turn(&self, item: S::Item) -> Result<(), TryPutError<S::Item>> {
        self.after_put(self.store.try_put_in_turn::<P::Relax>(item))
    }

    #[inline(always)]
    fn after_put(&self, put: Result<(), TryPutError<S::Item>>) -> Result<(), TryPutError<S::Item>> {
        put?;
        if self.getters.is_called_for() {
            self.was_put();
        }
        Ok(())
    }

    /// Takes the first item if there is one now (Python: `get_nowait`, row Q-11). Never waits.
    ///
    /// # Errors
    ///
    /// If the queue is empty, or shut down with nothing left.
    #[inline(always)]
    pub fn try_get(&self) -> Result<S::Item, TryGetError> {
        self.after_get(self.store.try_get())
    }

    /// As [`try_get`](Self::try_get), by a task that may be held up for a moment.
    #[inline(always)]
    pub(super) fn get_in_turn(&self) -> Result<S::Item, TryGetError> {
        self.after_get(self.store.try_get_in_turn::<P::Relax>())
    }

    #[inline(always)]
    fn after_get(&self, got: Result<S::Item, TryGetError>) -> Result<S::Item, TryGetError> {
        match got {
            Ok(item) if !self.putters.is_called_for() => Ok(item),
            Ok(item) => self.was_taken(item),
            Err(error) => Err(self.not_taken(error)),
        }
    }

    /// After a put that somebody waits for, or that came while the queue was being shut down.
    #[cold]
    fn was_put(&self) {
        let on_unwind = OnUnwind::new(|| self.discard_if_told());
        self.getters.notify_listed(1);
        on_unwind.defuse();
        self.discard_if_told();
    }

    /// The same after a get.
    #[cold]
    fn was_taken(&self, item: S::Item) -> Result<S::Item, TryGetError> {
        self.putters.notify_listed(1);
        if self.is_discarding() {
            self.discard(item);
            return Err(TryGetError::ShutDown);
        }
        Ok(item)
    }

    #[cold]
    fn not_taken(&self, error: TryGetError) -> TryGetError {
        if self.is_discarding() {
            TryGetError::ShutDown
        } else {
            error
        }
    }

    /// How many items are in it: a snapshot (row Q-07).
    pub fn len(&self) -> usize {
        if self.is_discarding() {
            0
        } else {
            self.store.len()
        }
    }

    /// Whether nothing is in it: a snapshot.
    pub fn is_empty(&self) -> bool {
        self.is_discarding() || self.store.is_empty()
    }

    /// Whether there is no room in it: a snapshot; never without a capacity.
    pub fn is_full(&self) -> bool {
        self.capacity()
            .is_some_and(|capacity| self.len() >= capacity)
    }

    /// How many items it can hold; `None` if there is no limit but memory (Python: `maxsize`).
    #[inline]
    pub fn capacity(&self) -> Option<usize> {
        self.store.capacity()
    }

    /// Whether [`shutdown`](Self::shutdown) was called.
    pub fn is_shut_down(&self) -> bool {
        self.store.is_closed()
    }

    /// Shuts the queue down: whoever waits to put, and whoever puts from now on, gets the item back (row X-11).
    ///
    /// Without `immediate`, what is in the queue can still be taken, and then `get` reports [`ShutDown`](super::ShutDown). With `immediate`, it is dropped:
    /// `get` reports the shutdown at once, and what was dropped counts as done, so that [`join`](Self::join) waits for those items only that were taken.
    ///
    /// It may be called again, with `immediate` as well. Never waits.
    pub fn shutdown(&self, immediate: bool) {
        self.store.close();
        let marks = if immediate { SHUT | DISCARD } else { SHUT };
        self.getters.mark(marks);
        self.putters.mark(marks);
        let on_unwind = OnUnwind::new(|| {
            self.putters.notify(u32::MAX);
            self.discard_if_told();
        });
        self.getters.notify(u32::MAX);
        on_unwind.defuse();
        let on_unwind = OnUnwind::new(|| self.discard_if_told());
        self.putters.notify(u32::MAX);
        on_unwind.defuse();
        self.discard_if_told();
    }

    pub(super) fn is_discarding(&self) -> bool {
        self.getters.marks() & DISCARD != 0
    }

    /// Drops what is in the queue, if it was shut down so.
    fn discard_if_told(&self) {
        if self.is_discarding() {
            heavy_fence_of::<P>(edge!("put-or-listed"));
            self.discard_all();
        }
    }

    fn discard_all(&self) {
        while let Ok(item) = self.store.try_get() {
            let on_unwind = OnUnwind::new(|| self.discard_all());
            self.discard(item);
            on_unwind.defuse();
        }
    }

    /// Drops an item that was taken off the store, and counts it as done. It may have been reported before it was taken; then there is nothing to count.
    fn discard(&self, item: S::Item) {
        let on_unwind = OnUnwind::new(|| self.finish_task());
        drop(item);
        on_unwind.defuse();
        self.finish_task();
    }

    fn finish_task(&self) {
        if self.store.task_done() == Ok(true) {
            self.joiners.notify(u32::MAX);
        }
    }
}

impl<P: Port, S: Store + Default> Default for Queue<P, S> {
    fn default() -> Self {
        Self::with_store(S::default())
    }
}

impl<P: Port, S: Store> fmt::Debug for Queue<P, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Queue")
            .field("capacity", &self.capacity())
            .field("len", &self.len())
            .field("unfinished", &self.store.unfinished())
            .field("shut_down", &self.is_shut_down())
            .finish()
    }
}
