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
//! A heap of n items has d levels below its first item, with d the logarithm of n to the base 4, rounded up. A put compares d times at most, and about once on average; a get compares 4 d times at most, and about 3 d times on average. Each step is
//! one move: no exchanges, which are three and wait for one another. (A get that first found its way and then moved the items took 15 % longer, with 100 numbers inside.)
//!
//! Four children and not two, because what takes time is to wait for the outcome of one comparison before the next can be chosen, and for memory: there are half as many steps, each in one line or two, and of the three comparisons of a step two do not wait for each
//! other. The numbers are in a row of their own, because they are needed among equals only: beside the items they made what a get reads twice as large. With a million numbers inside, both together made a get take half of the time.
//!
//! # Safety
//!
//! Items are moved by copying them bit by bit. In a put nothing that could panic runs meanwhile; in a get one of them is out of the heap, and a hole in it, which closes when it is dropped.
#![allow(
    unsafe_code,
    reason = "moves items along a path, with one of them in hand"
)]

use core::cmp::Ordering;
use core::hint::select_unpredictable;
use core::mem::ManuallyDrop;

use super::kept::{Container, Row};

/// How many children an item has.
const CHILDREN: usize = 4;

const fn parent(index: usize) -> usize {
    (index - 1) / CHILDREN
}

const fn first_child(index: usize) -> usize {
    CHILDREN * index + 1
}

/// A heap in two rows of the same length, of items and of their numbers: each comes before its children.
pub(super) struct Heap<R, N> {
    items: R,
    numbers: N,
    /// That of the next item. It does not come round: 2^64 puts take centuries.
    next: u64,
}

impl<R, N> Heap<R, N> {
    /// Of two empty rows.
    pub(super) const fn new(items: R, numbers: N) -> Self {
        Self {
            items,
            numbers,
            next: 0,
        }
    }
}

/// Where a new item goes: up from the end, past all that are greater. Equal ones came earlier.
fn place_of_new<T: Ord>(items: &[T], new: &T) -> usize {
    let mut place = items.len();
    while place > 0 && new.cmp(&items[parent(place)]) == Ordering::Less {
        place = parent(place);
    }
    place
}

/// Puts an item in `place`, and moves those on the way from there to the end one step down.
///
/// The new item is written once, where it stays. Written at the end and moved from there, it would be read back at once and in one piece, which a processor that has not yet written its pieces has to wait for.
fn put_in<R: Row>(row: &mut R, place: usize, new: R::Item) {
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

/// Rows without their first item: there is a hole, and the items on the way to it are one step above their places. Dropped, which is what a panic does, it puts everything back.
struct Hole<T> {
    items: *mut T,
    numbers: *mut u64,
    at: usize,
    out: ManuallyDrop<T>,
    out_number: u64,
}

impl<T: Ord> Hole<T> {
    /// # Safety
    ///
    /// The rows are not empty, and nobody else uses them as long as this is there.
    #[inline]
    unsafe fn in_first(items: *mut T, numbers: *mut u64) -> Self {
        // SAFETY: there is a first one in each; the hole is in its place from now on.
        let (out, out_number) = unsafe { (items.read(), numbers.read()) };
        Self {
            items,
            numbers,
            at: 0,
            out: ManuallyDrop::new(out),
            out_number,
        }
    }

    /// Compares two items, without their numbers.
    ///
    /// # Safety
    ///
    /// Both are in the rows, and not the hole.
    #[inline(always)]
    unsafe fn order(&self, one: usize, other: usize) -> Ordering {
        // SAFETY: the contract.
        unsafe { (*self.items.add(one)).cmp(&*self.items.add(other)) }
    }

    /// Whether the item at `one` leaves before the one at `other`, which compare like this.
    ///
    /// # Safety
    ///
    /// Both are in the rows.
    #[inline]
    unsafe fn goes_first(&self, order: Ordering, one: usize, other: usize) -> bool {
        match order {
            // SAFETY: the contract.
            Ordering::Equal => unsafe { *self.numbers.add(one) < *self.numbers.add(other) },
            order => order == Ordering::Less,
        }
    }

    /// The one of four in a row that leaves first.
    ///
    /// Two pairs, which do not wait for each other; and no branches but those for equals, as half of the guesses would be wrong. Equals are settled elsewhere, so that the
    /// outcome of a comparison goes right into the next address: that is a fifth of the time of a get.
    ///
    /// # Safety
    ///
    /// They are in the rows, and none is the hole.
    #[inline(always)]
    unsafe fn least(&self, child: usize) -> usize {
        // SAFETY: the contract.
        unsafe {
            let of_left = self.order(child + 1, child);
            let of_right = self.order(child + 3, child + 2);
            if of_left == Ordering::Equal || of_right == Ordering::Equal {
                return self.least_if_equal(child, of_left, of_right);
            }
            let left = child + usize::from(of_left == Ordering::Less);
            let right = child + 2 + usize::from(of_right == Ordering::Less);
            let of_both = self.order(right, left);
            if of_both == Ordering::Equal {
                return self.first_of_equals(left, right);
            }
            select_unpredictable(of_both == Ordering::Less, right, left)
        }
    }

    /// [`least`](Self::least), where one pair or both are of equals.
    ///
    /// # Safety
    ///
    /// As there.
    #[cold]
    #[inline(never)]
    unsafe fn least_if_equal(&self, child: usize, of_left: Ordering, of_right: Ordering) -> usize {
        // SAFETY: the contract.
        unsafe {
            let left = child + usize::from(self.goes_first(of_left, child + 1, child));
            let right = child + 2 + usize::from(self.goes_first(of_right, child + 3, child + 2));
            if self.goes_first(self.order(right, left), right, left) {
                right
            } else {
                left
            }
        }
    }

    /// The one of two equals that was put first.
    ///
    /// # Safety
    ///
    /// Both are in the rows.
    #[cold]
    #[inline(never)]
    unsafe fn first_of_equals(&self, one: usize, other: usize) -> usize {
        // SAFETY: the contract.
        match unsafe { self.goes_first(Ordering::Equal, one, other) } {
            true => one,
            false => other,
        }
    }
}

impl<T> Hole<T> {
    /// Fills the hole with the item at `from`, where it is then.
    ///
    /// # Safety
    ///
    /// `from` is in the rows, and a child or the parent of the hole.
    #[inline(always)]
    unsafe fn go(&mut self, from: usize) {
        // SAFETY: both are in the rows, and differ.
        unsafe {
            self.items
                .add(from)
                .copy_to_nonoverlapping(self.items.add(self.at), 1);
            *self.numbers.add(self.at) = *self.numbers.add(from);
        }
        self.at = from;
    }

    /// Fills the hole for good, by a copy of the item at `from`, and gives the one that was taken out.
    ///
    /// # Safety
    ///
    /// `from` is in the rows, and not the hole. The caller forgets one of the two copies.
    #[inline(always)]
    unsafe fn fill(self, from: usize) -> T {
        // SAFETY: both are in the rows, and differ.
        unsafe {
            self.items
                .add(from)
                .copy_to_nonoverlapping(self.items.add(self.at), 1);
            *self.numbers.add(self.at) = *self.numbers.add(from);
        }
        let mut whole = ManuallyDrop::new(self);
        // SAFETY: taken once: `drop` does not run.
        unsafe { ManuallyDrop::take(&mut whole.out) }
    }
}

impl<T> Drop for Hole<T> {
    #[cold]
    fn drop(&mut self) {
        while self.at > 0 {
            // SAFETY: a parent is in the rows.
            unsafe { self.go(parent(self.at)) };
        }
        // SAFETY: the hole is in the first place again, whose item is `out`; it is taken once.
        unsafe {
            self.items.write(ManuallyDrop::take(&mut self.out));
            self.numbers.write(self.out_number);
        }
    }
}

/// Takes the first item out and leaves the last one twice: where it belongs now, and in the last place. If a comparison panics, nothing has changed.
///
/// Down to a leaf by the smallest children, and from there up again past all that do not come before the last one: it came from a leaf and goes to one, or near.
///
/// # Safety
///
/// The rows have `len` items, two at least, and nobody else uses them meanwhile. The caller takes the last of each off, and forgets it.
#[inline]
unsafe fn take_first<T: Ord>(items: *mut T, numbers: *mut u64, len: usize) -> T {
    let end = len - 1;
    // SAFETY: not empty, and used by nobody else.
    let mut hole = unsafe { Hole::in_first(items, numbers) };
    // SAFETY: wherever an item is compared or moved, its index is at most `end`; items before `end` are there but for the hole, which is never compared: `child` is below it, and `above` above.
    unsafe {
        let mut child = first_child(0);
        while child + CHILDREN <= end {
            let least = hole.least(child);
            hole.go(least);
            child = first_child(least);
        }
        if child < end {
            let mut least = child;
            for other in child + 1..end {
                if hole.goes_first(hole.order(other, least), other, least) {
                    least = other;
                }
            }
            hole.go(least);
        }
        while hole.at > 0 {
            let above = parent(hole.at);
            if hole.goes_first(hole.order(above, end), above, end) {
                break;
            }
            hole.go(above);
        }
        hole.fill(end)
    }
}

impl<T: Ord, R: Row<Item = T>, N: Row<Item = u64>> Container for Heap<R, N> {
    type Item = T;

    fn len(&self) -> usize {
        self.items.items().len()
    }

    fn insert(&mut self, item: &mut Option<T>) {
        let Some(new) = item.as_ref() else { return };
        let place = place_of_new(self.items.items(), new);
        self.items.make_room();
        self.numbers.make_room();
        // Nothing foreign from here on.
        let number = self.next;
        if let Some(item) = item.take() {
            self.next += 1;
            put_in(&mut self.items, place, item);
            put_in(&mut self.numbers, place, number);
        }
    }

    fn remove(&mut self) -> Option<T> {
        let items = self.items.items_mut();
        let numbers = self.numbers.items_mut();
        let len = items.len();
        if len < 2 || numbers.len() != len {
            // The only item would be there twice when it is taken off; and two that are the same `Box` are one too many, even if one is forgotten at once.
            self.numbers.pop();
            return self.items.pop();
        }
        // SAFETY: two rows of this length, not empty and both in our hands; the last item is taken off and forgotten at once.
        let first = unsafe { take_first(items.as_mut_ptr(), numbers.as_mut_ptr(), len) };
        core::mem::forget(self.items.pop());
        self.numbers.pop();
        Some(first)
    }
}
