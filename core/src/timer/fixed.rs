//! A fixed number of entries.

use super::{Entry, Narrow, Storage};

/// Room for `N` timers, inline: for a `static` or a stack, without allocation.
#[derive(Debug)]
pub struct Fixed<T, const N: usize>([Entry<T>; N]);

impl<T, const N: usize> Fixed<T, N> {
    /// Room for `N` timers.
    pub const fn new() -> Self {
        Self([const { Entry::VACANT }; N])
    }
}

impl<T, const N: usize> Default for Fixed<T, N> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T, const N: usize> Storage for Fixed<T, N> {
    type Value = T;
    type Shape = Narrow;

    fn entries(&self) -> &[Entry<T>] {
        &self.0
    }

    fn entries_mut(&mut self) -> &mut [Entry<T>] {
        &mut self.0
    }

    fn grow(&mut self) -> bool {
        false
    }
}
