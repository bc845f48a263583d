//! Putting: claims at the tail.
//!
//! # Safety
//!
//! By the rules of `mod.rs`.
#![allow(
    unsafe_code,
    reason = "raw memory whose owner changes, by the rules in mod.rs"
)]

use core::ptr::{NonNull, null_mut};

use super::Segments;
use super::backoff::Backoff;
use super::block::Block;
use super::cursor::{CLOSED, ONE, is_end, is_inner, is_last, offset, start};
use crate::atomics::{Ordering, after_rmw, edge, spin_loop};
use crate::port::Relax;

/// A vacant slot that is the caller's.
struct Claim<T> {
    block: *mut Block<T>,
    offset: usize,
}

impl<T> Segments<T> {
    /// Puts an item, or gives it back if the queue is closed. `R` says how to make room for others.
    #[inline(always)]
    pub(super) fn put<R: Relax>(&self, item: T) -> Result<(), T> {
        let Some(Claim { block, offset }) = self.claim_vacant::<R>() else {
            return Err(item);
        };
        // SAFETY: just claimed.
        unsafe { Block::write(block, offset, item) }
        Ok(())
    }

    #[inline(always)]
    fn claim_vacant<R: Relax>(&self) -> Option<Claim<T>> {
        let index = self.tail.0.index.load(edge!("tail-moved", Acquire));
        let block = self.tail.0.block.load(Ordering::Relaxed);
        let offset = offset::<T>(index);
        if is_inner::<T>(offset)
            && index & CLOSED == 0
            && self.tail.0.is_mine()
            && self.claim_at_tail(index)
        {
            return Some(Claim { block, offset });
        }
        self.claim_vacant_slowly::<R>()
    }

    #[inline(always)]
    fn claim_at_tail(&self, index: usize) -> bool {
        let is_claimed = self
            .tail
            .0
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

    /// The same where a block may be needed.
    #[cold]
    #[inline(never)]
    fn claim_vacant_slowly<R: Relax>(&self) -> Option<Claim<T>> {
        let tail = &self.tail.0;
        let mut spare = Spare {
            queue: self,
            block: None,
        };
        let mut backoff = Backoff::new();
        let mut has_met = false;
        loop {
            let index = tail.index.load(edge!("tail-moved", Acquire));
            if index & CLOSED != 0 {
                // What was done before `close` is visible now.
                tail.index.load(edge!("closed", Acquire));
                return None;
            }
            let block = tail.block.load(Ordering::Relaxed);
            let offset = offset::<T>(index);
            if is_end::<T>(offset) {
                if block.is_null() {
                    self.install_first(&mut spare);
                } else {
                    spin_loop();
                }
                continue;
            }
            if !has_met && !tail.is_mine() {
                tail.meet::<R>();
                has_met = true;
                continue;
            }
            let next = if is_last::<T>(offset) {
                spare.block()
            } else {
                null_mut()
            };
            if !self.claim_at_tail(index) {
                backoff.turn();
                continue;
            }
            if !next.is_null() {
                spare.block = None;
                // SAFETY: the last slot was claimed and is not written yet. The next block is vacant, and no longer the spare's.
                unsafe { Block::set_next(block, next) };
                tail.block.store(next, Ordering::Relaxed);
                tail.index.fetch_add(ONE, edge!("tail-moved", Release));
            }
            return Some(Claim { block, offset });
        }
    }

    /// Installs the first block of all, unless another caller does.
    fn install_first(&self, spare: &mut Spare<'_, T>) {
        let first = spare.block();
        let is_first = self
            .tail
            .0
            .block
            .compare_exchange(null_mut(), first, Ordering::Relaxed, Ordering::Relaxed)
            .is_ok();
        if !is_first {
            return;
        }
        spare.block = None;
        // SAFETY: it is this caller that moves the head there, right now.
        unsafe { Block::watch(first) };
        let head = &self.head.0.cursor;
        head.block.store(first, Ordering::Relaxed);
        head.index
            .store(start::<T>() + ONE, edge!("head-moved", Release));
        self.tail
            .0
            .index
            .fetch_add(ONE, edge!("tail-moved", Release));
    }
}

/// A block for the chain, given back if it was not needed.
struct Spare<'a, T> {
    queue: &'a Segments<T>,
    block: Option<NonNull<Block<T>>>,
}

impl<T> Spare<'_, T> {
    fn block(&mut self) -> *mut Block<T> {
        self.block
            .get_or_insert_with(|| self.queue.rest.0.stock.take())
            .as_ptr()
    }
}

impl<T> Drop for Spare<'_, T> {
    fn drop(&mut self) {
        if let Some(block) = self.block {
            // SAFETY: it was taken from there and not used.
            unsafe { self.queue.rest.0.stock.give(block.as_ptr()) }
        }
    }
}
