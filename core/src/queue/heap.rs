//! A heap that a panicking comparison leaves as it was.
//!
//! # Why not a ready-made one
//!
//! `Ord::cmp` is foreign code and may panic. The heaps of the standard library and of `heapless` then are in good order, but an item that was being put stays in them (Python's, too, row Q-04: it is
//! in the heap, and neither counted nor announced). Here a put first finds out, by comparisons alone, where the item goes, and then moves items without calling anything; a get moves them as it goes down, and moves them back if a comparison
//! panics. So a panic changes nothing.
//!
//! # Order
//!
//! Smallest first; among equals the one that was put first, by a number that each item gets: the heap is stable. A wrong `Ord` makes a wrong order and nothing worse.
//!
//! # Costs
//!
//! With n items a put compares log2(n) times at most, and once or twice on average; a get compares 2 log2(n) times at most, and about log2(n) + 2 times on average. Each step is one move: no exchanges, which
//! are three and wait for one another. (A get that first found its way and then moved the items took 15 % longer, with 100 numbers inside.)
//!
//! # Safety
//!
//! Items are moved by copying them bit by bit. In a put nothing that could panic runs meanwhile; in a get one of them is out of the heap, and a hole in it, which closes when it is dropped.
#![allow(
    unsafe_code,
    reason = "moves items along a path, with one of them in hand"
)]

use core::cmp::Ordering;
use core::mem::ManuallyDrop;

use super::kept::{Container, Row};

/// An item and when it was put.
pub(super) struct Numbered<T> {
    item: T,
    number: u64,
}

impl<T: Ord> Numbered<T> {
    #[inline]
    fn comes_before(&self, other: &Self) -> bool {
        // One branch that is hardly ever taken, and no other: the outcome of a comparison in a heap cannot be foretold.
        match self.item.cmp(&other.item) {
            Ordering::Equal => self.number < other.number,
            order => order == Ordering::Less,
        }
    }
}

/// A heap in a row of numbered items: each comes before its two children, which are at 2i + 1 and 2i + 2.
pub(super) struct Heap<R> {
    row: R,
    /// That of the next item. It does not come round: 2^64 puts take centuries.
    number: u64,
}

impl<R> Heap<R> {
    pub(super) const fn new(row: R) -> Self {
        Self { row, number: 0 }
    }
}

const fn parent(index: usize) -> usize {
    (index - 1) / 2
}

/// Where a new item goes: up from the end, past all that are greater. Equal ones came earlier.
fn place_of_new<T: Ord>(items: &[Numbered<T>], new: &T) -> usize {
    let mut place = items.len();
    while place > 0 && new.cmp(&items[parent(place)].item) == Ordering::Less {
        place = parent(place);
    }
    place
}

/// Puts an item in `place`, and moves those on the way from there to the end one step down.
///
/// The new item is written once, where it stays. Written at the end and moved from there, it would be read back at once and in one piece, which a processor that has not yet written its two pieces has to wait for.
fn put_in<T, R: Row<Item = Numbered<T>>>(row: &mut R, place: usize, new: Numbered<T>) {
    let mut at = row.items().len();
    if at <= place {
        return row.push(new);
    }
    let above = parent(at);
    // SAFETY: `above` is less than the length. That item is there twice until the new one takes one of the places; nothing in between panics or returns, as there is room.
    row.push(unsafe { row.items().as_ptr().add(above).read() });
    at = above;
    let first = row.items_mut().as_mut_ptr();
    // SAFETY: `at` only gets less: always in the row. What is at `at` is elsewhere, too, before and after each step, until the new item is written there.
    unsafe {
        while at > place {
            let above = parent(at);
            first.add(above).copy_to_nonoverlapping(first.add(at), 1);
            at = above;
        }
        first.add(at).write(new);
    }
}

/// A row without its first item: there is a hole, and the items on the way to it are one step above their places. Dropped, which is what a panic does, it puts everything back.
struct Hole<T> {
    first: *mut T,
    at: usize,
    out: ManuallyDrop<T>,
}

impl<T> Hole<T> {
    /// # Safety
    ///
    /// `items` is not empty, and nobody else uses it as long as this is there.
    #[inline]
    unsafe fn in_first(items: &mut [T]) -> Self {
        let first = items.as_mut_ptr();
        Self {
            first,
            at: 0,
            // SAFETY: there is one; the hole is in its place from now on.
            out: ManuallyDrop::new(unsafe { first.read() }),
        }
    }

    /// Fills the hole with the item at `from`, where it is then.
    ///
    /// # Safety
    ///
    /// `from` is in the row, and a child or the parent of the hole.
    #[inline(always)]
    unsafe fn go(&mut self, from: usize) {
        // SAFETY: both are in the row, and differ.
        unsafe {
            self.first
                .add(from)
                .copy_to_nonoverlapping(self.first.add(self.at), 1);
        }
        self.at = from;
    }

    /// Fills the hole for good, by a copy of the item at `from`, and gives the one that was taken out.
    ///
    /// # Safety
    ///
    /// `from` is in the row. The caller forgets one of the two copies.
    #[inline(always)]
    unsafe fn fill(self, from: usize) -> T {
        // SAFETY: both are in the row; `from` may be the hole itself only if the row has one item, which is then the one that was taken out.
        unsafe { self.first.add(from).copy_to(self.first.add(self.at), 1) };
        let mut whole = ManuallyDrop::new(self);
        // SAFETY: taken once: `drop` does not run.
        unsafe { ManuallyDrop::take(&mut whole.out) }
    }
}

impl<T> Drop for Hole<T> {
    #[cold]
    fn drop(&mut self) {
        while self.at > 0 {
            // SAFETY: a parent is in the row.
            unsafe { self.go(parent(self.at)) };
        }
        // SAFETY: the hole is in the first place again, whose item is `out`; it is taken once.
        unsafe { self.first.write(ManuallyDrop::take(&mut self.out)) };
    }
}

/// Takes the first item out and leaves the last one twice: where it belongs now, and in the last place. If a comparison panics, nothing has changed.
///
/// Down to a leaf by the smaller children, and from there up again past all that do not come before the last one: it came from a leaf and goes to one, or near.
///
/// # Safety
///
/// `items` is not empty. The caller takes the item in the last place off the row, and forgets it.
unsafe fn take_first<T: Ord>(items: &mut [Numbered<T>]) -> Numbered<T> {
    let end = items.len() - 1;
    // SAFETY: not empty, and `items` is not used as long as the hole is there.
    let mut hole = unsafe { Hole::in_first(items) };
    let first = hole.first.cast_const();
    // SAFETY: wherever an item is compared or moved, its index is at most `end`; items before `end` are there but for the hole, which is never compared: `child` is below it, and `above` above.
    unsafe {
        let last = &*first.add(end);
        let mut child = 1;
        while child + 1 < end {
            let (left, right) = (&*first.add(child), &*first.add(child + 1));
            child += usize::from(right.comes_before(left));
            hole.go(child);
            child = 2 * child + 1;
        }
        if child < end {
            hole.go(child);
        }
        while hole.at > 0 {
            let above = parent(hole.at);
            if (*first.add(above)).comes_before(last) {
                break;
            }
            hole.go(above);
        }
        hole.fill(end)
    }
}

impl<T: Ord, R: Row<Item = Numbered<T>>> Container for Heap<R> {
    type Item = T;

    fn len(&self) -> usize {
        self.row.items().len()
    }

    fn insert(&mut self, item: &mut Option<T>) {
        let Some(new) = item.as_ref() else { return };
        let place = place_of_new(self.row.items(), new);
        self.row.make_room();
        // Nothing foreign from here on.
        let number = self.number;
        if let Some(item) = item.take() {
            self.number += 1;
            put_in(&mut self.row, place, Numbered { item, number });
        }
    }

    fn remove(&mut self) -> Option<T> {
        let items = self.row.items_mut();
        if items.is_empty() {
            return None;
        }
        // SAFETY: not empty; the last item is taken off and forgotten at once.
        let first = unsafe { take_first(items) };
        core::mem::forget(self.row.pop());
        Some(first.item)
    }
}
