//! Getting: claims at the head, and moving it to the next block.
//!
//! # Safety
//!
//! By the rules of `mod.rs`.
#![allow(
    unsafe_code,
    reason = "raw memory whose owner changes, by the rules in mod.rs"
)]

use super::Segments;
use super::backoff::Backoff;
use super::block::Block;
use super::cursor::{ONE, is_end, is_inner, is_last, offset, settled};
use crate::atomics::{Ordering, after_rmw, edge, spin_loop};
use crate::port::Relax;
use crate::queue::TryGetError;

/// The tag of the head's block: all slots are known to be written.
const FULL: usize = 1;

/// The block without the tag.
#[inline(always)]
pub(super) fn untagged<T>(block: *mut Block<T>) -> *mut Block<T> {
    block.map_addr(|address| address & !FULL)
}

/// Whether a getter may claim that slot.
///
/// # Safety
///
/// `block` was loaded from the head after an index that was not the END of lap 0; `offset` is a slot's.
#[inline(always)]
unsafe fn is_ready<T>(block: *mut Block<T>, offset: usize) -> bool {
    // SAFETY: without the tag the block is watched: it stays as long as the queue.
    block.addr() & FULL != 0 || unsafe { Block::is_written(block, offset) }
}

impl<T> Segments<T> {
    /// Takes the oldest item. `R` says how to make room for others.
    #[inline(always)]
    pub(super) fn get<R: Relax>(&self) -> Result<T, TryGetError> {
        let head = &self.head.0.cursor;
        let index = head.index.load(edge!("head-moved", Acquire));
        // It may be newer than the index, and is looked at all the same: its memory must be there for this getter.
        let block = head.block.load(edge!("head-moved", Acquire));
        let offset = offset::<T>(index);
        if is_inner::<T>(offset)
            && head.is_mine()
            // SAFETY: an inner offset is a slot's, and no END.
            && unsafe { is_ready(block, offset) }
            && self.claim_at_head(index)
        {
            // SAFETY: just claimed, and written.
            return Ok(unsafe { Block::read(untagged(block), offset) });
        }
        self.get_slowly::<R>()
    }

    #[inline(always)]
    fn claim_at_head(&self, index: usize) -> bool {
        let is_claimed = self
            .head
            .0
            .cursor
            .index
            .compare_exchange_weak(
                index,
                index.wrapping_add(ONE),
                edge!("claimed-or-listed", SeqCst),
                Ordering::Relaxed,
            )
            .is_ok();
        if is_claimed {
            after_rmw(edge!("claimed-or-listed"));
        }
        is_claimed
    }

    /// The same where the head may have to move on, or there may be nothing.
    #[cold]
    #[inline(never)]
    fn get_slowly<R: Relax>(&self) -> Result<T, TryGetError> {
        let head = &self.head.0.cursor;
        let mut backoff = Backoff::new();
        let mut has_met = false;
        loop {
            let index = head.index.load(edge!("head-moved", Acquire));
            let block = head.block.load(edge!("head-moved", Acquire));
            let offset = offset::<T>(index);
            if is_end::<T>(offset) {
                if block.is_null() {
                    return Err(self.why_nothing(index));
                }
                spin_loop();
                continue;
            }
            // SAFETY: a slot's offset, and no END.
            if !unsafe { is_ready(block, offset) } {
                let why = self.why_nothing(index);
                // If that was the slot of a later block, the index is seen to have moved.
                if head.index.load(Ordering::Relaxed) == index {
                    return Err(why);
                }
                continue;
            }
            if !has_met && !head.is_mine() {
                head.meet::<R>();
                has_met = true;
                continue;
            }
            if !self.claim_at_head(index) {
                backoff.turn();
                continue;
            }
            let block = untagged(block);
            if is_last::<T>(offset) {
                // SAFETY: the last slot was claimed, and is written.
                unsafe { self.move_on(block, index) };
            }
            // SAFETY: just claimed, and written.
            let item = unsafe { Block::read(block, offset) };
            if is_last::<T>(offset) {
                // SAFETY: this caller moved the head on, and has read its slot.
                unsafe { self.rest.0.stock.retire(block) };
            }
            return Ok(item);
        }
    }

    /// Moves the head to the next block.
    ///
    /// # Safety
    ///
    /// The caller claimed the last slot of `block`, which is written, by the claim of `index`.
    unsafe fn move_on(&self, block: *mut Block<T>, index: usize) {
        let head = &self.head.0.cursor;
        // SAFETY: `next` was set before the last slot was written. It stays in the chain until this caller has moved the head there.
        let next = unsafe {
            let next = Block::next(block);
            if Block::is_full(next) {
                next.map_addr(|address| address | FULL)
            } else {
                Block::watch(next);
                next
            }
        };
        head.block.store(next, edge!("head-moved", Release));
        head.index
            .store(index.wrapping_add(2 * ONE), edge!("head-moved", Release));
    }

    /// Why there is nothing for a getter that found the head at `index`.
    fn why_nothing(&self, index: usize) -> TryGetError {
        if self.head.0.closed.load(edge!("closed", Acquire)) == 0 {
            return TryGetError::Empty;
        }
        // Final, as `CLOSED` is in it. If `index` is old by now, the tail is farther away.
        let tail = self.tail.0.index.load(Ordering::Relaxed);
        if settled::<T>(tail) == settled::<T>(index) {
            TryGetError::ShutDown
        } else {
            TryGetError::Empty
        }
    }
}
