//! What an arm does, and how arms are put together.
//!
//! A select has a list of arms of different types, as nested pairs: `((((), A), B), C)`. Each arm stands for one object, or for several of one kind; all objects of a select are
//! numbered from 0, and a pair sends a number to the half that it belongs to. With the types known that is a `match`, and nothing is allocated.
//!
//! # Safety
//!
//! Projects pins from a pair of seats to its halves.
#![allow(unsafe_code, reason = "projects a pin to the halves of a pair")]

use core::pin::Pin;

use crate::port::Port;
use crate::waiters::{Seat, Sitter};

/// What there is to be known about a seat after [`Work::sit`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sat {
    /// It has been taken all the time, and nobody has notified it.
    Stayed,
    /// It has been taken just now: look again.
    Down,
    /// It is empty: there was a notification in it, or the object refuses, because there is no need to sit. Look again.
    Told,
}

/// What the waiting forms do with arms, object by object. `at` is below `count`.
pub(crate) trait Work<P: Port, R> {
    /// A seat for each object.
    type Seats: Send + Sync;

    /// How many objects there are.
    fn count(&self) -> usize;

    /// The seats.
    fn seats(&self, seat: fn() -> Seat<P>) -> Self::Seats;

    /// One of them.
    fn seat<'s>(&self, seats: Pin<&'s Self::Seats>, at: usize) -> Pin<&'s Seat<P>>;

    /// The wait begins here: called once, before anything below.
    fn begin(&mut self);

    /// Performs the operation if that needs no waiting, and keeps what came of it. After `true` nothing is asked but to rise, to pass on, and to `finish` for the same object.
    ///
    /// A store of the user's, and wakers of those that waited for just this operation, run in here, and may panic: then an item that was taken is gone, as with the object's own methods.
    fn attempt(&mut self, at: usize) -> bool;

    /// After an attempt in vain while seated: whether every change that is not over yet will find us listed. See `raw/event_count.rs`.
    fn is_quiet(&self, at: usize) -> bool;

    /// Takes the object's seat, or stays in it. One that has nothing to tell need not be seated.
    fn sit(&self, at: usize, seat: Pin<&Seat<P>>, sitter: &Sitter<'_, P>) -> Sat;

    /// Whether the seat is taken, unless this object has nothing to tell.
    fn is_waiting(&self, at: usize, seat: Pin<&Seat<P>>) -> bool;

    /// Leaves the object's seat; if there is a notification, that stays in the seat.
    fn rise(&self, at: usize, seat: Pin<&Seat<P>>);

    /// Passes on a notification by which this select has done nothing, or, where it has performed the operation, by which another can do something.
    fn pass_on(&self, at: usize);

    /// Calls the arm's closure.
    fn finish(self, at: usize) -> R;
}

/// No arms: the end of every list.
impl<P: Port, R> Work<P, R> for () {
    type Seats = ();

    fn count(&self) -> usize {
        0
    }

    fn seats(&self, _: fn() -> Seat<P>) {}

    fn seat<'s>(&self, _: Pin<&'s ()>, at: usize) -> Pin<&'s Seat<P>> {
        no_arm(at)
    }

    fn begin(&mut self) {}

    fn attempt(&mut self, at: usize) -> bool {
        no_arm(at)
    }

    fn is_quiet(&self, at: usize) -> bool {
        no_arm(at)
    }

    fn sit(&self, at: usize, _: Pin<&Seat<P>>, _: &Sitter<'_, P>) -> Sat {
        no_arm(at)
    }

    fn is_waiting(&self, at: usize, _: Pin<&Seat<P>>) -> bool {
        no_arm(at)
    }

    fn rise(&self, at: usize, _: Pin<&Seat<P>>) {
        no_arm(at)
    }

    fn pass_on(&self, at: usize) {
        no_arm(at)
    }

    fn finish(self, at: usize) -> R {
        no_arm(at)
    }
}

#[cold]
fn no_arm(at: usize) -> ! {
    unreachable!("there is no arm {at}")
}

/// An arm after others.
impl<P: Port, R, A: Work<P, R>, B: Work<P, R>> Work<P, R> for (A, B) {
    type Seats = (A::Seats, B::Seats);

    #[inline]
    fn count(&self) -> usize {
        self.0.count() + self.1.count()
    }

    fn seats(&self, seat: fn() -> Seat<P>) -> Self::Seats {
        (self.0.seats(seat), self.1.seats(seat))
    }

    fn seat<'s>(&self, seats: Pin<&'s Self::Seats>, at: usize) -> Pin<&'s Seat<P>> {
        match at.checked_sub(self.0.count()) {
            // SAFETY: a field of something pinned; nothing is ever moved out of a pair of seats.
            None => self
                .0
                .seat(unsafe { seats.map_unchecked(|seats| &seats.0) }, at),
            // SAFETY: as above.
            Some(at) => self
                .1
                .seat(unsafe { seats.map_unchecked(|seats| &seats.1) }, at),
        }
    }

    fn begin(&mut self) {
        self.0.begin();
        self.1.begin();
    }

    #[inline]
    fn attempt(&mut self, at: usize) -> bool {
        match at.checked_sub(self.0.count()) {
            None => self.0.attempt(at),
            Some(at) => self.1.attempt(at),
        }
    }

    fn is_quiet(&self, at: usize) -> bool {
        match at.checked_sub(self.0.count()) {
            None => self.0.is_quiet(at),
            Some(at) => self.1.is_quiet(at),
        }
    }

    fn is_waiting(&self, at: usize, seat: Pin<&Seat<P>>) -> bool {
        match at.checked_sub(self.0.count()) {
            None => self.0.is_waiting(at, seat),
            Some(at) => self.1.is_waiting(at, seat),
        }
    }

    fn sit(&self, at: usize, seat: Pin<&Seat<P>>, sitter: &Sitter<'_, P>) -> Sat {
        match at.checked_sub(self.0.count()) {
            None => self.0.sit(at, seat, sitter),
            Some(at) => self.1.sit(at, seat, sitter),
        }
    }

    fn rise(&self, at: usize, seat: Pin<&Seat<P>>) {
        match at.checked_sub(self.0.count()) {
            None => self.0.rise(at, seat),
            Some(at) => self.1.rise(at, seat),
        }
    }

    fn pass_on(&self, at: usize) {
        match at.checked_sub(self.0.count()) {
            None => self.0.pass_on(at),
            Some(at) => self.1.pass_on(at),
        }
    }

    #[inline]
    fn finish(self, at: usize) -> R {
        match at.checked_sub(self.0.count()) {
            None => self.0.finish(at),
            Some(at) => self.1.finish(at),
        }
    }
}
