//! A heap of keys, four children to a node, that tells where it puts each.
//!
//! Four children make it half as high as two do, and those of one node lie side by side in memory. A move writes a key and, through `moved`, its place: so any
//! key can be taken out, at the cost of finding it, which is none.

use super::key::Key;

const CHILDREN: usize = 4;

/// Puts `key` at the end of the heap `keys`, whose last place is to be filled, and lets it rise.
#[inline]
pub(super) fn push(keys: &mut [Key], key: Key, mut moved: impl FnMut(&Key, usize)) {
    if let Some(last) = keys.len().checked_sub(1) {
        rise(keys, last, key, &mut moved);
    }
}

/// Takes the key at `place` out of the heap `keys`. The last place of `keys` is free then.
#[inline]
pub(super) fn remove(keys: &mut [Key], place: usize, mut moved: impl FnMut(&Key, usize)) -> Key {
    let removed = keys[place];
    let (last, rest) = keys.split_last_mut().expect("it has a key");
    if place < rest.len() {
        let last = *last;
        if last.is_before(&removed) {
            // It came from another branch.
            rise(rest, place, last, &mut moved);
        } else {
            sink(rest, place, last, &mut moved);
        }
    }
    removed
}

/// Puts `key` at `place`, or at an ancestor's.
#[inline]
fn rise(keys: &mut [Key], mut place: usize, key: Key, moved: &mut impl FnMut(&Key, usize)) {
    while place > 0 {
        let parent = (place - 1) / CHILDREN;
        if !key.is_before(&keys[parent]) {
            break;
        }
        keys[place] = keys[parent];
        moved(&keys[place], place);
        place = parent;
    }
    keys[place] = key;
    moved(&key, place);
}

/// Puts `key` at `place`, or at a descendant's.
#[inline]
fn sink(keys: &mut [Key], mut place: usize, key: Key, moved: &mut impl FnMut(&Key, usize)) {
    while let Some(child) = least_child(keys, place) {
        if !keys[child].is_before(&key) {
            break;
        }
        keys[place] = keys[child];
        moved(&keys[place], place);
        place = child;
    }
    keys[place] = key;
    moved(&key, place);
}

#[inline]
fn least_child(keys: &[Key], place: usize) -> Option<usize> {
    let first = CHILDREN * place + 1;
    let children = keys.get(first..)?;
    let lesser = |one: usize, other: usize| {
        if children[other].is_before(&children[one]) {
            other
        } else {
            one
        }
    };
    let least = if children.len() >= CHILDREN {
        // Two by two: a shorter chain of comparisons than one after the other.
        lesser(lesser(0, 1), lesser(2, 3))
    } else {
        (1..children.len()).fold(0, lesser)
    };
    (!children.is_empty()).then_some(first + least)
}
