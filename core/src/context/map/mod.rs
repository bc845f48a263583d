//! [`Map`]: a map of which a copy costs one count, and that changes in place while nobody shares it.
//!
//! # Why this shape
//!
//! A context is copied far more often than it is changed, and it is small: as many values as a program has context variables. Variables are numbered from zero as they are used, so the keys are
//! small numbers, and a radix tree needs neither hashes nor comparisons. A leaf has eight places and a branch sixteen: a program with up to eight variables has one node, with 128 two levels.
//!
//! A copy shares the root. A change copies the nodes on the way to its place, but only those that somebody else has, too: the second change after a copy is made in place.
//!
//! # What stays
//!
//! Nodes that have become empty stay for the next change, as the usual thing is that a variable is set again; an empty map that shares its nodes lets go of them.

mod iter;
mod node;

use core::fmt;

pub use iter::Iter;
use node::{Link, Node};

/// How many bits of a key a leaf takes, and a branch.
const LEAF: u32 = 3;
const BRANCH: u32 = 4;

/// A persistent map from small numbers to values: `clone` is O(1), everything else O(log n) with base 16. It needs the feature `context-map`.
///
/// It is what lies behind the contexts of `selvedge`; by itself it is an ordinary value, without locks. Values are cloned when a node is copied, so they should be counted pointers.
/// `V`'s `Clone` and `Drop` run while the map is borrowed, so they cannot come back to it.
///
/// ```
/// use selvedge_core::context::Map;
///
/// let mut map = Map::new();
/// map.insert(3, "three");
/// let before = map.clone();
/// assert_eq!(map.insert(3, "drei"), Some("three"));
/// assert_eq!((before.get(3), map.get(3)), (Some(&"three"), Some(&"drei")));
/// ```
pub struct Map<V> {
    root: Option<Link<V>>,
    /// How many bits the keys may have that the tree can hold.
    bits: u32,
    len: usize,
}

impl<V> Map<V> {
    /// An empty map. Allocates nothing.
    pub const fn new() -> Self {
        Self {
            root: None,
            bits: LEAF,
            len: 0,
        }
    }

    /// How many values there are.
    #[inline]
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Whether there are none.
    #[inline]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The value of a key.
    #[inline]
    pub fn get(&self, key: usize) -> Option<&V> {
        let root = self.root.as_deref()?;
        if beyond(key, self.bits) {
            return None;
        }
        root.get(key, self.bits)
    }

    /// The values in the order of their keys.
    pub const fn iter(&self) -> Iter<'_, V> {
        Iter::new(self)
    }

    /// Whether both are copies of one map, unchanged since. If so they are equal; if not, nothing is known.
    pub fn same_nodes(&self, other: &Self) -> bool {
        match (&self.root, &other.root) {
            (None, None) => true,
            (Some(mine), Some(theirs)) => Link::ptr_eq(mine, theirs) && self.len == other.len,
            _ => false,
        }
    }

    /// The first value at `key` or behind it, with its key.
    pub fn first_from(&self, key: usize) -> Option<(usize, &V)> {
        if beyond(key, self.bits) {
            return None;
        }
        self.root.as_deref()?.first_from(key, self.bits)
    }
}

impl<V: Clone> Map<V> {
    /// Gives a key a value, and returns the one before.
    pub fn insert(&mut self, key: usize, value: V) -> Option<V> {
        if beyond(key, self.bits) {
            self.grow(key);
        }
        let bits = self.bits;
        let root = self.root.get_or_insert_with(|| Node::empty(bits));
        let old = Link::make_mut(root).place(key, bits).replace(value);
        if old.is_none() {
            self.len += 1;
        }
        old
    }

    /// Takes the value of a key away.
    pub fn remove(&mut self, key: usize) -> Option<V> {
        // Nothing is copied for a key that is not there.
        let value = self.get(key)?;
        if self.len == 1
            && self
                .root
                .as_ref()
                .is_some_and(|root| Link::strong_count(root) != 1)
        {
            // Somebody else's nodes, and nothing of ours would be left in them.
            let value = value.clone();
            *self = Self::new();
            return Some(value);
        }
        let root = self.root.as_mut()?;
        let bits = self.bits;
        let old = Link::make_mut(root).place(key, bits).take();
        self.len -= 1;
        old
    }

    /// Makes the tree high enough for a key.
    #[cold]
    fn grow(&mut self, key: usize) {
        while beyond(key, self.bits) {
            self.bits += BRANCH;
            if let Some(root) = self.root.take() {
                self.root = Some(Node::above(root));
            }
        }
    }
}

/// Whether a key has more bits than that.
#[inline]
fn beyond(key: usize, bits: u32) -> bool {
    key.checked_shr(bits).is_some_and(|rest| rest != 0)
}

impl<V> Clone for Map<V> {
    #[inline]
    fn clone(&self) -> Self {
        // An empty map has no use for nodes that it would have to copy.
        if self.is_empty() {
            return Self::new();
        }
        Self {
            root: self.root.clone(),
            bits: self.bits,
            len: self.len,
        }
    }
}

impl<V> Default for Map<V> {
    fn default() -> Self {
        Self::new()
    }
}

impl<V: Clone> FromIterator<(usize, V)> for Map<V> {
    fn from_iter<I: IntoIterator<Item = (usize, V)>>(values: I) -> Self {
        let mut map = Self::new();
        for (key, value) in values {
            map.insert(key, value);
        }
        map
    }
}

impl<'a, V> IntoIterator for &'a Map<V> {
    type Item = (usize, &'a V);
    type IntoIter = Iter<'a, V>;

    fn into_iter(self) -> Iter<'a, V> {
        self.iter()
    }
}

impl<V: PartialEq> PartialEq for Map<V> {
    fn eq(&self, other: &Self) -> bool {
        self.len == other.len && (self.same_nodes(other) || self.iter().eq(other))
    }
}

impl<V: Eq> Eq for Map<V> {}

impl<V: fmt::Debug> fmt::Debug for Map<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self).finish()
    }
}
