//! The arm that waits for an event.

use core::pin::Pin;

use super::work::{Sat, Work};
use crate::Event;
use crate::port::Port;
use crate::waiters::{Seat, Sitter};

/// Waits for an event.
pub(super) struct Set<'a, P: Port, F> {
    event: &'a Event<P>,
    /// The event's word at the beginning of the wait.
    start: u32,
    then: F,
}

impl<'a, P: Port, F> Set<'a, P, F> {
    pub(super) fn new(event: &'a Event<P>, then: F) -> Self {
        Self {
            event,
            start: 0,
            then,
        }
    }
}

impl<P: Port, R, F: FnOnce() -> R> Work<P, R> for Set<'_, P, F> {
    type Seats = Seat<P>;

    #[inline]
    fn count(&self) -> usize {
        1
    }

    fn seats(&self, seat: fn() -> Seat<P>) -> Seat<P> {
        seat()
    }

    fn seat<'s>(&self, seat: Pin<&'s Seat<P>>, _: usize) -> Pin<&'s Seat<P>> {
        seat
    }

    fn begin(&mut self) {
        self.start = self.event.raw().begin();
    }

    #[inline]
    fn attempt(&mut self, _: usize) -> bool {
        self.event.raw().was_set_since(self.start)
    }

    /// Events have an edge of their own.
    fn is_quiet(&self, _: usize) -> bool {
        true
    }

    fn is_waiting(&self, _: usize, seat: Pin<&Seat<P>>) -> bool {
        seat.is_taken()
    }

    fn sit(&self, _: usize, seat: Pin<&Seat<P>>, sitter: &Sitter<'_, P>) -> Sat {
        let stayed = seat.is_taken();
        if self.event.raw().sit(self.start, seat, sitter).is_ready() {
            Sat::Told
        } else if stayed {
            Sat::Stayed
        } else {
            Sat::Down
        }
    }

    fn rise(&self, _: usize, seat: Pin<&Seat<P>>) {
        seat.rise(|_| {});
    }

    /// A `set` wakes all: there is nothing to pass on.
    fn pass_on(&self, _: usize) {}

    #[inline]
    fn finish(self, _: usize) -> R {
        (self.then)()
    }
}
