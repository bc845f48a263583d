//! What the runs of a model came to, over all interleavings.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

/// Outcomes that were seen. A model that claims to race two things shows with it that both sides won some run.
#[derive(Debug, Clone, Default)]
pub struct Seen(Arc<Mutex<BTreeSet<&'static str>>>);

impl Seen {
    /// Nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Notes one outcome.
    pub fn note(&self, outcome: &'static str) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(outcome);
    }

    /// Notes one of two.
    pub fn note_if(&self, condition: bool, yes: &'static str, no: &'static str) {
        self.note(if condition { yes } else { no });
    }

    /// What was seen, in order of the alphabet.
    pub fn all(&self) -> Vec<&'static str> {
        let seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        seen.iter().copied().collect()
    }

    /// Checks that exactly these outcomes were seen.
    ///
    /// # Panics
    ///
    /// If not.
    pub fn exactly<const N: usize>(&self, expected: [&'static str; N]) {
        let seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        assert_eq!(*seen, BTreeSet::from(expected), "outcomes over all runs");
    }
}
