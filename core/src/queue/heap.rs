//! A heap that a panicking comparison leaves as it was.
//!
//! # Why not a ready-made one
//!
//! `Ord::cmp` is foreign code and may panic. The heaps of the standard library and of `heapless` then are in good order, but an item that was being put stays in them (Python's, too, row Q-04: it is
//! in the heap, and neither counted nor announced). Here an operation first finds out, by comparisons alone, where the item goes, and then moves items without calling anything. So a panic changes nothing.
//!
//! # Order
//!
//! Smallest first; among equals the one that was put first, by a number that each item gets: the heap is stable. A wrong `Ord` makes a wrong order and nothing worse.
//!
//! # Costs
//!
//! With n items a put compares log2(n) times at most, and once or twice on average; a get compares 2 log2(n) times at most, and about log2(n) + 2 times on average. Both then move log2(n) + 6 items at most, each once: no exchanges, which
//! are three moves each and wait for one another.
//!
//! # Safety
//!
//! Items are moved by copying them bit by bit, with one of them out of the heap meanwhile. Nothing that could panic runs then.
#![allow(
    unsafe_code,
    reason = "moves items along a path, with one of them in hand"
)]

use core::cmp::Ordering;

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

/// Where the last item goes when the first one leaves: down to a leaf by the smaller children, and from there up again past all that do not come before it.
fn place_of_last<T: Ord>(items: &[Numbered<T>]) -> usize {
    let Some((last, rest)) = items.split_last() else {
        return 0;
    };
    let mut place = 0;
    while let Some([left, right]) = rest.get(2 * place + 1..2 * place + 3) {
        place = 2 * place + 1 + usize::from(right.comes_before(left));
    }
    if 2 * place + 1 < rest.len() {
        place = 2 * place + 1;
    }
    while place > 0 && !rest[place].comes_before(last) {
        place = parent(place);
    }
    place
}

/// Moves the last item up to `place`, and those on the way one step down.
fn rise<T>(items: &mut [T], place: usize) {
    let Some(mut at) = items.len().checked_sub(1) else {
        return;
    };
    let first = items.as_mut_ptr();
    // SAFETY: `at` begins at the last item and only gets less: always in the slice. The item that is read is written back at the end, to the place of the last one that was copied; nothing in
    // between panics or returns. So each item is there once.
    unsafe {
        let rising = first.add(at).read();
        while at > place {
            let above = parent(at);
            first.add(above).copy_to_nonoverlapping(first.add(at), 1);
            at = above;
        }
        first.add(at).write(rising);
    }
}

/// Moves the first item down to `place`, and those on the way one step up.
fn sink<T>(items: &mut [T], place: usize) {
    assert!(place < items.len(), "a place in the heap");
    // Counted from 1, an index begins with the bits of its ancestors.
    let target = place + 1;
    let mut at = 0;
    let first = items.as_mut_ptr();
    // SAFETY: `next` is at most `place`, because it is `target` without some of its last bits, less 1: always in the slice. As above, the item that is read is written back at the end, and nothing in between panics or returns.
    unsafe {
        let sinking = first.read();
        for shift in (0..target.ilog2()).rev() {
            let next = (target >> shift) - 1;
            first.add(next).copy_to_nonoverlapping(first.add(at), 1);
            at = next;
        }
        first.add(at).write(sinking);
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
            self.row.push(Numbered { item, number });
            rise(self.row.items_mut(), place);
        }
    }

    fn remove(&mut self) -> Option<T> {
        let place = place_of_last(self.row.items());
        // Nothing foreign from here on.
        let last = self.row.pop()?;
        let items = self.row.items_mut();
        let Some(first) = items.first_mut() else {
            return Some(last.item);
        };
        let first = core::mem::replace(first, last);
        sink(items, place);
        Some(first.item)
    }
}
