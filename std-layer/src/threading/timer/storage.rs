//! Room for as many timers as there is memory.

use selvedge_core::timer::{Entry, Storage, Wide};

pub(super) struct Growing<T>(Vec<Entry<T>>);

impl<T> Growing<T> {
    pub(super) const fn new() -> Self {
        Self(Vec::new())
    }
}

impl<T> Storage for Growing<T> {
    type Value = T;
    type Shape = Wide;

    #[inline]
    fn entries(&self) -> &[Entry<T>] {
        &self.0
    }

    #[inline]
    fn entries_mut(&mut self) -> &mut [Entry<T>] {
        &mut self.0
    }

    fn grow(&mut self) -> bool {
        self.0.push(Entry::VACANT);
        true
    }
}
