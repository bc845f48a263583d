//! Circular lists through the entries, by index.

use super::Entry;

/// Makes `index` a list of its own.
#[inline]
pub(super) fn alone<T>(entries: &mut [Entry<T>], index: u32) {
    let entry = &mut entries[index as usize];
    entry.prev = index;
    entry.next = index;
}

/// Joins the list that begins with `second` to the end of the one that begins with `first`.
#[inline]
pub(super) fn join<T>(entries: &mut [Entry<T>], first: u32, second: u32) {
    let first_last = entries[first as usize].prev;
    let second_last = entries[second as usize].prev;
    entries[first_last as usize].next = second;
    entries[second as usize].prev = first_last;
    entries[second_last as usize].next = first;
    entries[first as usize].prev = second_last;
}

/// Takes `index` out of its list and returns its follower, or `None` when it was alone.
#[inline]
pub(super) fn remove<T>(entries: &mut [Entry<T>], index: u32) -> Option<u32> {
    let Entry { prev, next, .. } = entries[index as usize];
    entries[prev as usize].next = next;
    entries[next as usize].prev = prev;
    (next != index).then_some(next)
}
