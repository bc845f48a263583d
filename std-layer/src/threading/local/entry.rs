//! One value of one thread.
//!
//! # Safety
//!
//! The value is touched by two parties that exclude each other:
//!
//! * its thread, through the table of values, while the `Local` is borrowed or while the thread ends;
//! * [`Ending::destroy`], called once, by whoever took the entry off the list of its `Local` under the lock: the ending thread, or the drop of the `Local`. The drop has the `Local` for itself, so
//!   no thread is inside `with` and none will be; the ending thread is the thread itself.
//!
//! So the count of the [`Rc`] is touched by one thread at a time, in an order made by the lock and by the exclusive borrow, and at a drop by a foreign thread it is 1.
#![allow(
    unsafe_code,
    reason = "a value that its thread and a final drop take turns at"
)]

use std::cell::UnsafeCell;
use std::rc::Rc;

pub(super) struct Entry<T> {
    value: UnsafeCell<Option<Rc<T>>>,
}

// SAFETY: the parties above exclude each other; `T: Send` allows the drop in another thread.
unsafe impl<T: Send> Send for Entry<T> {}
// SAFETY: as above.
unsafe impl<T: Send> Sync for Entry<T> {}

impl<T> Entry<T> {
    pub(super) fn new() -> Self {
        Self {
            value: UnsafeCell::new(None),
        }
    }

    /// The value.
    ///
    /// # Safety
    ///
    /// Called by the entry's thread, while the `Local` is borrowed.
    pub(super) unsafe fn get(&self) -> Option<Rc<T>> {
        // SAFETY: nobody else touches it now, and no reference to it leaves this function.
        unsafe { (*self.value.get()).clone() }
    }

    /// Exchanges the value.
    ///
    /// # Safety
    ///
    /// As [`get`](Self::get).
    pub(super) unsafe fn replace(&self, value: Option<Rc<T>>) -> Option<Rc<T>> {
        // SAFETY: as above; nothing foreign runs in between.
        unsafe { std::mem::replace(&mut *self.value.get(), value) }
    }
}

/// An entry of any type, at its end.
pub(super) trait Ending: Send + Sync {
    /// Drops the value. Called once, by whoever took the entry off its list.
    fn destroy(&self);
}

impl<T: Send> Ending for Entry<T> {
    fn destroy(&self) {
        // SAFETY: who calls this has the entry for itself, by the rule above.
        drop(unsafe { self.replace(None) });
    }
}
