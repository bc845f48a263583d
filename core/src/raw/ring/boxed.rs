//! Slots on the heap, allocated when the first item comes.
//!
//! # Safety
//!
//! Owns a raw allocation. It is reached through the pointer, which is set once, by the one compare-exchange from null that succeeds, and freed by `Drop`.
#![allow(unsafe_code, reason = "owns a raw allocation")]

use core::alloc::Layout;
use core::ptr;

use super::buffer::{Buffer, sealed};
use super::shape::Shape;
use super::slot::Slot;
use crate::atomics::{AtomicPtr, edge, memory};

/// Slots on the heap: as many as are asked for when the program runs, allocated at the first put, so that making a ring is constant and costs nothing.
pub struct Boxed<T> {
    slots: AtomicPtr<Slot<T>>,
    shape: Shape,
}

// SAFETY: it owns slots, which are made for several threads; values go from thread to thread.
unsafe impl<T: Send> Send for Boxed<T> {}
// SAFETY: as above.
unsafe impl<T: Send> Sync for Boxed<T> {}

impl<T> Boxed<T> {
    maybe_const! {
        /// `capacity` slots.
        ///
        /// # Panics
        ///
        /// If `capacity` is 0, or more than a 16th of the address space.
        #[track_caller]
        pub fn new(capacity: usize) -> Self {
            Self { slots: AtomicPtr::new(ptr::null_mut()), shape: Shape::of(capacity) }
        }
    }

    fn layout(&self) -> Layout {
        Layout::array::<Slot<T>>(self.shape.capacity).expect("capacity overflow")
    }

    #[cold]
    fn allocate(&self) -> *const Slot<T> {
        let layout = self.layout();
        // SAFETY: a slot has a size, and there is one at least.
        let fresh = unsafe { fresh_slots::<T>(layout, self.shape.capacity) };
        let set = self.slots.compare_exchange(
            ptr::null_mut(),
            fresh,
            edge!("slot", Release),
            edge!("slot", Acquire),
        );
        match set {
            Ok(_) => fresh,
            Err(others) => {
                // SAFETY: allocated above, with this layout, and nobody has seen it. Slots need no drop.
                unsafe { free(fresh, layout, self.shape.capacity) };
                others
            }
        }
    }
}

/// # Safety
///
/// `layout` is that of `capacity` slots and not empty.
#[cfg(not(loom))]
unsafe fn fresh_slots<T>(layout: Layout, _capacity: usize) -> *mut Slot<T> {
    // SAFETY: not empty, by the contract. Zeroes are fresh slots.
    let fresh = unsafe { alloc::alloc::alloc_zeroed(layout) }.cast::<Slot<T>>();
    if fresh.is_null() {
        memory::handle_alloc_error(layout);
    }
    fresh
}

/// As above, for slots that are more than zeroes.
///
/// # Safety
///
/// As above.
#[cfg(loom)]
unsafe fn fresh_slots<T>(layout: Layout, capacity: usize) -> *mut Slot<T> {
    // SAFETY: not empty, by the contract.
    let fresh = unsafe { memory::alloc(layout) }.cast::<Slot<T>>();
    if fresh.is_null() {
        memory::handle_alloc_error(layout);
    }
    for index in 0..capacity {
        // SAFETY: within the allocation.
        unsafe { fresh.add(index).write(Slot::new()) };
    }
    fresh
}

/// # Safety
///
/// `slots` is from [`fresh_slots`] with the same arguments, and nobody will use it.
unsafe fn free<T>(slots: *mut Slot<T>, layout: Layout, capacity: usize) {
    // SAFETY: `capacity` slots that nobody uses; in the real build that does nothing.
    unsafe { ptr::drop_in_place(ptr::slice_from_raw_parts_mut(slots, capacity)) };
    // SAFETY: allocated with this layout.
    unsafe { memory::dealloc(slots.cast(), layout) };
}

impl<T> Drop for Boxed<T> {
    fn drop(&mut self) {
        let slots = self.slots.load(edge!("slot", Acquire));
        if !slots.is_null() {
            // SAFETY: our allocation, with this layout; the buffer is dropped by its only owner.
            unsafe { free(slots, self.layout(), self.shape.capacity) };
        }
    }
}

// SAFETY: the allocation is set once, has this many fresh slots, does not move with the buffer, and lives as long.
unsafe impl<T> sealed::Slots<T> for Boxed<T> {
    #[inline(always)]
    fn shape(&self) -> Shape {
        self.shape
    }

    #[inline(always)]
    fn slots(&self) -> *const Slot<T> {
        self.slots.load(edge!("slot", Acquire))
    }

    #[inline(always)]
    fn slots_to_fill(&self) -> *const Slot<T> {
        let slots = self.slots();
        if slots.is_null() {
            self.allocate()
        } else {
            slots
        }
    }
}

impl<T> Buffer<T> for Boxed<T> {}

impl<T> core::fmt::Debug for Boxed<T> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Boxed")
            .field("capacity", &self.shape.capacity)
            .finish_non_exhaustive()
    }
}
