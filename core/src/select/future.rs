//! The asynchronous form.
//!
//! # Safety
//!
//! Projects a pin to one field.
#![allow(unsafe_code, reason = "projects a pin to the seats")]

use core::future::Future;
use core::marker::PhantomData;
use core::pin::Pin;
use core::task::{Context, Poll};

use super::order::Order;
use super::seated::{Looked, Seated, first_ready};
use super::work::Work;
use crate::port::Port;
use crate::waiters::{Seat, Sitter};

/// How far it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Progress {
    /// Never polled.
    New,
    /// Waits.
    Waiting,
    /// One operation was performed: there is nothing to wait for any more, even if something panicked since.
    Chosen,
}

/// A select as a future. Dropping it is giving up: it leaves all seats and passes on what they were told.
///
/// A seat that nobody has notified is kept from poll to poll, so that being polled for another reason does not cost the place in the line.
pub(super) struct Selecting<P: Port, R, A: Work<P, R>> {
    /// Until it is ready.
    arms: Option<A>,
    progress: Progress,
    order: Order,
    seats: A::Seats,
    result: PhantomData<fn() -> (P, R)>,
}

impl<P: Port, R, A: Work<P, R>> Selecting<P, R, A> {
    pub(super) fn new(arms: A, order: Order) -> Self {
        Self {
            seats: arms.seats(Seat::new),
            arms: Some(arms),
            progress: Progress::New,
            order,
            result: PhantomData,
        }
    }
}

impl<P: Port, R, A: Work<P, R>> Future for Selecting<P, R, A> {
    type Output = R;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<R> {
        // SAFETY: `seats` is only lent pinned; the other fields are never pinned, and may be moved.
        let this = unsafe { self.get_unchecked_mut() };
        // SAFETY: a field of something pinned; `Drop` leaves the seats before their memory ends.
        let seats = unsafe { Pin::new_unchecked(&this.seats) };
        let arms = match &mut this.arms {
            Some(arms) if this.progress != Progress::Chosen => arms,
            _ => panic!("polled after it was ready"),
        };
        let poll = poll_seated(arms, seats, &mut this.progress, this.order, context);
        match (poll, this.arms.take_if(|_| poll.is_ready())) {
            (Poll::Ready(at), Some(arms)) => Poll::Ready(arms.finish(at)),
            _ => Poll::Pending,
        }
    }
}

/// The number of the object whose operation was performed.
fn poll_seated<P: Port, R, A: Work<P, R>>(
    arms: &mut A,
    seats: Pin<&A::Seats>,
    progress: &mut Progress,
    order: Order,
    context: &mut Context<'_>,
) -> Poll<usize> {
    if *progress == Progress::New {
        *progress = Progress::Waiting;
        arms.begin();
        if let Some(at) = first_ready(arms, order) {
            *progress = Progress::Chosen;
            return Poll::Ready(at);
        }
    }
    // If something in here panics, all seats are left. A wait that goes on keeps them.
    let mut seated = Seated::new(arms, seats);
    let mut performed = seated.choose(order);
    while performed.is_none() {
        match seated.sit(&Sitter::Future(context.waker())) {
            Ok(false) => break,
            Ok(true) => match seated.look_again(order) {
                Looked::Found(found) => performed = Some(found),
                Looked::Nothing => break,
                Looked::Told => {}
            },
            Err(found) => performed = Some(found),
        }
    }
    let Some(performed) = performed else {
        core::mem::forget(seated);
        return Poll::Pending;
    };
    *progress = Progress::Chosen;
    Poll::Ready(seated.settle(performed))
}

impl<P: Port, R, A: Work<P, R>> Drop for Selecting<P, R, A> {
    fn drop(&mut self) {
        if let Some(arms) = &mut self.arms {
            // SAFETY: dropped in place, and not moved any more.
            let seats = unsafe { Pin::new_unchecked(&self.seats) };
            drop(Seated::new(arms, seats));
        }
    }
}
