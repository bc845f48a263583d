//! The nodes of a [`Map`](super::Map).

use alloc::sync::Arc;

use super::{BRANCH, LEAF};

pub(super) type Link<V> = Arc<Node<V>>;

/// A leaf with values, or a branch with nodes; which one follows from how many bits of the key are left.
#[derive(Clone)]
pub(super) enum Node<V> {
    Leaf([Option<V>; 1 << LEAF]),
    Branch([Option<Link<V>>; 1 << BRANCH]),
}

/// The place of a key in a leaf.
#[inline]
fn in_leaf(key: usize) -> usize {
    key & ((1 << LEAF) - 1)
}

/// The place of a key in a branch over keys of so many bits.
#[inline]
fn in_branch(key: usize, bits: u32) -> usize {
    (key >> (bits - BRANCH)) & ((1 << BRANCH) - 1)
}

impl<V> Node<V> {
    /// A node for keys of so many bits.
    pub(super) fn empty(bits: u32) -> Link<V> {
        Arc::new(if bits == LEAF {
            Self::Leaf([const { None }; 1 << LEAF])
        } else {
            Self::Branch([const { None }; 1 << BRANCH])
        })
    }

    /// A branch whose first node is `first`.
    pub(super) fn above(first: Link<V>) -> Link<V> {
        let mut nodes = [const { None }; 1 << BRANCH];
        nodes[0] = Some(first);
        Arc::new(Self::Branch(nodes))
    }

    #[inline]
    pub(super) fn get(&self, key: usize, mut bits: u32) -> Option<&V> {
        let mut node = self;
        loop {
            match node {
                Self::Leaf(values) => return values[in_leaf(key)].as_ref(),
                Self::Branch(nodes) => {
                    node = nodes[in_branch(key, bits)].as_deref()?;
                    bits -= BRANCH;
                }
            }
        }
    }

    /// The first value at `key` or behind it, with its key, both counted from the beginning of this node.
    pub(super) fn first_from(&self, key: usize, bits: u32) -> Option<(usize, &V)> {
        match self {
            Self::Leaf(values) => {
                let from = in_leaf(key);
                let found = values[from..].iter().position(Option::is_some)? + from;
                Some((found, values[found].as_ref()?))
            }
            Self::Branch(nodes) => {
                let from = in_branch(key, bits);
                let below = bits - BRANCH;
                (from..nodes.len()).find_map(|at| {
                    let rest = if at == from { key } else { 0 };
                    let (found, value) = nodes[at].as_deref()?.first_from(rest, below)?;
                    Some(((at << below) | found, value))
                })
            }
        }
    }
}

impl<V: Clone> Node<V> {
    /// The place of a key; nodes on the way are made where there are none, and copied where they are shared.
    #[inline]
    pub(super) fn place(&mut self, key: usize, mut bits: u32) -> &mut Option<V> {
        let mut node = self;
        loop {
            match node {
                Self::Leaf(values) => return &mut values[in_leaf(key)],
                Self::Branch(nodes) => {
                    let below = &mut nodes[in_branch(key, bits)];
                    bits -= BRANCH;
                    node = Arc::make_mut(below.get_or_insert_with(|| Self::empty(bits)));
                }
            }
        }
    }
}
