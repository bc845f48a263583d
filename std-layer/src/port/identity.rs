//! Who is running: the address of a thread-local byte.
//!
//! It costs one addition to read, differs between any two live threads, stays the same through a `fork` for the thread that forked, and needs neither
//! initialisation nor a destructor, so that it can be read at any time of a thread's life, while thread-locals are destroyed, too.
//!
//! # Safety
//!
//! Implements the `unsafe trait` [`Identity`].
#![allow(unsafe_code, reason = "implements the unsafe identity trait")]

use core::num::NonZeroUsize;

use selvedge_core::port::Identity;

thread_local! {
    static BYTE: u8 = const { 0 };
}

#[inline]
fn address_of_byte() -> NonZeroUsize {
    BYTE.with(|byte| core::ptr::NonNull::from(byte).addr())
}

// SAFETY: the byte exists as long as its thread does and does not move; two live threads have two bytes.
#[cfg(target_os = "linux")]
unsafe impl Identity for super::Futex {
    #[inline]
    fn current() -> NonZeroUsize {
        address_of_byte()
    }
}

// SAFETY: as above.
unsafe impl Identity for super::Parking {
    #[inline]
    fn current() -> NonZeroUsize {
        address_of_byte()
    }
}
