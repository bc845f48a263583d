//! A stack for a child that shares its parent's memory until it becomes its program.
//!
//! It has its own, with a page below that nobody may touch, because how much is left of the caller's is not known. One is kept for the next start.
//!
//! # Safety
//!
//! Maps memory, and hands each mapping to one owner at a time: by `swap` of the one spare pointer. Nothing of the memory outlives the child's use, which ends before `clone` returns.
#![allow(unsafe_code, reason = "maps memory")]

use std::ffi::c_void;
use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};

use rustix::io::Errno;
use rustix::mm::{self, MapFlags, MprotectFlags, ProtFlags};

/// At least a page, whatever its size.
const GUARD: usize = 64 * 1024;

/// The edge `stack-spare`: who left it there (Release) has no child on it any more; who takes it (Acquire) may have one.
static SPARE: AtomicPtr<c_void> = AtomicPtr::new(ptr::null_mut());

/// A stack of one's own, until dropped.
pub(super) struct Stack(*mut c_void);

impl Stack {
    /// Far more than the child's few frames and a lazy binding of a symbol need.
    pub(super) const SIZE: usize = 64 * 1024;

    pub(super) fn take() -> Result<Self, Errno> {
        // edge: stack-spare
        let spare = SPARE.swap(ptr::null_mut(), Ordering::Acquire);
        if spare.is_null() {
            Self::map()
        } else {
            Ok(Self(spare))
        }
    }

    fn map() -> Result<Self, Errno> {
        // SAFETY: a new mapping, anywhere.
        let start = unsafe {
            mm::mmap_anonymous(
                ptr::null_mut(),
                GUARD + Self::SIZE,
                ProtFlags::empty(),
                MapFlags::PRIVATE | MapFlags::NORESERVE,
            )
        }?;
        let stack = Self(start);
        // SAFETY: the upper part of that mapping, of which nobody else knows.
        unsafe {
            mm::mprotect(
                start.byte_add(GUARD),
                Self::SIZE,
                MprotectFlags::READ | MprotectFlags::WRITE,
            )
        }?;
        Ok(stack)
    }

    /// Its lowest byte.
    pub(super) fn bottom(&self) -> *mut c_void {
        // SAFETY: within the mapping.
        unsafe { self.0.byte_add(GUARD) }
    }

    /// One past its highest byte; stacks grow down, wherever Linux runs.
    pub(super) fn top(&self) -> *mut c_void {
        // SAFETY: one past the end of the mapping.
        unsafe { self.0.byte_add(GUARD + Self::SIZE) }
    }
}

impl Drop for Stack {
    fn drop(&mut self) {
        // edge: stack-spare
        let kept = SPARE.compare_exchange(
            ptr::null_mut(),
            self.0,
            Ordering::Release,
            Ordering::Relaxed,
        );
        if kept.is_err() {
            // SAFETY: the mapping of `map`, which nobody else has.
            let _ = unsafe { mm::munmap(self.0, GUARD + Self::SIZE) };
        }
    }
}
