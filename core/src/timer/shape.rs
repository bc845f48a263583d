//! How many slots a wheel has.

use core::fmt;

use super::entry::NIL;

mod sealed {
    pub trait Sealed {}
}

/// The width of a wheel's digits: few slots and more moves, or more slots and fewer moves. [`Narrow`] and [`Wide`] are all there are.
pub trait Shape: sealed::Sealed {
    /// Bits of a digit.
    #[doc(hidden)]
    const DIGIT: u32;
    #[doc(hidden)]
    type Heads: AsRef<[u32]> + AsMut<[u32]> + fmt::Debug;
    #[doc(hidden)]
    type Words: AsRef<[u64]> + AsMut<[u64]> + fmt::Debug;
    #[doc(hidden)]
    const HEADS: Self::Heads;
    #[doc(hidden)]
    const WORDS: Self::Words;
}

/// Slots of a wheel with digits of this many bits: a sorted list of what is overdue, one for `base` itself, and the digits from 1 up on each level.
const fn slots(digit: u32) -> usize {
    2 + u64::BITS.div_ceil(digit) as usize * ((1 << digit) - 1)
}

macro_rules! shape {
    ($(#[$meta:meta])* $name:ident, $digit:literal) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy)]
        pub enum $name {}

        impl sealed::Sealed for $name {}

        impl Shape for $name {
            const DIGIT: u32 = $digit;
            type Heads = [u32; slots($digit)];
            type Words = [u64; slots($digit).div_ceil(64)];
            const HEADS: Self::Heads = [NIL; slots($digit)];
            const WORDS: Self::Words = [0; slots($digit).div_ceil(64)];
        }
    };
}

shape! {
    /// Digits of one bit: a table of 66 slots (264 bytes). For tens of timers.
    Narrow, 1
}

shape! {
    /// Digits of six bits: a table of 695 slots (2.7 KiB). For thousands of timers and more.
    Wide, 6
}
