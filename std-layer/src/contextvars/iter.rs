//! Walking over a context.

use std::fmt;
use std::iter::FusedIterator;

use super::Binding;
use super::vars::Vars;

/// The variables of a [`Context`](super::Context) and their values, as they were when the iteration began (row C-15).
#[derive(Clone)]
pub struct Iter {
    vars: Vars,
    /// The first place that has not been looked at; none after the last.
    next: Option<usize>,
    left: usize,
}

impl Iter {
    pub(super) fn new(vars: Vars) -> Self {
        Self {
            next: Some(0),
            left: vars.len(),
            vars,
        }
    }
}

impl Iterator for Iter {
    type Item = Binding;

    fn next(&mut self) -> Option<Binding> {
        let (place, entry) = self.vars.map().first_from(self.next?)?;
        self.next = place.checked_add(1);
        self.left -= 1;
        Some(Binding::new(entry.clone()))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl ExactSizeIterator for Iter {}
impl FusedIterator for Iter {}

impl fmt::Debug for Iter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}
