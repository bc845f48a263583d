//! The signal mask of a thread, all of it.
//!
//! libc's functions leave out the signals that it uses itself. None may come to a child that shares its parent's memory, so this asks the kernel.
//!
//! # Safety
//!
//! Calls `rt_sigprocmask` with a mask of the kernel's size.
#![allow(unsafe_code, reason = "the kernel's signal mask")]

use std::marker::PhantomData;
use std::ptr;

/// The bytes of the kernel's mask.
const SIZE: usize = if cfg!(any(target_arch = "mips", target_arch = "mips64")) {
    16
} else {
    8
};

/// A signal mask as the kernel has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Mask([u64; 2]);

impl Mask {
    /// The calling thread's.
    pub(crate) fn current() -> Self {
        change(libc::SIG_BLOCK, None)
    }

    /// Makes it the calling thread's. Allocates nothing: the child calls this, too.
    pub(crate) fn install(self) {
        change(libc::SIG_SETMASK, Some(self));
    }
}

#[cfg(feature = "multiprocessing")]
impl Mask {
    /// All signals.
    pub(crate) const FULL: Self = Self([u64::MAX; 2]);

    /// As numbers, for another process.
    pub(crate) fn words(self) -> [u64; 2] {
        self.0
    }

    /// From [`words`](Self::words).
    pub(crate) fn from_words(words: [u64; 2]) -> Self {
        Self(words)
    }
}

fn change(how: i32, new: Option<Mask>) -> Mask {
    let mut old = Mask([0; 2]);
    // SAFETY: null or a mask, a place for the old one, and their size. It cannot fail with these.
    unsafe {
        libc::syscall(
            libc::SYS_rt_sigprocmask,
            how,
            new.as_ref().map_or(ptr::null(), ptr::from_ref),
            &raw mut old,
            SIZE,
        );
    }
    old
}

/// No signal reaches the calling thread as long as this lives.
pub(crate) struct Blocked {
    before: Mask,
    _of_this_thread: PhantomData<*const ()>,
}

impl Blocked {
    pub(crate) fn all() -> Self {
        Self {
            before: change(libc::SIG_SETMASK, Some(Mask([u64::MAX; 2]))),
            _of_this_thread: PhantomData,
        }
    }

    /// The mask as it was.
    pub(super) fn before(&self) -> Mask {
        self.before
    }
}

impl Drop for Blocked {
    fn drop(&mut self) {
        self.before.install();
    }
}
