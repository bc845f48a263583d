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
//! With n items a put compares log2(n) times at most, and once or twice on average; a get compares 2 log2(n) times at most, and about log2(n) + 2 times on average. Both then swap log2(n) times at most.

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
    let mut at = items.len() - 1;
    while at > place {
        items.swap(at, parent(at));
        at = parent(at);
    }
}

/// Moves the first item down to `place`, and those on the way one step up.
fn sink<T>(items: &mut [T], place: usize) {
    // Counted from 1, an index begins with the bits of its ancestors.
    let target = place + 1;
    let mut at = 0;
    for shift in (0..target.ilog2()).rev() {
        let next = (target >> shift) - 1;
        items.swap(at, next);
        at = next;
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
        let items = self.row.items();
        let last = items.len().checked_sub(1)?;
        let place = place_of_last(items);
        // Nothing foreign from here on.
        self.row.items_mut().swap(0, last);
        let first = self.row.pop()?;
        if last > 0 {
            sink(self.row.items_mut(), place);
        }
        Some(first.item)
    }
}
