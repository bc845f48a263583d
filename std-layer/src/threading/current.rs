//! Which thread is running: a thread-local pointer to its packet.
//!
//! It has no destructor of its own, so that it can be read at any time of a thread's life, while other thread-locals are destroyed, too.
//!
//! # Safety
//!
//! Keeps a counted reference as a raw pointer: [`bind`] gives one count to the thread-local, [`unbind`] takes it back, and nobody else touches the cell.
#![allow(
    unsafe_code,
    reason = "a counted reference in a thread-local without destructor"
)]

use std::cell::Cell;
use std::ptr::NonNull;
use std::sync::Arc;

use super::packet::{Core, Packet, Slot};

thread_local! {
    static CURRENT: Cell<Option<NonNull<Packet<dyn Slot>>>> = const { Cell::new(None) };
}

/// Makes `packet` the calling thread's.
pub(super) fn bind(packet: Arc<Packet<dyn Slot>>) {
    debug_assert!(CURRENT.get().is_none(), "a thread has one packet");
    CURRENT.set(NonNull::new(Arc::into_raw(packet).cast_mut()));
}

/// Takes the calling thread's packet away from it.
pub(super) fn unbind() -> Option<Arc<Packet<dyn Slot>>> {
    let packet = CURRENT.replace(None)?;
    // SAFETY: the pointer and its count come from `bind`, and the cell does not hold them any more.
    Some(unsafe { Arc::from_raw(packet.as_ptr()) })
}

/// The calling thread's packet, if it has one.
pub(super) fn get() -> Option<Arc<Packet<dyn Slot>>> {
    let packet = CURRENT.get()?.as_ptr();
    // SAFETY: the cell's own count keeps the packet alive; the new `Arc` has a count of its own.
    unsafe {
        Arc::increment_strong_count(packet);
        Some(Arc::from_raw(packet))
    }
}

/// Looks at the calling thread's core, if it has one. `f` is a look and no more: it must not end the binding.
pub(super) fn with_core<R>(f: impl FnOnce(&Core) -> R) -> Option<R> {
    let packet = CURRENT.get()?.as_ptr();
    // SAFETY: the cell's own count keeps the packet alive, and only the last destructor of the thread takes it away.
    Some(f(unsafe { &(*packet).core }))
}
