//! Segments: an unbounded queue, first in, first out, for any number of producers and consumers.
//!
//! # Why this shape
//!
//! A list of blocks with many slots each. A producer claims a slot by one compare-exchange of the tail's index, writes, and publishes by a plain store of the slot's state; a consumer claims by one compare-exchange of the head's index, moves the item out, and
//! says so by a plain store of a mark. So an item costs one locked instruction at each end, and an allocation is shared by all items of a block; used blocks come back without the allocator.
//!
//! What takes time on a large machine is moving cache lines between processors, more than all instructions together. Therefore: the cursors are apart; a consumer looks at the slot and not at the tail, so that the two ends meet in the slots only; it writes nothing into the slots (the marks are elsewhere, a byte each), so
//! the producer's lines stay the producer's; a consumer that comes to a block whose slots are all written looks at them in one go, when the processor can fetch all lines at once, and claims without looking after that; and a producer that takes a used block makes its slots vacant in
//! one go, for the same reason.
//!
//! # The words
//!
//! `tail` and `head` are cursors: an index and a block (`cursor.rs`), and a hint of who was there last (`backoff.rs`). `done` is an index, too: so many tasks are done. Unfinished tasks are those between it and the tail, so they cost nothing at a put.
//!
//! The head's block has a tag in its lowest bit:
//!
//! | tag | the block is | a getter |
//! |---|---|---|
//! | 0 | *watched*: its memory stays as long as the queue | looks at the slot, and claims it if it is written |
//! | `FULL` | known to have been written in all slots before the head came here | claims without looking: it must not look, the memory may be gone |
//!
//! State of a slot: `VACANT`, then `WRITTEN` by its putter. Mark of a slot: `UNREAD`, then `READ` by its getter. Both go back only while the block is out of the chain and owned by one caller.
//!
//! # A block's life, and who may touch it
//!
//! 1. *Owned* by the caller that took it from the stock, or allocated it. All slots are vacant, `next` is null.
//! 2. *In the chain*, from the moment in which the putter of the last slot of the block before chains it (or the first putter of all installs it). Putters that claimed a slot touch that slot; the one that claimed the last slot sets
//!    `next`, before it writes the slot. Nobody else touches it until the head comes.
//! 3. *At the head*, put there by the getter that claimed the last slot of the block before. Getters that claimed a slot touch that slot and its mark. If the block is watched, any getter that ever saw it at the head may *look* at states, now and later.
//! 4. *Retired*, by the getter that claimed its last slot, has moved the head on and has read its own slot. Getters of other slots may still be inside. It lies on a pile; whoever takes the pile owns its blocks in all but that.
//! 5. When all marks say `READ` it is nobody's, and the one that saw that owns it: it goes to the stock (1) or is freed.
//!
//! *Why 5 is right.* All slots were claimed by getters, since the head has left. Each of them sets its mark in its very last access. Each slot was written before it was claimed (below), and its putter's last access is that store of the state;
//! the putter of the last slot has set `next` before. So with all marks set nobody who has a claim in the block is still to touch it. Without a claim, only getters that found it at the head without tag look at it: then it is watched, and is not freed while getters exist, but at most
//! used again. What they see in it by then does not matter, as their compare-exchange is going to fail (next paragraph).
//!
//! *The index validates the block.* A caller loads the index, then the block, and claims by a compare-exchange of the index alone. Claimed is the slot of that index, so the block must be the one of its lap. It is not older: the block is stored before the index enters the lap (edges
//! `tail-moved` and `head-moved`). And if it is newer, the index has left the lap before that store, so the compare-exchange fails: indices never repeat. Recycling does not touch this argument, as it does not compare blocks: it may be the same block twice, with another index. The same for what a getter sees
//! in a watched block: if its compare-exchange succeeds, the index has not moved since it was loaded, so the block was at the head in this life all the time, and what it saw belongs to this life. (A state from an earlier life cannot be seen late: the store that made the slot vacant happened before the block was chained, and so before the head came here.)
//!
//! *Why a claimed slot is written.* By a look, or by the tag: the getter that moves the head to a block is the only one that can, the block cannot leave the chain under it, and it sets the tag after it has seen all states.
//!
//! *How much memory stays.* A watched block stays as long as the queue. A block becomes watched only if it is not fully written when the head comes, that is near the tail, and a putter takes watched blocks from the stock before any other. So a queue that stays short goes
//! round with two or three of them, and a burst of a million items leaves behind one block more: the last; the others were full and are freed, but for two.
//! There are never more watched blocks than the queue had blocks at its longest.
//!
//! # Indices
//!
//! "Never" is 2^63 operations at one end on 64-bit machines. On 32-bit machines it is 2^31 positions: a task would have to sleep between its load and its compare-exchange while others put or take exactly that many items, minutes at full speed. Tasks are counted modulo the same.
//!
//! # Who waits for whom
//!
//! A cursor at the END of a lap is being moved to the next block by the one that claimed the last slot; others spin until it is. That is a handful of instructions every few dozen items, but there is no limit if that one is interrupted in between. So this queue is for tasks, not for
//! interrupt or signal handlers; and where tasks of different priority share one processor and the higher one is never preempted for the lower, they must not share the same end of it. A bounded queue has no such wait. All else is lock-free: a getter does not wait for a
//! putter, it says that the queue is empty when the first slot is not written yet; the putter notifies after that.
//!
//! # Orderings
//!
//! Edge `slot-written`: from the store of a slot's state (Release) to a getter's look (Acquire), its own or that of the getter that set the tag. It carries the item, and `next`.
//!
//! Edge `head-moved`: from the store of the head's index by the one that moves it to a block (Release) to the getters' load (Acquire), directly or through claims, which are read-modify-writes and continue the release sequence; and from the store of the head's block to its load, as a getter with an old index looks at a new block. It carries the head's block with the tag, what that getter saw of the slots, and that the slots were vacant before they were written.
//! Also from its store of the block to the load by a getter that is about to say Empty: if it looked at a slot of the wrong block, it must find that the index has left, as nobody is bound to notify it for that slot.
//!
//! Edge `tail-moved`: the same for putters. It carries the block, and that it is vacant. The index moves by read-modify-writes only, because of `CLOSED`.
//!
//! Edge `slot-read`: from a getter's mark (Release) to the one that finds all marks set (Acquire). It carries that the item has been moved out, to the one who uses or frees the block.
//!
//! Edge `block-given` (`stock.rs`): from one owner of a block to the next.
//!
//! Edge `closed`: from `close` (Release) to whoever is told so (Acquire). A getter is told by a word of the head, and finds `CLOSED` and so the final position in the tail by that.
//!
//! Edge `task-done` is that of the cursor `done` (`raw/done.rs`).
//!
//! The claims themselves order nothing between putters and getters. They are sequentially consistent for edge `claimed-or-listed` (`event_count.rs`), and `is_quiet` is the look for them.
//!
//! # Safety
//!
//! Blocks are reached through raw pointers, by the rules above.
#![allow(
    unsafe_code,
    reason = "slots are plain memory that cursors and states hand over"
)]

mod backoff;
mod block;
mod cursor;
mod get;
mod put;
mod stock;
mod store;

use core::fmt;

use block::Block;
use cursor::{Cursor, ONE, start};
use stock::Stock;

use super::done::Done;
use super::ring::Apart;
use crate::atomics::{AtomicU32, Ordering};
use crate::queue::Store;
use crate::waiters::OnUnwind;

/// An unbounded queue without waiting; the store of the unbounded [`Fifo`](crate::queue::Fifo).
///
/// Nothing here blocks, but a call may spin for a moment while another one changes blocks: not for interrupt or signal handlers, nor for tasks of different priorities that share one processor
/// strictly (see "Who waits for whom" at the top of the file). A put may allocate; if the allocator fails, the program ends as after any failed allocation, and if that is a panic, nothing
/// was put. Memory is given back as the queue gets shorter, but for a few blocks.
pub struct Segments<T> {
    tail: Apart<Cursor<T>>,
    head: Apart<Head<T>>,
    rest: Apart<Rest<T>>,
}

/// What getters go by.
struct Head<T> {
    cursor: Cursor<T>,
    /// 1 after `CLOSED` is in the tail, so that a getter that finds nothing need not look there.
    closed: AtomicU32,
}

/// What is not needed for each item.
struct Rest<T> {
    done: Done,
    stock: Stock<T>,
}

// SAFETY: items go from one thread to another, never to two; nothing else is shared but atomics and what they hand over.
unsafe impl<T: Send> Send for Segments<T> {}
// SAFETY: as above.
unsafe impl<T: Send> Sync for Segments<T> {}

impl<T> Segments<T> {
    maybe_const! {
        /// An empty queue. Nothing is allocated before the first put.
        pub fn new() -> Self {
            Self {
                tail: Apart(Cursor::new()),
                head: Apart(Head { cursor: Cursor::new(), closed: AtomicU32::new(0) }),
                rest: Apart(Rest {
                    done: Done::new(start::<T>() + ONE),
                    stock: Stock::new(),
                }),
            }
        }
    }

    /// Drops what is left, even if dropping one of them panics.
    fn drop_items(&self) {
        while let Ok(item) = self.try_get() {
            let on_unwind = OnUnwind::new(|| self.drop_items());
            drop(item);
            on_unwind.defuse();
        }
    }

    /// Frees all blocks; items in them are forgotten.
    fn free_blocks(&mut self) {
        let first = self.head.0.cursor.block.load(Ordering::Relaxed);
        let mut block = get::untagged(first);
        while !block.is_null() {
            // SAFETY: exclusive access: nobody is under way, and the chain from the head has no block in common with the stock.
            unsafe {
                let next = Block::next(block);
                Block::free(block);
                block = next;
            }
        }
        // SAFETY: as above.
        unsafe { self.rest.0.stock.free_all() }
    }
}

impl<T> Drop for Segments<T> {
    fn drop(&mut self) {
        struct Last<'a, T>(&'a mut Segments<T>);
        impl<T> Drop for Last<'_, T> {
            fn drop(&mut self) {
                self.0.free_blocks();
            }
        }
        Last(self).0.drop_items();
    }
}

impl<T> Default for Segments<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> fmt::Debug for Segments<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Segments")
            .field("len", &self.len())
            .field("closed", &self.is_closed())
            .finish_non_exhaustive()
    }
}
