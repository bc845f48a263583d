//! The iterators of a receiver.

use super::Receiver;

/// All items that come, until there is no sender any more: [`Receiver::iter`].
#[derive(Debug)]
pub struct Iter<'a, T>(pub(super) &'a Receiver<T>);

/// As [`Iter`], with the receiver in it: dropping the iterator drops that.
#[derive(Debug)]
pub struct IntoIter<T>(pub(super) Receiver<T>);

/// The items that are there: [`Receiver::drain`].
#[derive(Debug)]
pub struct Drain<'a, T>(pub(super) &'a Receiver<T>);

impl<T> Iterator for Iter<'_, T> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        self.0.get().ok()
    }
}

impl<T> Iterator for IntoIter<T> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        self.0.get().ok()
    }
}

impl<T> Iterator for Drain<'_, T> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        self.0.try_get().ok()
    }
}
