//! A hint to the processor: this will be read soon.
//!
//! For memory that is reached one place after another, none of which the processor can guess: it waits for each in turn, unless it is told of the next one in time.
//!
//! # Safety
//!
//! Calls an instruction of the processor that reads nothing and writes nothing, whatever address it is given.
#![allow(
    unsafe_code,
    reason = "an intrinsic that is unsafe by its signature alone"
)]

/// Brings a value into the nearest cache, as far as the processor likes. Does nothing where there is no stable way to say so.
#[inline(always)]
pub(super) fn needed_soon<T>(value: &T) {
    #[cfg(all(target_arch = "x86_64", target_feature = "sse", not(miri)))]
    {
        use core::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};

        const LINE: usize = 64;
        let start = core::ptr::from_ref(value).cast::<i8>();
        // A value rarely begins where a line does: its last byte may be in one more.
        for offset in (0..size_of::<T>())
            .step_by(LINE)
            .chain([size_of::<T>().saturating_sub(1)])
        {
            // SAFETY: a hint, which cannot fault.
            unsafe { _mm_prefetch::<_MM_HINT_T0>(start.wrapping_add(offset)) };
        }
    }
    #[cfg(not(all(target_arch = "x86_64", target_feature = "sse", not(miri))))]
    let _ = value;
}
