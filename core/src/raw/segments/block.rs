//! A block: a run of slots, and the words by which blocks are chained.
//!
//! # Safety
//!
//! A block is memory that several threads reach through a raw pointer and that one of them frees. So there is never a reference to a block or to a value in it, only to single
//! atomics and cells (which do not claim that their memory outlives the access). Who may call what, and when, is the subject of the essay in `mod.rs`; the contracts
//! here name its terms.
#![allow(
    unsafe_code,
    reason = "raw memory whose owner changes, by the rules in mod.rs"
)]

use core::alloc::Layout;
use core::mem::{MaybeUninit, offset_of};
use core::ptr::{NonNull, null_mut};

use crate::atomics::{AtomicPtr, AtomicU8, AtomicU32, Ordering, UnsafeCell, edge, memory};

/// The slot has no value yet.
const VACANT: u32 = 0;
/// The slot has or had a value.
const WRITTEN: u32 = 1;

/// The value, if there was one, is still there or on its way out.
const UNREAD: u8 = 0;
/// The value has been moved out.
const READ: u8 = 1;

pub(super) struct Slot<T> {
    value: UnsafeCell<MaybeUninit<T>>,
    state: AtomicU32,
}

/// The head of a block; as many marks as there are slots, and then the slots, follow.
#[repr(C)]
pub(super) struct Block<T> {
    /// The block of the next lap. Set by the putter of the last slot before it writes that slot.
    next: AtomicPtr<Block<T>>,
    /// The next one on a pile. Belongs to the owner of the block.
    below: UnsafeCell<*mut Block<T>>,
    /// Whether getters may look at it without a claim, for ever from now on. Belongs to the owner, or to the getter that moves the head here.
    watched: UnsafeCell<bool>,
    marks: [AtomicU8; 0],
}

/// Slots per block, and one: a power of two. Blocks of small items take about a page of a quarter.
pub(super) const fn lap<T>() -> usize {
    // Models and Miri come to the end of a block sooner.
    if cfg!(loom) {
        return 4;
    }
    if cfg!(miri) {
        return 8;
    }
    match size_of::<Slot<T>>() {
        0..=32 => 64,
        33..=64 => 32,
        65..=128 => 16,
        _ => 8,
    }
}

impl<T> Block<T> {
    pub(super) const SLOTS: usize = lap::<T>() - 1;

    /// Where the slots begin.
    const SLOTS_AT: usize = (offset_of!(Self, marks) + Self::SLOTS * size_of::<AtomicU8>())
        .next_multiple_of(align_of::<Slot<T>>());

    const LAYOUT: Layout = {
        let Some(slots) = size_of::<Slot<T>>().checked_mul(Self::SLOTS) else {
            panic!("a block of such items is too large");
        };
        let Some(size) = slots.checked_add(Self::SLOTS_AT) else {
            panic!("a block of such items is too large");
        };
        let align = if align_of::<Slot<T>>() < align_of::<Self>() {
            align_of::<Self>()
        } else {
            align_of::<Slot<T>>()
        };
        match Layout::from_size_align(size, align) {
            Ok(layout) => layout,
            Err(_) => panic!("a block of such items is too large"),
        }
    };

    /// A new block, all of whose slots are vacant, owned by the caller.
    pub(super) fn allocate() -> NonNull<Self> {
        // SAFETY: the size is not zero, as there is a head.
        let block = unsafe { memory::alloc(Self::LAYOUT) }.cast::<Self>();
        let Some(block) = NonNull::new(block) else {
            memory::handle_alloc_error(Self::LAYOUT);
        };
        let at = block.as_ptr();
        // SAFETY: fresh memory of this layout.
        unsafe {
            (&raw mut (*at).next).write(AtomicPtr::new(null_mut()));
            (&raw mut (*at).below).write(UnsafeCell::new(null_mut()));
            (&raw mut (*at).watched).write(UnsafeCell::new(false));
            for offset in 0..Self::SLOTS {
                Self::mark(at, offset).write(AtomicU8::new(UNREAD));
                let slot = Self::slot(at, offset);
                (&raw mut (*slot).state).write(AtomicU32::new(VACANT));
                #[cfg(loom)]
                (&raw mut (*slot).value).write(UnsafeCell::new(MaybeUninit::uninit()));
            }
        }
        block
    }

    /// Frees a block. Values in it are forgotten.
    ///
    /// # Safety
    ///
    /// The caller owns it, and no getter may look at it any more.
    pub(super) unsafe fn free(block: *mut Self) {
        // SAFETY: `allocate` made it with this layout.
        unsafe { memory::dealloc(block.cast(), Self::LAYOUT) }
    }

    /// # Safety
    ///
    /// The block is alive; `offset` is less than `SLOTS`.
    #[inline(always)]
    unsafe fn slot(block: *mut Self, offset: usize) -> *mut Slot<T> {
        // SAFETY: the slots begin there, in the same allocation.
        unsafe { block.byte_add(Self::SLOTS_AT).cast::<Slot<T>>().add(offset) }
    }

    /// # Safety
    ///
    /// The block is alive; `offset` is less than `SLOTS`.
    #[inline(always)]
    unsafe fn mark(block: *mut Self, offset: usize) -> *mut AtomicU8 {
        // SAFETY: the marks follow the head, in the same allocation.
        unsafe { (&raw mut (*block).marks).cast::<AtomicU8>().add(offset) }
    }

    /// Makes all slots vacant again.
    ///
    /// # Safety
    ///
    /// The caller owns the block.
    pub(super) unsafe fn reset(block: *mut Self) {
        for offset in 0..Self::SLOTS {
            // SAFETY: the contract.
            unsafe {
                (*Self::slot(block, offset))
                    .state
                    .store(VACANT, Ordering::Relaxed);
                (*Self::mark(block, offset)).store(UNREAD, Ordering::Relaxed);
            }
        }
    }

    /// Whether that slot has a value now.
    ///
    /// # Safety
    ///
    /// The block is alive; `offset` is less than `SLOTS`.
    #[inline(always)]
    pub(super) unsafe fn is_written(block: *mut Self, offset: usize) -> bool {
        // SAFETY: the contract.
        let state = unsafe { &(*Self::slot(block, offset)).state };
        state.load(edge!("slot-written", Acquire)) == WRITTEN
    }

    /// Whether all slots have values now. Looks from the end, where one is missing most likely.
    ///
    /// # Safety
    ///
    /// The block is alive.
    pub(super) unsafe fn is_full(block: *mut Self) -> bool {
        // SAFETY: the contract.
        (0..Self::SLOTS)
            .rev()
            .all(|offset| unsafe { Self::is_written(block, offset) })
    }

    /// Whether all slots have been read, in a block in which all have been claimed by getters.
    ///
    /// # Safety
    ///
    /// The block is alive.
    pub(super) unsafe fn is_read(block: *mut Self) -> bool {
        (0..Self::SLOTS).rev().all(|offset| {
            // SAFETY: the contract.
            let mark = unsafe { &*Self::mark(block, offset) };
            mark.load(edge!("slot-read", Acquire)) == READ
        })
    }

    /// Puts a value into a slot.
    ///
    /// # Safety
    ///
    /// The caller claimed the slot for its value, and has done nothing with the claim before.
    #[inline(always)]
    pub(super) unsafe fn write(block: *mut Self, offset: usize, value: T) {
        // SAFETY: the claim: nobody else touches the value before the state says so, and nobody frees the block before a getter has been here.
        unsafe {
            let slot = Self::slot(block, offset);
            (*slot)
                .value
                .with_mut(|at| at.write(MaybeUninit::new(value)));
            (*slot).state.store(WRITTEN, edge!("slot-written", Release));
        }
    }

    /// Takes the value out of a slot.
    ///
    /// # Safety
    ///
    /// The caller claimed the slot, knows that it is written, and has done nothing with the claim before.
    #[inline(always)]
    pub(super) unsafe fn read(block: *mut Self, offset: usize) -> T {
        // SAFETY: the claim: the value is this caller's, and nobody frees the block before the state says that it was read.
        unsafe {
            let slot = Self::slot(block, offset);
            let value = (*slot).value.with_mut(|at| at.read().assume_init());
            (*Self::mark(block, offset)).store(READ, edge!("slot-read", Release));
            value
        }
    }

    /// The block of the next lap, or null.
    ///
    /// # Safety
    ///
    /// The block is alive.
    pub(super) unsafe fn next(block: *mut Self) -> *mut Self {
        // SAFETY: the contract.
        let next = unsafe { &(*block).next };
        // Carried by "slot-written" of the last slot.
        next.load(Ordering::Relaxed)
    }

    /// Chains `next` after `block`, or nothing (null).
    ///
    /// # Safety
    ///
    /// The caller claimed the last slot of the block and has not written it yet; or it owns the block.
    pub(super) unsafe fn set_next(block: *mut Self, next: *mut Self) {
        // SAFETY: the contract.
        let word = unsafe { &(*block).next };
        word.store(next, Ordering::Relaxed);
    }

    /// # Safety
    ///
    /// The caller owns the block.
    pub(super) unsafe fn below(block: *mut Self) -> *mut Self {
        // SAFETY: the contract.
        unsafe { (*block).below.with(|at| *at) }
    }

    /// # Safety
    ///
    /// The caller owns the block.
    pub(super) unsafe fn set_below(block: *mut Self, below: *mut Self) {
        // SAFETY: the contract.
        unsafe { (*block).below.with_mut(|at| *at = below) }
    }

    /// # Safety
    ///
    /// The caller owns the block, or is about to move the head to it.
    pub(super) unsafe fn is_watched(block: *mut Self) -> bool {
        // SAFETY: the contract.
        unsafe { (*block).watched.with(|at| *at) }
    }

    /// # Safety
    ///
    /// The caller is about to move the head to this block.
    pub(super) unsafe fn watch(block: *mut Self) {
        // SAFETY: the contract.
        unsafe { (*block).watched.with_mut(|at| *at = true) }
    }
}
