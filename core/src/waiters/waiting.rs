//! The one future under all asynchronous forms: a seat, and what to do when it is polled or given up.
//!
//! # Safety
//!
//! Projects a pin to one field.
#![allow(unsafe_code, reason = "projects a pin to the seat")]

use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};

use super::Seat;
use crate::port::Port;

/// One asynchronous wait, apart from its seat.
pub(crate) trait Turn<P: Port>: Unpin {
    /// What it gives in the end.
    type Output;

    /// Polls; `Ready` is returned once.
    fn poll(&mut self, seat: Pin<&Seat<P>>, context: &mut Context<'_>) -> Poll<Self::Output>;

    /// Gives up before `Ready`: passes on whatever the seat was told, and leaves nothing behind.
    fn cancel(&mut self, seat: Pin<&Seat<P>>);
}

/// A wait as a future. Dropping it is giving up.
pub(crate) struct Waiting<P: Port, T: Turn<P>> {
    turn: T,
    seat: Seat<P>,
    done: bool,
}

impl<P: Port, T: Turn<P>> Waiting<P, T> {
    #[inline(always)]
    pub(crate) fn new(turn: T) -> Self {
        Self {
            turn,
            seat: Seat::new(),
            done: false,
        }
    }
}

impl<P: Port, T: Turn<P>> Future for Waiting<P, T> {
    type Output = T::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T::Output> {
        // SAFETY: `turn` is `Unpin`, `seat` is only lent pinned, and nothing is moved out.
        let this = unsafe { self.get_unchecked_mut() };
        assert!(!this.done, "polled after it was ready");
        // SAFETY: a field of something pinned; `Drop` leaves the seat before its memory ends.
        let seat = unsafe { Pin::new_unchecked(&this.seat) };
        let poll = this.turn.poll(seat, context);
        this.done = poll.is_ready();
        poll
    }
}

impl<P: Port, T: Turn<P>> Drop for Waiting<P, T> {
    fn drop(&mut self) {
        if !self.done {
            // SAFETY: dropped in place, and not moved any more.
            let seat = unsafe { Pin::new_unchecked(&self.seat) };
            self.turn.cancel(seat);
        }
    }
}
