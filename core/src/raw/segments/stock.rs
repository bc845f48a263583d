//! Blocks out of use, and how they come back: piles and a few places at hand.
//!
//! A pile is a stack of which one can take all, but never only the top: so nobody ever follows the link of a block that is not its own, and a block that comes back
//! to a pile while somebody looks at it (ABA) does no harm.
//!
//! # Orderings
//!
//! Edge `block-given`: from giving a block away (Release) to taking it (Acquire). A block further down a pile was pushed by a read-modify-write of the same word before, and those on top of it by others, which
//! continue the release sequence; so who takes the pile has what each giver did.
//!
//! # Safety
//!
//! A block in here is owned by whoever takes the word that leads to it.
#![allow(
    unsafe_code,
    reason = "raw memory whose owner changes, by the rules in mod.rs"
)]

use core::ptr::{NonNull, null_mut};

use super::block::Block;
use crate::atomics::{AtomicPtr, Ordering, edge};

/// A stack of blocks, linked by `below`.
struct Pile<T> {
    top: AtomicPtr<Block<T>>,
}

impl<T> Pile<T> {
    maybe_const! {
        fn new() -> Self {
            Self { top: AtomicPtr::new(null_mut()) }
        }
    }

    /// Takes all there is.
    fn take(&self) -> *mut Block<T> {
        if self.top.load(Ordering::Relaxed).is_null() {
            return null_mut();
        }
        self.top.swap(null_mut(), edge!("block-given", Acquire))
    }

    /// Gives a chain of blocks.
    ///
    /// # Safety
    ///
    /// The caller owns all from `first` to `last`, chained in this order.
    unsafe fn push(&self, first: *mut Block<T>, last: *mut Block<T>) {
        let mut top = self.top.load(Ordering::Relaxed);
        loop {
            // SAFETY: owned until the exchange succeeds.
            unsafe { Block::set_below(last, top) };
            match self.top.compare_exchange(
                top,
                first,
                edge!("block-given", Release),
                Ordering::Relaxed,
            ) {
                Ok(_) => return,
                Err(now) => top = now,
            }
        }
    }

    /// Takes all, keeps the top and gives the others back.
    fn take_one(&self) -> Option<NonNull<Block<T>>> {
        let one = NonNull::new(self.take())?;
        // SAFETY: all of the chain are owned.
        unsafe {
            let rest = Block::below(one.as_ptr());
            if !rest.is_null() {
                let mut last = rest;
                loop {
                    let below = Block::below(last);
                    if below.is_null() {
                        break;
                    }
                    last = below;
                }
                self.push(rest, last);
            }
        }
        Some(one)
    }
}

/// All blocks of a queue that are not in its chain.
pub(super) struct Stock<T> {
    /// Left behind by the head, perhaps with getters inside.
    retired: Pile<T>,
    /// Nobody's, and to be looked at: they stay as long as the queue.
    watched: Pile<T>,
    /// Nobody's: a few to be used again while they are in a cache.
    spare: [AtomicPtr<Block<T>>; SPARES],
}

const SPARES: usize = 2;

impl<T> Stock<T> {
    maybe_const! {
        pub(super) fn new() -> Self {
            Self {
                retired: Pile::new(),
                watched: Pile::new(),
                spare: [AtomicPtr::new(null_mut()), AtomicPtr::new(null_mut())],
            }
        }
    }

    /// A block that is ready for the chain, used or new. Those that stay in any case come first.
    pub(super) fn take(&self) -> NonNull<Block<T>> {
        if let Some(block) = self.watched.take_one() {
            // SAFETY: owned.
            unsafe { Block::reset(block.as_ptr()) };
            return block;
        }
        for place in &self.spare {
            if !place.load(Ordering::Relaxed).is_null() {
                let block = place.swap(null_mut(), edge!("block-given", Acquire));
                if let Some(block) = NonNull::new(block) {
                    // SAFETY: owned.
                    unsafe { Block::reset(block.as_ptr()) };
                    return block;
                }
            }
        }
        Block::allocate()
    }

    /// Gives back a block that is ready for the chain, but frees it where there are enough.
    ///
    /// # Safety
    ///
    /// The caller owns it; all its slots are vacant and no block is chained to it.
    pub(super) unsafe fn give(&self, block: *mut Block<T>) {
        // SAFETY: owned.
        if unsafe { Block::is_watched(block) } {
            // SAFETY: owned.
            return unsafe { self.watched.push(block, block) };
        }
        for place in &self.spare {
            if place.load(Ordering::Relaxed).is_null()
                && place
                    .compare_exchange(
                        null_mut(),
                        block,
                        edge!("block-given", Release),
                        Ordering::Relaxed,
                    )
                    .is_ok()
            {
                return;
            }
        }
        // SAFETY: owned, and nobody looks at a block that was never watched.
        unsafe { Block::free(block) }
    }

    /// Takes leave of a block that the head has left, and of all others whose last getter has left since.
    ///
    /// # Safety
    ///
    /// The caller moved the head from this block to the next, and has read its own slot.
    pub(super) unsafe fn retire(&self, block: *mut Block<T>) {
        let mut left = self.retired.take();
        let mut kept: *mut Block<T> = null_mut();
        let mut last_kept = null_mut();
        let mut next = block;
        while !next.is_null() {
            let block = next;
            next = left;
            // SAFETY: `block` is the caller's own, or from the pile and so owned.
            unsafe {
                if !left.is_null() {
                    left = Block::below(left);
                }
                if Block::is_read(block) {
                    Block::set_next(block, null_mut());
                    self.give(block);
                } else {
                    if kept.is_null() {
                        last_kept = block;
                    }
                    Block::set_below(block, kept);
                    kept = block;
                }
            }
        }
        if !kept.is_null() {
            // SAFETY: owned, and chained above.
            unsafe { self.retired.push(kept, last_kept) }
        }
    }

    /// Frees all.
    ///
    /// # Safety
    ///
    /// The caller has the queue for itself.
    pub(super) unsafe fn free_all(&mut self) {
        let mut chains = [
            self.retired.take(),
            self.watched.take(),
            null_mut(),
            null_mut(),
        ];
        for (chain, place) in chains[2..].iter_mut().zip(&self.spare) {
            *chain = place.swap(null_mut(), edge!("block-given", Acquire));
            if !chain.is_null() {
                // SAFETY: owned.
                unsafe { Block::set_below(*chain, null_mut()) };
            }
        }
        for mut block in chains {
            while !block.is_null() {
                // SAFETY: owned, and no getter is under way.
                unsafe {
                    let below = Block::below(block);
                    Block::free(block);
                    block = below;
                }
            }
        }
    }
}
