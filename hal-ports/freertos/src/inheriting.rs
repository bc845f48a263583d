//! A mutex with priority inheritance: the kernel's.
//!
//! While a more urgent task waits for it, its holder runs with that task's priority. The locks of `selvedge_core` do not know their holders, so they cannot do that; the kernel's mutex does, and costs a
//! critical section for each lock and unlock, and more memory.
//!
//! # Safety
//!
//! The memory of the kernel's object is in a static, and the kernel's from the first lock on. `value` is reached by the holder only: `take` gives it, `give` is called by the guard, which stays in its task.
#![allow(
    unsafe_code,
    reason = "gives memory to the kernel, a cell behind its mutex"
)]

use core::cell::UnsafeCell;
use core::ffi::c_void;
use core::fmt;
use core::marker::PhantomData;
use core::mem::MaybeUninit;
use core::ops::{Deref, DerefMut};
use core::time::Duration;

use selvedge_core::atomics::{AtomicPtr, AtomicUsize, Ordering};
use selvedge_core::error::TimedOut;
use selvedge_core::port::{Clock, Port};

use crate::clock::ticks_until;
use crate::port::FreeRtos;
use crate::sys;

/// Room for the kernel's object, whatever its configuration: checked at the first lock.
type Room = [MaybeUninit<usize>; 40];

/// Data behind a mutex with priority inheritance, for tasks. In a `static`.
///
/// Needs `configUSE_MUTEXES`. It cannot be waited for in a `select`, nor asynchronously, nor with a condition: for those take [`Mutex`](crate::Mutex), which has no inheritance.
pub struct InheritingMutex<T> {
    /// The kernel's object, once there is one.
    handle: AtomicPtr<c_void>,
    /// Who holds it, to refuse a second lock by the same task: that would wait for itself. Written by the holder.
    holder: AtomicUsize,
    room: UnsafeCell<Room>,
    value: UnsafeCell<T>,
}

// SAFETY: the mutex lets one task at a time reach the value.
unsafe impl<T: Send> Sync for InheritingMutex<T> {}
// SAFETY: it can be locked in a static only, so what is moved has no kernel object yet.
unsafe impl<T: Send> Send for InheritingMutex<T> {}

impl<T: 'static> InheritingMutex<T> {
    /// A free mutex.
    pub const fn new(value: T) -> Self {
        Self {
            handle: AtomicPtr::new(core::ptr::null_mut()),
            holder: AtomicUsize::new(0),
            room: UnsafeCell::new([MaybeUninit::uninit(); 40]),
            value: UnsafeCell::new(value),
        }
    }

    /// The kernel's object; the first call makes it.
    fn handle(&'static self) -> *mut c_void {
        let handle = self.handle.load(Ordering::Acquire);
        if !handle.is_null() {
            return handle;
        }
        let state = sys::enter();
        let mut handle = self.handle.load(Ordering::Relaxed);
        if handle.is_null() {
            // SAFETY: static memory that is given away once, inside the critical section.
            handle = unsafe { sys::mutex(self.room.get().cast(), size_of::<Room>()) };
            self.handle.store(handle, Ordering::Release);
        }
        sys::leave(state);
        assert!(!handle.is_null(), "the kernel's mutex has no room");
        handle
    }

    fn take(&'static self, ticks: u32) -> Option<InheritingGuard<T>> {
        let task = sys::current().addr();
        // Before there is a task, it is nobody.
        assert!(
            task == 0 || self.holder.load(Ordering::Relaxed) != task,
            "this task holds the mutex already"
        );
        // SAFETY: the handle of a static mutex; a task, with the scheduler running if it is to wait.
        (unsafe { sys::mutex_take(self.handle(), ticks) } != 0).then(|| {
            self.holder.store(task, Ordering::Relaxed);
            InheritingGuard {
                mutex: self,
                stays: PhantomData,
            }
        })
    }

    /// Waits for the mutex and takes it. While this waits, the holder is as urgent as the caller, if it was less.
    ///
    /// Woken are the most urgent first, and among equals the one that has waited longest.
    ///
    /// # Panics
    ///
    /// In an interrupt handler, before the scheduler runs, in a critical section; and if the caller has it already.
    pub fn lock(&'static self) -> InheritingGuard<T> {
        FreeRtos::assert_may_block();
        loop {
            if let Some(guard) = self.take(sys::FOR_EVER) {
                return guard;
            }
        }
    }

    /// Takes the mutex if it is free. `None` in an interrupt handler: the kernel's mutexes belong to tasks.
    ///
    /// # Panics
    ///
    /// If the caller has it already.
    pub fn try_lock(&'static self) -> Option<InheritingGuard<T>> {
        if sys::may_block() == 1 {
            return None;
        }
        self.take(0)
    }

    /// As [`lock`](Self::lock), for so long at most.
    ///
    /// # Panics
    ///
    /// As there.
    pub fn lock_timeout(&'static self, timeout: Duration) -> Result<InheritingGuard<T>, TimedOut> {
        FreeRtos::assert_may_block();
        let Some(deadline) = FreeRtos::after(FreeRtos::now(), timeout) else {
            return Ok(self.lock());
        };
        loop {
            let ticks = ticks_until(deadline);
            if let Some(guard) = self.take(ticks) {
                return Ok(guard);
            }
            if ticks == 0 {
                return Err(TimedOut);
            }
        }
    }
}

impl<T> fmt::Debug for InheritingMutex<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InheritingMutex").finish_non_exhaustive()
    }
}

/// Has the data of an [`InheritingMutex`], and gives it back when it is dropped. It stays in its task.
pub struct InheritingGuard<T: 'static> {
    mutex: &'static InheritingMutex<T>,
    stays: PhantomData<*const ()>,
}

// SAFETY: a shared guard gives shared references to the value only.
unsafe impl<T: Sync> Sync for InheritingGuard<T> {}

impl<T> Deref for InheritingGuard<T> {
    type Target = T;

    fn deref(&self) -> &T {
        // SAFETY: the holder.
        unsafe { &*self.mutex.value.get() }
    }
}

impl<T> DerefMut for InheritingGuard<T> {
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: the holder, with the only guard.
        unsafe { &mut *self.mutex.value.get() }
    }
}

impl<T> Drop for InheritingGuard<T> {
    fn drop(&mut self) {
        self.mutex.holder.store(0, Ordering::Relaxed);
        // SAFETY: the task that took it: the guard is not `Send`.
        unsafe { sys::mutex_give(self.mutex.handle.load(Ordering::Relaxed)) };
    }
}

impl<T: fmt::Debug> fmt::Debug for InheritingGuard<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}
