//! Arms that wait at event counts: one, or several of a kind.
//!
//! # Safety
//!
//! Projects a pin from an array of seats to one of them.
#![allow(unsafe_code, reason = "projects a pin to an element")]

use core::pin::Pin;

use super::work::{Sat, Work};
use crate::port::Port;
use crate::raw::{Attempt, RawEventCount};
use crate::waiters::{Seat, Sitter};

/// One thing to try, and where to wait for it.
pub(super) struct Counted<'a, P: Port, A: Attempt> {
    count: &'a RawEventCount<P>,
    attempt: A,
    output: Option<A::Output>,
}

impl<'a, P: Port, A: Attempt> Counted<'a, P, A> {
    pub(super) fn new((count, attempt): (&'a RawEventCount<P>, A)) -> Self {
        Self {
            count,
            attempt,
            output: None,
        }
    }

    #[inline]
    fn attempt(&mut self) -> bool {
        self.output = self.attempt.attempt();
        self.output.is_some()
    }

    fn is_quiet(&self) -> bool {
        self.attempt.is_void() || self.attempt.is_quiet()
    }

    /// What can never succeed is not seated, because it would swallow notifications.
    fn sit(&self, seat: Pin<&Seat<P>>, sitter: &Sitter<'_, P>) -> Sat {
        if self.attempt.is_void() {
            return Sat::Stayed;
        }
        let was_taken = seat.is_taken();
        match (self.count.sit(seat, sitter).is_ready(), was_taken) {
            (true, _) => Sat::Told,
            (false, true) => Sat::Stayed,
            (false, false) => Sat::Down,
        }
    }

    fn is_waiting(&self, seat: Pin<&Seat<P>>) -> bool {
        seat.is_taken() || self.attempt.is_void()
    }

    fn rise(&self, seat: Pin<&Seat<P>>) {
        seat.rise(|_| self.count.uncount());
    }

    fn pass_on(&self) {
        if self.output.is_some() {
            self.count.pass_on(&self.attempt);
        } else {
            self.count.notify(1);
        }
    }

    #[inline]
    fn finish(self) -> A::Output {
        self.output.expect("the operation was performed")
    }
}

/// An arm with one of them.
pub(super) struct One<'a, P: Port, A: Attempt, F> {
    pub(super) object: Counted<'a, P, A>,
    pub(super) then: F,
}

impl<P: Port, R, A: Attempt, F: FnOnce(A::Output) -> R> Work<P, R> for One<'_, P, A, F> {
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

    fn begin(&mut self) {}

    #[inline]
    fn attempt(&mut self, _: usize) -> bool {
        self.object.attempt()
    }

    fn is_quiet(&self, _: usize) -> bool {
        self.object.is_quiet()
    }

    fn sit(&self, _: usize, seat: Pin<&Seat<P>>, sitter: &Sitter<'_, P>) -> Sat {
        self.object.sit(seat, sitter)
    }

    fn is_waiting(&self, _: usize, seat: Pin<&Seat<P>>) -> bool {
        self.object.is_waiting(seat)
    }

    fn rise(&self, _: usize, seat: Pin<&Seat<P>>) {
        self.object.rise(seat);
    }

    fn pass_on(&self, _: usize) {
        self.object.pass_on();
    }

    #[inline]
    fn finish(self, _: usize) -> R {
        (self.then)(self.object.finish())
    }
}

/// An arm with several, of which the closure is told the number.
pub(super) struct Any<'a, P: Port, A: Attempt, F, const N: usize> {
    pub(super) objects: [Counted<'a, P, A>; N],
    pub(super) then: F,
}

impl<P: Port, R, A: Attempt, F: FnOnce(usize, A::Output) -> R, const N: usize> Work<P, R>
    for Any<'_, P, A, F, N>
{
    type Seats = [Seat<P>; N];

    #[inline]
    fn count(&self) -> usize {
        N
    }

    fn seats(&self, seat: fn() -> Seat<P>) -> [Seat<P>; N] {
        core::array::from_fn(|_| seat())
    }

    fn seat<'s>(&self, seats: Pin<&'s [Seat<P>; N]>, at: usize) -> Pin<&'s Seat<P>> {
        // SAFETY: an element of something pinned; nothing is ever moved out of the array.
        unsafe { seats.map_unchecked(|seats| &seats[at]) }
    }

    fn begin(&mut self) {}

    #[inline]
    fn attempt(&mut self, at: usize) -> bool {
        self.objects[at].attempt()
    }

    fn is_quiet(&self, at: usize) -> bool {
        self.objects[at].is_quiet()
    }

    fn sit(&self, at: usize, seat: Pin<&Seat<P>>, sitter: &Sitter<'_, P>) -> Sat {
        self.objects[at].sit(seat, sitter)
    }

    fn is_waiting(&self, at: usize, seat: Pin<&Seat<P>>) -> bool {
        self.objects[at].is_waiting(seat)
    }

    fn rise(&self, at: usize, seat: Pin<&Seat<P>>) {
        self.objects[at].rise(seat);
    }

    fn pass_on(&self, at: usize) {
        self.objects[at].pass_on();
    }

    #[inline]
    fn finish(self, at: usize) -> R {
        let object = self.objects.into_iter().nth(at);
        let object = object.expect("the number of one of them");
        (self.then)(at, object.finish())
    }
}
