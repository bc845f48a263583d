//! The work of a task whose result nobody takes: in the one allocation of the task are the function and the ticket, and nothing else.

use super::count::Ticket;
use crate::threading::shielded;

/// A function to call. Its fields go in this order.
pub(super) struct Errand<F> {
    function: F,
    fate: Fate,
}

/// What becomes of it: without its ticket it was run.
struct Fate(Option<Ticket>);

impl Drop for Fate {
    fn drop(&mut self) {
        if let Some(ticket) = &self.0 {
            ticket.note_loss();
        }
    }
}

impl<F: FnOnce()> Errand<F> {
    pub(super) fn new(function: F, ticket: Ticket) -> Self {
        Self {
            function,
            fate: Fate(Some(ticket)),
        }
    }

    /// Never panics.
    pub(super) fn run(self) {
        let Self { function, mut fate } = self;
        // The ticket goes last, whatever happens.
        let ticket = fate.0.take();
        let mut has_panicked = true;
        shielded(|| {
            function();
            has_panicked = false;
        });
        if let (true, Some(ticket)) = (has_panicked, &ticket) {
            ticket.note_panic();
        }
    }
}
