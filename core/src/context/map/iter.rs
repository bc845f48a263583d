//! Walking a [`Map`] in the order of its keys.

use core::fmt;
use core::iter::FusedIterator;

use super::Map;

/// The values of a [`Map`] with their keys, in the order of the keys.
pub struct Iter<'a, V> {
    map: &'a Map<V>,
    /// The least key that has not been looked at; none after the last one.
    next: Option<usize>,
    left: usize,
}

impl<'a, V> Iter<'a, V> {
    pub(super) const fn new(map: &'a Map<V>) -> Self {
        Self {
            map,
            next: Some(0),
            left: map.len,
        }
    }
}

impl<'a, V> Iterator for Iter<'a, V> {
    type Item = (usize, &'a V);

    fn next(&mut self) -> Option<Self::Item> {
        let found = self.map.first_from(self.next?);
        self.next = found.and_then(|(key, _)| key.checked_add(1));
        self.left -= usize::from(found.is_some());
        found
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl<V> ExactSizeIterator for Iter<'_, V> {}
impl<V> FusedIterator for Iter<'_, V> {}

impl<V> Clone for Iter<'_, V> {
    fn clone(&self) -> Self {
        Self { ..*self }
    }
}

impl<V: fmt::Debug> fmt::Debug for Iter<'_, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.clone()).finish()
    }
}
