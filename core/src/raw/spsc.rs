//! One producer, one consumer: a ring with two cursors, each with one writer.
//!
//! # Why this shape
//!
//! Where only one side may put and only one side may take, nobody competes for a slot: a put writes the slot and then its cursor, a take reads the slot and then its own. Neither has a loop, so every
//! `push` and `pop` ends after a bounded number of the caller's own instructions (it is *wait-free*), whatever the other side does, also where the caller is an interrupt handler that has interrupted
//! the other side in the middle. Each side keeps its own cursor and the last seen one of the other side in its half; it looks at the shared one only when the ring seems full or empty, so as
//! long as it does not, the two sides do not touch each other's cache lines.
//!
//! # The words
//!
//! `put`, `got`: how many items were put and taken, modulo 2 `N`. That tells empty (equal) from full (`N` apart) for any `N`, not only powers of two, and finds the slot without a division. (For powers of two it is masks, which need no choice: that is
//! what the questions for them below are for. They are answered by the compiler.)
//!
//! `state`:
//!
//! | bit | name | meaning |
//! |---|---|---|
//! | 0 | `SPLIT` | the two halves are out |
//! | 1 | `PUTTER_LEFT` | one of them has been dropped |
//! | 2 | `GETTER_LEFT` | the other |
//!
//! Both left is transient: the second to leave has the ring for itself, drops what is in it, and makes the word 0. A half that is forgotten (`mem::forget`) never leaves, and then the ring is never split again
//! through a shared reference. That is safe, and so is [`RawSpsc::split_mut`], because an exclusive reference shows that no half is alive.
//!
//! # Orderings
//!
//! Edge `spsc-put`: the putter's cursor (Release) to the getter's look at it (Acquire). It carries the item.
//!
//! Edge `spsc-got`: the getter's cursor (Release) to the putter's look at it (Acquire). It carries that the item has been moved out.
//!
//! Edge `spsc-left`: from leaving (AcqRel) to the other's look whether it is alone, to its own leaving, and, by the store of 0 (Release), to the next split (Acquire). It carries all that was put and taken before: who finds
//! the putter gone and then the ring empty knows that nothing will come.
//!
//! # Safety
//!
//! Slots hold items between `got` and `put` and are vacant elsewhere. Only the put half writes vacant slots and only the get half reads items, each behind `&mut self`; there is at most one of each (above); the edges hand the slots over.
#![allow(
    unsafe_code,
    reason = "slots are plain memory that the cursors hand over"
)]

use core::fmt;
use core::mem::MaybeUninit;

use super::ring::Apart;
use crate::atomics::{AtomicU32, AtomicUsize, Ordering, UnsafeCell, edge};

const SPLIT: u32 = 1;
const PUTTER_LEFT: u32 = 2;
const GETTER_LEFT: u32 = 4;

type Slot<T> = UnsafeCell<MaybeUninit<T>>;

#[cfg(not(loom))]
const fn vacant<T, const N: usize>() -> [Slot<T>; N] {
    [const { UnsafeCell::new(MaybeUninit::uninit()) }; N]
}

#[cfg(loom)]
fn vacant<T, const N: usize>() -> [Slot<T>; N] {
    core::array::from_fn(|_| UnsafeCell::new(MaybeUninit::uninit()))
}

/// A ring of `N` slots for one producer and one consumer, without waiting.
pub struct RawSpsc<T, const N: usize> {
    state: AtomicU32,
    put: Apart<AtomicUsize>,
    got: Apart<AtomicUsize>,
    slots: [Slot<T>; N],
}

// SAFETY: items move through it from one thread to another, and nothing is shared but atomics and slots (see the header).
unsafe impl<T: Send, const N: usize> Sync for RawSpsc<T, N> {}
// SAFETY: as above.
unsafe impl<T: Send, const N: usize> Send for RawSpsc<T, N> {}

/// The slot of a cursor.
#[inline(always)]
fn slot_of<const N: usize>(cursor: usize) -> usize {
    if N.is_power_of_two() {
        cursor & (N - 1)
    } else if cursor < N {
        cursor
    } else {
        cursor - N
    }
}

/// The cursor after this one.
#[inline(always)]
fn after<const N: usize>(cursor: usize) -> usize {
    if N.is_power_of_two() {
        (cursor + 1) & (2 * N - 1)
    } else if cursor + 1 == 2 * N {
        0
    } else {
        cursor + 1
    }
}

/// How many items are between the cursors.
#[inline(always)]
fn between<const N: usize>(got: usize, put: usize) -> usize {
    if N.is_power_of_two() {
        put.wrapping_sub(got) & (2 * N - 1)
    } else if put >= got {
        put - got
    } else {
        put + 2 * N - got
    }
}

impl<T, const N: usize> RawSpsc<T, N> {
    maybe_const! {
        /// An empty ring, not split. `N` is at least 1; another `N` does not compile.
        pub fn new() -> Self {
            const { assert!(N > 0 && N <= usize::MAX / 2, "a ring has at least one slot") };
            Self {
                state: AtomicU32::new(0),
                put: Apart(AtomicUsize::new(0)),
                got: Apart(AtomicUsize::new(0)),
                slots: vacant(),
            }
        }
    }

    /// The two halves, unless they are out already.
    pub fn split(&self) -> Option<(PutHalf<'_, T, N>, GetHalf<'_, T, N>)> {
        self.state
            .compare_exchange(0, SPLIT, edge!("spsc-left", Acquire), Ordering::Relaxed)
            .ok()?;
        Some(self.halves())
    }

    /// The two halves. Halves that were forgotten count as dropped; their items are still there.
    pub fn split_mut(&mut self) -> (PutHalf<'_, T, N>, GetHalf<'_, T, N>) {
        self.state.store(SPLIT, Ordering::Relaxed);
        self.halves()
    }

    /// The caller has set `SPLIT`, and so makes the only ones.
    fn halves(&self) -> (PutHalf<'_, T, N>, GetHalf<'_, T, N>) {
        let put = self.put.0.load(Ordering::Relaxed);
        let got = self.got.0.load(Ordering::Relaxed);
        (
            PutHalf {
                ring: self,
                put,
                got,
            },
            GetHalf {
                ring: self,
                put,
                got,
            },
        )
    }

    /// How many items are in it: a snapshot.
    pub fn len(&self) -> usize {
        // The cursors are read one after the other, and more may happen in between than the ring holds.
        let got = self.got.0.load(Ordering::Relaxed);
        let put = self.put.0.load(Ordering::Relaxed);
        between::<N>(got, put).min(N)
    }

    /// Whether nothing is in it: a snapshot.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Moves out the item at `got` and goes on to the next.
    ///
    /// # Safety
    ///
    /// There is one (`got` and `put` differ, and `put` was seen by edge `spsc-put`), and the caller is the only one that takes.
    #[inline(always)]
    unsafe fn take(&self, got: usize) -> (T, usize) {
        // SAFETY: the slot holds an item, which is ours by the contract; it is vacant from the store on.
        let item = self.slots[slot_of::<N>(got)].with(|slot| unsafe { (*slot).assume_init_read() });
        let next = after::<N>(got);
        self.got.0.store(next, edge!("spsc-got", Release));
        (item, next)
    }

    /// Drops all items, also if dropping one of them panics.
    ///
    /// # Safety
    ///
    /// Nobody else puts or takes.
    unsafe fn drain(&self) {
        struct Rest<'a, T, const N: usize>(&'a RawSpsc<T, N>);
        impl<T, const N: usize> Rest<'_, T, N> {
            fn drop_items(&mut self) {
                let put = self.0.put.0.load(Ordering::Relaxed);
                let mut got = self.0.got.0.load(Ordering::Relaxed);
                while got != put {
                    // SAFETY: the cursors differ, and nobody else is here.
                    let (item, next) = unsafe { self.0.take(got) };
                    got = next;
                    drop(item);
                }
            }
        }
        impl<T, const N: usize> Drop for Rest<'_, T, N> {
            fn drop(&mut self) {
                self.drop_items();
            }
        }
        Rest(self).drop_items();
    }

    /// A half has been dropped; the second to go leaves an empty ring that can be split again.
    fn leave(&self, which: u32) {
        struct Whole<'a>(&'a AtomicU32);
        impl Drop for Whole<'_> {
            fn drop(&mut self) {
                self.0.store(0, edge!("spsc-left", Release));
            }
        }
        let other = (PUTTER_LEFT | GETTER_LEFT) & !which;
        let before = self.state.fetch_or(which, edge!("spsc-left", AcqRel));
        if before & other != 0 {
            let _whole = Whole(&self.state);
            // SAFETY: both halves are gone, and no others are made before `state` is 0.
            unsafe { self.drain() };
        }
    }

    #[inline(always)]
    fn has_left(&self, which: u32) -> bool {
        self.state.load(edge!("spsc-left", Acquire)) & which != 0
    }
}

impl<T, const N: usize> Drop for RawSpsc<T, N> {
    fn drop(&mut self) {
        // SAFETY: `&mut self`.
        unsafe { self.drain() };
    }
}

impl<T, const N: usize> Default for RawSpsc<T, N> {
    fn default() -> Self {
        Self::new()
    }
}

/// The side that puts. Dropping it tells the other side, which can still take what is there.
pub struct PutHalf<'a, T, const N: usize> {
    ring: &'a RawSpsc<T, N>,
    put: usize,
    /// As last seen.
    got: usize,
}

impl<T, const N: usize> PutHalf<'_, T, N> {
    /// Puts an item, or gives it back if there is no room. Wait-free.
    ///
    /// # Errors
    ///
    /// The item, if the ring is full.
    #[inline]
    pub fn push(&mut self, item: T) -> Result<(), T> {
        if between::<N>(self.got, self.put) == N {
            self.got = self.ring.got.0.load(edge!("spsc-got", Acquire));
            if between::<N>(self.got, self.put) == N {
                return Err(item);
            }
        }
        // SAFETY: fewer than `N` items are between the cursors, so this slot is vacant, and only we put.
        self.ring.slots[slot_of::<N>(self.put)].with_mut(|slot| unsafe {
            (*slot).write(item);
        });
        self.put = after::<N>(self.put);
        self.ring.put.0.store(self.put, edge!("spsc-put", Release));
        Ok(())
    }

    /// Whether the other half has been dropped.
    #[inline]
    pub fn is_alone(&self) -> bool {
        self.ring.has_left(GETTER_LEFT)
    }
}

impl<T, const N: usize> Drop for PutHalf<'_, T, N> {
    fn drop(&mut self) {
        self.ring.leave(PUTTER_LEFT);
    }
}

/// The side that takes. Dropping it tells the other side, and drops the items that are there.
pub struct GetHalf<'a, T, const N: usize> {
    ring: &'a RawSpsc<T, N>,
    /// As last seen.
    put: usize,
    got: usize,
}

impl<T, const N: usize> GetHalf<'_, T, N> {
    /// Takes the oldest item, if there is one. Wait-free.
    #[inline]
    pub fn pop(&mut self) -> Option<T> {
        if self.got == self.put {
            self.put = self.ring.put.0.load(edge!("spsc-put", Acquire));
            if self.got == self.put {
                return None;
            }
        }
        // SAFETY: the cursors differ, and only we take.
        let (item, next) = unsafe { self.ring.take(self.got) };
        self.got = next;
        Some(item)
    }

    /// Whether the other half has been dropped. What it put can still be taken.
    #[inline]
    pub fn is_alone(&self) -> bool {
        self.ring.has_left(PUTTER_LEFT)
    }
}

impl<T, const N: usize> Drop for GetHalf<'_, T, N> {
    fn drop(&mut self) {
        struct Leave<'a, T, const N: usize>(&'a RawSpsc<T, N>);
        impl<T, const N: usize> Drop for Leave<'_, T, N> {
            fn drop(&mut self) {
                self.0.leave(GETTER_LEFT);
            }
        }
        // Also if dropping an item panics. What is put from now on goes with the other half.
        let _leave = Leave(self.ring);
        for _ in 0..N {
            if self.pop().is_none() {
                break;
            }
        }
    }
}

impl<T, const N: usize> fmt::Debug for RawSpsc<T, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RawSpsc")
            .field("len", &self.len())
            .field("capacity", &N)
            .finish_non_exhaustive()
    }
}

impl<T, const N: usize> fmt::Debug for PutHalf<'_, T, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PutHalf")
            .field("ring", self.ring)
            .finish_non_exhaustive()
    }
}

impl<T, const N: usize> fmt::Debug for GetHalf<'_, T, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GetHalf")
            .field("ring", self.ring)
            .finish_non_exhaustive()
    }
}
