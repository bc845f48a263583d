//! [`Inherit`]: who gets a variable's value along.

use core::fmt;
use core::ops::{BitOr, BitOrAssign};

/// Into what a context variable's value is carried: a set of flags, a property of the variable and not of whoever starts something.
///
/// Nothing is carried unless the variable says so: a value that must not leave its thread (a transaction, a borrowed connection) then needs no care, and one that should (who asks, on whose
/// behalf) needs none either.
///
/// ```
/// use selvedge_core::context::Inherit;
///
/// const BOTH: Inherit = Inherit::THREADS.and(Inherit::TASKS);
/// assert!(BOTH.contains(Inherit::TASKS));
/// assert!(!BOTH.contains(Inherit::PROCESSES));
/// assert_eq!(BOTH, Inherit::THREADS | Inherit::TASKS);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Inherit(u8);

impl Inherit {
    /// Into nothing.
    pub const NONE: Self = Self(0);
    /// Into threads that are started.
    pub const THREADS: Self = Self(1);
    /// Into tasks: what is handed to a pool, and futures that are spawned.
    pub const TASKS: Self = Self(2);
    /// Into processes that are started, as bytes.
    pub const PROCESSES: Self = Self(4);

    /// All flags, one at a time.
    pub const EACH: [Self; 3] = [Self::THREADS, Self::TASKS, Self::PROCESSES];

    /// The flags of both; the form of `|` that constants can use.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether all flags of `other` are among these.
    #[must_use]
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

impl BitOr for Inherit {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        self.and(other)
    }
}

impl BitOrAssign for Inherit {
    fn bitor_assign(&mut self, other: Self) {
        *self = self.and(other);
    }
}

impl fmt::Debug for Inherit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = ["THREADS", "TASKS", "PROCESSES"];
        let mut any = false;
        for (flag, name) in Self::EACH.into_iter().zip(names) {
            if self.contains(flag) {
                f.write_str(if any { " | " } else { "" })?;
                f.write_str(name)?;
                any = true;
            }
        }
        if any { Ok(()) } else { f.write_str("NONE") }
    }
}
