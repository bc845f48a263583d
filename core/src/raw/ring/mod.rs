//! The ring: a bounded queue, first in, first out, for any number of producers and consumers.
//!
//! # Why this shape
//!
//! Each end is a cursor, and each slot carries a stamp that says whose turn it is there. A producer claims a place by one compare-exchange of `tail`, writes, and publishes by a plain store of the stamp;
//! a consumer does the same with `head`. So an item costs one locked instruction at each end, producers and consumers meet in the slots and not in the cursors, and the ends scale apart. (Two locks, or a count of items that both
//! ends change, would be one more contended word for each item.)
//!
//! Nobody waits here. A producer that finds its slot not yet vacated (a consumer has claimed it and is still moving the item out) says that the ring is full, a consumer that finds its slot not yet written says that it is empty: whoever is in between may have been interrupted
//! by the very handler that asks. The waiting faces know of that (`event_count.rs`, rule 4). A try is repeated only where somebody else's claim came first: lock-free.
//!
//! # The words
//!
//! `tail`, `head`, `done` are cursors (`shape.rs`): so many were put (claimed), taken (claimed), reported as done. `head` and `done` stay behind `tail`, and `tail` at most one lap before `head`. Tasks cost nothing at a put.
//! They are counted modulo the cursor's range: at least 2^59 tasks on 64 bits, 2^27 on 32, may be left undone without a report; and a producer or consumer that is stopped between its look and its claim must not oversleep exactly a multiple of that many operations.
//!
//! Stamp of a slot, as seen in lap `L` (a cursor without its index; `lap` is the step between two):
//!
//! | stamp | meaning | producer in `L` | consumer in `L` |
//! |---|---|---|---|
//! | `L` | vacant, or claimed by the producer of this lap | may claim | nothing yet: empty |
//! | `L` + 1 | written | late: looks at `tail` again | may claim |
//! | `L` + `lap` | taken, free for the next lap | late | late: looks at `head` again |
//! | `L` - `lap` + 1 | holds an item of the lap before, or its consumer has claimed it and is still moving it out | full | the latter: empty |
//! | `L` - `lap` | the producer of the lap before has claimed it and is still writing | full | cannot be |
//!
//! Fresh slots are vacant in lap 0: zero.
//!
//! # Orderings
//!
//! Edge `slot`: each store of a stamp (Release) to whoever reads it (Acquire). Written: the item is visible to its consumer. Taken: the item has been moved out before the producer of the next lap writes. A boxed buffer is published by the same edge.
//!
//! The claims order nothing between producers and consumers. They are sequentially consistent for edge `claimed-or-listed` (`event_count.rs`), and `is_quiet` is the look for them.
//!
//! Edge `task-done` is that of the cursor `done` (`done.rs`).
//!
//! Edge `closed`: `close` (Release) to whoever is told so (Acquire). A consumer is told by a word beside `head`, and finds `CLOSED` and so the final position in `tail` by that: `tail` is on the producers' line, and one that looked there at each try in
//! vain took it away from the very producer that it waited for.
//!
//! # Safety
//!
//! An item is written by the one that claimed its slot for this lap at `tail`, after the stamp said that it was vacant, and moved out by the one that claimed it at `head`, after the stamp said that it was written. Nothing foreign runs in between: a move cannot panic.
#![allow(unsafe_code, reason = "items are plain memory between two stamps")]

mod apart;
#[cfg(feature = "alloc")]
mod boxed;
mod buffer;
mod shape;
mod slot;

use core::marker::PhantomData;
use core::ptr::NonNull;

#[allow(unused_imports, reason = "for the other structures with two busy ends")]
pub(crate) use apart::Apart;
#[cfg(feature = "alloc")]
pub use boxed::Boxed;
pub use buffer::{Buffer, Inline};
use shape::Shape;
use slot::Slot;

use super::done::Done;
use crate::atomics::{AtomicU32, AtomicUsize, Ordering, after_rmw, edge};
use crate::queue::{Call, Store, TooManyTasksDone, TryGetError, TryPutError};
use crate::waiters::OnUnwind;

/// A bounded queue without waiting; the store of [`FifoQueue`](crate::queue::FifoQueue).
///
/// Nothing here blocks or waits for another caller's progress: everything may be called from interrupt handlers (with a [`Boxed`] buffer, not the first put, which allocates).
pub struct Ring<T, B: Buffer<T>> {
    tail: Apart<AtomicUsize>,
    consumers: Apart<Consumers>,
    buffer: B,
    items: PhantomData<T>,
}

/// What consumers go by.
struct Consumers {
    head: AtomicUsize,
    /// 1 after `CLOSED` is in `tail`, so that a consumer that finds nothing need not look there.
    closed: AtomicU32,
    done: Done,
}

// SAFETY: items go from one thread to another, never to two; everything else is atomic. The buffer is slots, or leads to them.
unsafe impl<T: Send, B: Buffer<T>> Send for Ring<T, B> {}
// SAFETY: as above.
unsafe impl<T: Send, B: Buffer<T>> Sync for Ring<T, B> {}

impl<T, B: Buffer<T>> Ring<T, B> {
    maybe_const! {
        /// An empty ring in `buffer`.
        pub fn new(buffer: B) -> Self {
            Self {
                tail: Apart(AtomicUsize::new(0)),
                consumers: Apart(Consumers {
                    head: AtomicUsize::new(0),
                    closed: AtomicU32::new(0),
                    done: Done::new(0),
                }),
                buffer,
                items: PhantomData,
            }
        }
    }

    #[inline(always)]
    fn shape(&self) -> Shape {
        self.buffer.shape()
    }

    /// `tail` without `CLOSED`.
    #[inline]
    fn put(&self, ordering: Ordering) -> usize {
        self.tail.0.load(ordering) & !self.shape().mark()
    }

    /// For those that have seen `CLOSED`: what was done before `close` is visible now.
    #[cold]
    fn closed(&self) {
        self.tail.0.load(edge!("closed", Acquire));
    }
}

impl<T, B: Buffer<T>> Store for Ring<T, B> {
    type Item = T;

    #[inline(always)]
    fn try_put(&self, item: T) -> Result<(), TryPutError<T>> {
        if let Some((slot, lap)) = self.claim_vacant(self.shape()) {
            // SAFETY: just claimed.
            unsafe { Self::fill(slot, lap, item) };
            return Ok(());
        }
        let Claim { slot, lap } = self.claim_vacant_slowly();
        let Some(slot) = slot else {
            return Err(match lap {
                CLOSED => TryPutError::ShutDown(item),
                _ => TryPutError::Full(item),
            });
        };
        // SAFETY: slots live as long as the ring, which we borrow; just claimed.
        unsafe { Self::fill(slot.as_ref(), lap, item) };
        Ok(())
    }

    #[inline(always)]
    fn try_get(&self) -> Result<T, TryGetError> {
        let shape = self.shape();
        if let Some((slot, lap)) = self.claim_written(shape) {
            // SAFETY: just claimed.
            return Ok(unsafe { Self::empty(shape, slot, lap) });
        }
        let Claim { slot, lap } = self.claim_written_slowly();
        let Some(slot) = slot else {
            return Err(match lap {
                CLOSED => TryGetError::ShutDown,
                _ => TryGetError::Empty,
            });
        };
        // SAFETY: as above.
        Ok(unsafe { Self::empty(shape, slot.as_ref(), lap) })
    }

    fn served(&self) -> usize {
        let head = self.consumers.0.head.load(Ordering::Relaxed);
        self.shape().distance(0, head)
    }

    fn close(&self) {
        self.tail
            .0
            .fetch_or(self.shape().mark(), edge!("closed", Release));
        self.consumers.0.closed.store(1, edge!("closed", Release));
    }

    #[inline]
    fn is_closed(&self) -> bool {
        self.tail.0.load(edge!("closed", Acquire)) & self.shape().mark() != 0
    }

    fn len(&self) -> usize {
        loop {
            // `tail` was the same before and after the look at `head`: both of one moment.
            let look = edge!("claimed-or-listed", SeqCst);
            let tail = self.put(look);
            let head = self.consumers.0.head.load(look);
            if self.put(look) == tail {
                return self.shape().distance(head, tail);
            }
        }
    }

    fn is_empty(&self) -> bool {
        // In this order: from an older `head`, `tail` has only moved away.
        let look = edge!("claimed-or-listed", SeqCst);
        let head = self.consumers.0.head.load(look);
        self.put(look) == head
    }

    #[inline]
    fn capacity(&self) -> Option<usize> {
        Some(self.shape().capacity)
    }

    fn task_done(&self) -> Result<bool, TooManyTasksDone> {
        self.consumers.0.done.report(
            || self.put(Ordering::Relaxed),
            |done| self.shape().next(done),
        )
    }

    fn unfinished(&self) -> usize {
        let done = self.consumers.0.done.look();
        self.shape().distance(done, self.put(Ordering::Relaxed))
    }

    fn is_quiet(&self, call: Call) -> bool {
        let look = edge!("claimed-or-listed", SeqCst);
        match call {
            Call::Put => self.put(look) == self.consumers.0.head.load(look),
            Call::Get => {
                let head = self.consumers.0.head.load(look);
                self.put(look) == head.wrapping_add(self.shape().lap())
            }
            // A report is over with its read-modify-write.
            Call::TaskDone => true,
        }
    }
}

/// A slot that the caller has claimed, and the lap in which it has; or none, and why: then `lap` is `NOT_NOW` or `CLOSED`.
///
/// That is what the slow ones say. Two words, and no `Result`, because two words are returned in registers: through memory, the claim would cost as much as the rest of a put.
struct Claim<T> {
    slot: Option<NonNull<Slot<T>>>,
    lap: usize,
}

const NOT_NOW: usize = 0;
const CLOSED: usize = 1;

impl<T> Claim<T> {
    const fn none(why: usize) -> Self {
        Self {
            slot: None,
            lap: why,
        }
    }

    #[inline(always)]
    fn of(slot: &Slot<T>, lap: usize) -> Self {
        Self {
            slot: Some(NonNull::from(slot)),
            lap,
        }
    }
}

/// What is done with a slot that was claimed.
impl<T, B: Buffer<T>> Ring<T, B> {
    /// # Safety
    ///
    /// Vacant in this lap, and claimed by the caller, once.
    #[inline(always)]
    unsafe fn fill(slot: &Slot<T>, lap: usize, item: T) {
        slot.value.with_mut(|value| {
            // SAFETY: ours, by the contract.
            unsafe { (*value).write(item) };
        });
        slot.stamp.store(lap + 1, edge!("slot", Release));
    }

    /// # Safety
    ///
    /// Written in this lap, and claimed by the caller, once.
    #[inline(always)]
    unsafe fn empty(shape: Shape, slot: &Slot<T>, lap: usize) -> T {
        let item = slot.value.with_mut(|value| {
            // SAFETY: ours, by the contract.
            unsafe { (*value).assume_init_read() }
        });
        slot.stamp
            .store(lap.wrapping_add(shape.lap()), edge!("slot", Release));
        item
    }
}

/// Claims. The shape is read once and handed on: after an Acquire the compiler would read it again. The first try, which succeeds unless there is a reason, is in line and calls nothing; whatever else there may be is apart, so that the caller need not save its registers for it.
impl<T, B: Buffer<T>> Ring<T, B> {
    /// The slot of a cursor, its lap, and its stamp.
    ///
    /// # Safety
    ///
    /// `slots` is the buffer's, and not null.
    #[inline(always)]
    unsafe fn look(
        &self,
        shape: Shape,
        slots: *const Slot<T>,
        cursor: usize,
    ) -> (&Slot<T>, usize, usize) {
        let index = shape.index(cursor);
        // SAFETY: the index is less than the capacity; slots live as long as the ring.
        let slot = unsafe { &*slots.add(index) };
        (
            slot,
            cursor - index,
            slot.stamp.load(edge!("slot", Acquire)),
        )
    }

    /// Moves a cursor on from `seen`, or says where it is.
    #[inline(always)]
    fn claim(&self, shape: Shape, cursor: &AtomicUsize, seen: usize) -> Result<(), usize> {
        cursor.compare_exchange_weak(
            seen,
            shape.next(seen),
            edge!("claimed-or-listed", SeqCst),
            Ordering::Relaxed,
        )?;
        after_rmw(edge!("claimed-or-listed"));
        Ok(())
    }

    #[inline(always)]
    fn claim_vacant(&self, shape: Shape) -> Option<(&Slot<T>, usize)> {
        let slots = self.buffer.slots();
        let tail = self.tail.0.load(Ordering::Relaxed);
        if !slots.is_null() {
            // SAFETY: the buffer's.
            let (slot, lap, stamp) = unsafe { self.look(shape, slots, tail) };
            // Not if it is closed: then no stamp is like this lap.
            if stamp == lap && self.claim(shape, &self.tail.0, tail).is_ok() {
                return Some((slot, lap));
            }
        }
        None
    }

    #[cold]
    #[inline(never)]
    fn claim_vacant_slowly(&self) -> Claim<T> {
        let shape = self.shape();
        let mut tail = self.tail.0.load(Ordering::Relaxed);
        loop {
            if tail & shape.mark() != 0 {
                self.closed();
                return Claim::none(CLOSED);
            }
            // SAFETY: the buffer's, and not null.
            let (slot, lap, stamp) = unsafe { self.look(shape, self.buffer.slots_to_fill(), tail) };
            if stamp == lap {
                match self.claim(shape, &self.tail.0, tail) {
                    Ok(()) => return Claim::of(slot, lap),
                    Err(now) => tail = now,
                }
            } else if shape.is_of_the_lap_before(stamp, lap) {
                return Claim::none(NOT_NOW);
            } else {
                tail = self.tail.0.load(Ordering::Relaxed);
            }
        }
    }

    #[inline(always)]
    fn claim_written(&self, shape: Shape) -> Option<(&Slot<T>, usize)> {
        let slots = self.buffer.slots();
        let cursor = &self.consumers.0.head;
        let head = cursor.load(Ordering::Relaxed);
        if !slots.is_null() {
            // SAFETY: the buffer's.
            let (slot, lap, stamp) = unsafe { self.look(shape, slots, head) };
            if stamp == lap + 1 && self.claim(shape, cursor, head).is_ok() {
                return Some((slot, lap));
            }
        }
        None
    }

    #[cold]
    #[inline(never)]
    fn claim_written_slowly(&self) -> Claim<T> {
        let shape = self.shape();
        let slots = self.buffer.slots();
        if slots.is_null() {
            return self.nothing(0);
        }
        let cursor = &self.consumers.0.head;
        let mut head = cursor.load(Ordering::Relaxed);
        loop {
            // SAFETY: the buffer's.
            let (slot, lap, stamp) = unsafe { self.look(shape, slots, head) };
            if stamp == lap + 1 {
                match self.claim(shape, cursor, head) {
                    Ok(()) => return Claim::of(slot, lap),
                    Err(now) => head = now,
                }
            } else if stamp == lap || shape.is_of_the_lap_before(stamp, lap) {
                return self.nothing(head);
            } else {
                head = cursor.load(Ordering::Relaxed);
            }
        }
    }

    /// Why nothing is at `head`.
    fn nothing(&self, head: usize) -> Claim<T> {
        if self.consumers.0.closed.load(edge!("closed", Acquire)) == 0 {
            return Claim::none(NOT_NOW);
        }
        // Final, as `CLOSED` is in it. If `head` is old by now, `tail` is farther away.
        let tail = self.tail.0.load(Ordering::Relaxed);
        Claim::none(if tail == head | self.shape().mark() {
            CLOSED
        } else {
            NOT_NOW
        })
    }
}

impl<T, B: Buffer<T>> Ring<T, B> {
    /// Drops what is left, even if dropping one of them panics.
    fn drop_items(&self) {
        while let Ok(item) = self.try_get() {
            let on_unwind = OnUnwind::new(|| self.drop_items());
            drop(item);
            on_unwind.defuse();
        }
    }
}

impl<T, B: Buffer<T>> Drop for Ring<T, B> {
    fn drop(&mut self) {
        if core::mem::needs_drop::<T>() {
            self.drop_items();
        }
    }
}

impl<T, B: Buffer<T>> core::fmt::Debug for Ring<T, B> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Ring")
            .field("capacity", &self.shape().capacity)
            .field("len", &self.len())
            .field("closed", &self.is_closed())
            .finish_non_exhaustive()
    }
}
