//! Piles of keys, in no order, that share their memory.

use alloc::vec::Vec;

use super::key::Key;
use super::slots::NIL;
use super::soon::needed_soon;

/// Keys that lie together: with its two numbers a chunk is nearly four cache lines. Larger ones are faster in a crowd, smaller ones waste less where a pile has a key or two.
const CHUNK: usize = 10;

#[derive(Debug, Clone)]
struct Chunk {
    keys: [Key; CHUNK],
    len: u32,
    next: u32,
}

/// Some keys.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pile {
    /// The chunk to which the next key is added; the others are full.
    head: u32,
    pub(super) len: u32,
    /// The first of all keys that were put here since the pile was empty.
    pub(super) least: Key,
}

impl Pile {
    pub(super) const EMPTY: Self = Self {
        head: NIL,
        len: 0,
        least: Key::VACANT,
    };
}

/// The memory of all piles.
#[derive(Debug)]
pub(super) struct Chunks {
    chunks: Vec<Chunk>,
    vacant: u32,
}

impl Chunks {
    pub(super) const fn new() -> Self {
        Self {
            chunks: Vec::new(),
            vacant: NIL,
        }
    }

    /// Adds a key to a pile.
    #[inline]
    pub(super) fn put(&mut self, pile: &mut Pile, key: Key) {
        if pile.len == 0 || key.is_before(&pile.least) {
            pile.least = key;
        }
        pile.len += 1;
        if let Some(chunk) = self.chunks.get_mut(pile.head as usize)
            && let Some(place) = chunk.keys.get_mut(chunk.len as usize)
        {
            *place = key;
            chunk.len += 1;
            return;
        }
        pile.head = self.chunk_for(key, pile.head);
    }

    /// A chunk with one key.
    #[inline(never)]
    fn chunk_for(&mut self, key: Key, next: u32) -> u32 {
        let index = self.vacant;
        if let Some(chunk) = self.chunks.get_mut(index as usize) {
            self.vacant = chunk.next;
            chunk.keys[0] = key;
            chunk.len = 1;
            chunk.next = next;
            return index;
        }
        let mut keys = [Key::VACANT; CHUNK];
        keys[0] = key;
        self.chunks.push(Chunk { keys, len: 1, next });
        // There are fewer chunks than keys, and fewer keys than `NIL`.
        self.chunks.len() as u32 - 1
    }

    /// Takes a chunk off a pile, whose keys are then read one by one, while others are put into other piles; to be [given back](Self::give_back).
    #[inline]
    pub(super) fn take(&mut self, pile: &mut Pile) -> Option<Taken> {
        let chunk = self.chunks.get(pile.head as usize)?;
        let taken = Taken {
            chunk: pile.head,
            len: chunk.len,
        };
        if let Some(next) = self.chunks.get(chunk.next as usize) {
            needed_soon(next);
        }
        pile.head = chunk.next;
        pile.len -= chunk.len;
        Some(taken)
    }

    /// One of the keys of a chunk that was taken off.
    #[inline]
    pub(super) fn key(&self, taken: &Taken, place: u32) -> Key {
        self.chunks[taken.chunk as usize].keys[place as usize]
    }

    #[inline]
    pub(super) fn give_back(&mut self, taken: Taken) {
        self.chunks[taken.chunk as usize].next = self.vacant;
        self.vacant = taken.chunk;
    }

    /// All keys of a pile, in no order.
    pub(super) fn keys(&self, pile: &Pile) -> impl Iterator<Item = &Key> {
        let mut index = pile.head;
        core::iter::from_fn(move || {
            let chunk = self.chunks.get(index as usize)?;
            index = chunk.next;
            Some(&chunk.keys[..chunk.len as usize])
        })
        .flatten()
    }
}

/// Keys that were taken off a pile.
pub(super) struct Taken {
    chunk: u32,
    pub(super) len: u32,
}
