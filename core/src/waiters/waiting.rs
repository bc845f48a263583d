//! The one future under all asynchronous forms: a seat, and what to do when it is polled or given up.
//!
//! Most waits are over before they begin. So the first poll asks whether this one is, and only then makes the seat, in its place: a future that need not wait writes two words.
//!
//! # Safety
//!
//! Projects a pin to one field, which is there while the stage is `Seated`.
#![allow(unsafe_code, reason = "projects a pin to the seat")]

use core::future::Future;
use core::mem::MaybeUninit;
use core::pin::Pin;
use core::task::{Context, Poll};

use super::Seat;
use crate::port::Port;

/// One asynchronous wait, apart from its seat.
pub(crate) trait Turn<P: Port>: Unpin {
    /// What it gives in the end.
    type Output;

    /// Before the first [`poll`](Self::poll): whether it need not wait. If this panics, there is nothing to give up.
    #[inline(always)]
    fn begin(&mut self) -> Poll<Self::Output> {
        Poll::Pending
    }

    /// Polls; `Ready` is returned once, and the seat is left then, if it was not before.
    fn poll(&mut self, seat: Pin<&Seat<P>>, context: &mut Context<'_>) -> Poll<Self::Output>;

    /// Gives up before `Ready`: passes on whatever the seat was told, and leaves nothing behind.
    fn cancel(&mut self, seat: Pin<&Seat<P>>);
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Not polled yet, and without a seat.
    New,
    /// With one.
    Seated,
    /// It was ready. Without one.
    Done,
}

/// A wait as a future. Dropping it is giving up.
pub(crate) struct Waiting<P: Port, T: Turn<P>> {
    seat: MaybeUninit<Seat<P>>,
    turn: T,
    stage: Stage,
}

impl<P: Port, T: Turn<P>> Waiting<P, T> {
    #[inline(always)]
    pub(crate) fn new(turn: T) -> Self {
        Self {
            seat: MaybeUninit::uninit(),
            turn,
            stage: Stage::New,
        }
    }
}

impl<P: Port, T: Turn<P>> Future for Waiting<P, T> {
    type Output = T::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T::Output> {
        // SAFETY: `turn` is `Unpin`, `seat` is only lent pinned, and nothing is moved out.
        let this = unsafe { self.get_unchecked_mut() };
        if this.stage != Stage::Seated {
            assert!(this.stage == Stage::New, "polled after it was ready");
            let begun = this.turn.begin();
            if begun.is_ready() {
                this.stage = Stage::Done;
                return begun;
            }
            this.seat.write(Seat::new());
            this.stage = Stage::Seated;
        }
        // SAFETY: made above, or by an earlier poll; a field of something pinned; `Drop` leaves the seat before its memory ends.
        let seat = unsafe { Pin::new_unchecked(this.seat.assume_init_ref()) };
        let poll = this.turn.poll(seat, context);
        if poll.is_ready() {
            // An empty seat has nothing that is to be dropped.
            seat.empty();
            this.stage = Stage::Done;
        }
        poll
    }
}

impl<P: Port, T: Turn<P>> Drop for Waiting<P, T> {
    #[inline]
    fn drop(&mut self) {
        if self.stage == Stage::Seated {
            self.give_up();
        }
    }
}

impl<P: Port, T: Turn<P>> Waiting<P, T> {
    #[cold]
    fn give_up(&mut self) {
        /// Drops the seat, even if a waker panics in `cancel`.
        struct Seated<'a, P: Port>(&'a mut MaybeUninit<Seat<P>>);
        impl<P: Port> Drop for Seated<'_, P> {
            fn drop(&mut self) {
                // SAFETY: it is there, as the stage is `Seated`, and the future ends.
                unsafe { self.0.assume_init_drop() };
            }
        }
        let seat = Seated(&mut self.seat);
        // SAFETY: there, as above; dropped in place, and not moved any more.
        self.turn
            .cancel(unsafe { Pin::new_unchecked(seat.0.assume_init_ref()) });
    }
}

/// A wait whose end is made into what the caller gets.
pub(crate) struct Then<F, M> {
    wait: F,
    then: M,
}

impl<F, M> Then<F, M> {
    #[inline(always)]
    pub(crate) fn new(wait: F, then: M) -> Self {
        Self { wait, then }
    }
}

impl<F: Future, M: Fn(F::Output) -> R, R> Future for Then<F, M> {
    type Output = R;

    #[inline]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<R> {
        // SAFETY: `wait` is only lent pinned, and `then` is not.
        let this = unsafe { self.get_unchecked_mut() };
        // SAFETY: a field of something pinned.
        let wait = unsafe { Pin::new_unchecked(&mut this.wait) };
        wait.poll(context).map(&this.then)
    }
}
