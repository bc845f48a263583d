//! Arms with their seats: the steps that the blocking and the asynchronous form share.
//!
//! # Duties
//!
//! Whoever is notified by an event count is *on duty* until it has tried in vain, or has passed the notification on (`raw/event_count.rs`). A select may be on duty for several objects at once, and acts on one only.
//! So a notification stays in its seat until the object is looked at; it is taken out just before the try, and is forgotten after it if that was in vain. What is left in the seats when the
//! select ends, for whatever reason, is passed on.
//!
//! Seats are left before anything is passed on. What runs while a node is listed is the attempts: a store, and the wakers of those that wait for just that operation.

use core::marker::PhantomData;
use core::pin::Pin;

use super::order::Order;
use super::work::{Sat, Work};
use crate::atomics::{after_rmw, edge, heavy_fence_of};
use crate::port::Port;
use crate::waiters::{Left, Seat, Sitter};

/// Looks at the arms once, from the one whose turn it is, and performs the operation of the first that is ready. Nobody is seated.
#[inline]
pub(super) fn first_ready<P: Port, R, A: Work<P, R>>(arms: &mut A, order: Order) -> Option<usize> {
    around(arms.count(), order, |at| arms.attempt(at))
}

/// The first of `count` numbers that passes, from the one whose turn it is, and around.
#[inline]
fn around(count: usize, order: Order, mut passes: impl FnMut(usize) -> bool) -> Option<usize> {
    let mut at = order.first(count);
    for _ in 0..count {
        if passes(at) {
            return Some(at);
        }
        at += 1;
        if at == count {
            at = 0;
        }
    }
    None
}

/// Arms that may be seated. Dropping it leaves all seats, and passes on what they were told.
pub(super) struct Seated<'a, P: Port, R, A: Work<P, R>> {
    arms: &'a mut A,
    seats: Pin<&'a A::Seats>,
    /// An object for which a notification was taken out of its seat, and not acted upon in vain.
    on_duty: Option<usize>,
    result: PhantomData<fn() -> (P, R)>,
}

/// Object number so-and-so was ready, and its operation was performed.
#[derive(Debug)]
pub(super) struct Performed(usize);

/// What came of [`Seated::look_again`].
#[derive(Debug)]
pub(super) enum Looked {
    /// An operation was performed.
    Found(Performed),
    /// Nothing is ready, and each object will tell us.
    Nothing,
    /// Nothing is ready, but one seat is empty, because it was told of something in the meantime.
    Told,
}

impl<'a, P: Port, R, A: Work<P, R>> Seated<'a, P, R, A> {
    pub(super) fn new(arms: &'a mut A, seats: Pin<&'a A::Seats>) -> Self {
        Self {
            arms,
            seats,
            on_duty: None,
            result: PhantomData,
        }
    }

    fn seat(&self, at: usize) -> Pin<&'a Seat<P>> {
        self.arms.seat(self.seats, at)
    }

    /// Takes all seats, or stays in them, and says whether any was taken newly: then one must look again before relying on being told.
    pub(super) fn sit(&mut self, sitter: &Sitter<'_, P>) -> Result<bool, Performed> {
        let mut look = false;
        for at in 0..self.arms.count() {
            loop {
                match self.arms.sit(at, self.seat(at), sitter) {
                    Sat::Stayed => break,
                    Sat::Down => {
                        look = true;
                        break;
                    }
                    Sat::Told => {
                        self.on_duty = Some(at);
                        if self.arms.attempt(at) {
                            return Err(Performed(at));
                        }
                        self.on_duty = None;
                    }
                }
            }
        }
        Ok(look)
    }

    /// Performs the first operation that is ready.
    pub(super) fn choose(&mut self, order: Order) -> Option<Performed> {
        let at = around(self.arms.count(), order, |at| {
            let seat = self.arms.seat(self.seats, at);
            if seat.is_notified() {
                seat.leave(|_| {});
                self.on_duty = Some(at);
            }
            let is_performed = self.arms.attempt(at);
            if !is_performed {
                self.on_duty = None;
            }
            is_performed
        });
        at.map(Performed)
    }

    /// As [`choose`](Self::choose), after sitting down: whoever makes an operation possible from here on finds us listed; what became possible before, is found.
    ///
    /// `RawEventCount::look_again`, for several.
    pub(super) fn look_again(&mut self, order: Order) -> Looked {
        after_rmw(edge!("claimed-or-listed"));
        let mut found = self.choose(order);
        if found.is_none() && !(0..self.arms.count()).all(|at| self.arms.is_quiet(at)) {
            heavy_fence_of::<P>(edge!("put-or-listed"));
            found = self.choose(order);
        }
        match found {
            Some(performed) => Looked::Found(performed),
            None if (0..self.arms.count()).all(|at| self.arms.is_waiting(at, self.seat(at))) => {
                Looked::Nothing
            }
            None => Looked::Told,
        }
    }

    /// Leaves all seats. What they were told stays in them.
    pub(super) fn rise(&self) {
        for at in 0..self.arms.count() {
            self.arms.rise(at, self.seat(at));
        }
    }

    /// Leaves all seats after an operation was performed, and passes on what the seats were told and this select has not acted upon.
    ///
    /// Wakers are called in here, and may panic; by then no node is listed any more. What is left to be told then, `Drop` tells.
    pub(super) fn settle(mut self, Performed(at): Performed) -> usize {
        self.rise();
        self.pass_on();
        at
    }

    fn pass_on(&mut self) {
        if let Some(at) = self.on_duty.take() {
            self.arms.pass_on(at);
        }
        for at in 0..self.arms.count() {
            if matches!(self.seat(at).leave(|_| {}), Left::Notified(_)) {
                self.arms.pass_on(at);
            }
        }
    }
}

impl<P: Port, R, A: Work<P, R>> Drop for Seated<'_, P, R, A> {
    fn drop(&mut self) {
        self.rise();
        self.pass_on();
    }
}
