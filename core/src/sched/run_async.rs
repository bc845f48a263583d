//! Running as a future.

use core::future::{Future, poll_fn};
use core::pin::{Pin, pin};
use core::task::{Context, Poll};

use super::key::NEVER;
use super::scheduler::Step;
use super::store::Store;
use super::{Runner, Scheduler, Time};
use crate::atomics::{AtomicU32, Ordering};
use crate::port::Port;
use crate::waiters::{Seat, Turn, Waiting};

impl<T: Time, S: Store<Instant = <T as Time>::Instant>> Scheduler<T, S>
where
    S::Action: FnOnce(),
{
    /// As [`run`](Self::run), without blocking the task that polls: `delay` makes a future that is ready at an instant, or before; at once for an instant that has come already, as that of an event that was entered just now. Gives way to other tasks after each action.
    ///
    /// Dropping the future ends the run, between two actions; nothing is lost, and the scheduler may be run again.
    ///
    /// # Panics
    ///
    /// As [`run`](Self::run), at a poll.
    pub async fn run_async<D, W>(&self, delay: D)
    where
        D: FnMut(T::Instant) -> W,
        W: Future<Output = ()>,
    {
        self.calling(|action| action()).run_async(delay).await;
    }
}

impl<T: Time, S: Store<Instant = <T as Time>::Instant>, F: FnMut(S::Action)> Runner<'_, T, S, F> {
    /// See [`Scheduler::run_async`].
    pub async fn run_async<D, W>(&mut self, mut delay: D)
    where
        D: FnMut(T::Instant) -> W,
        W: Future<Output = ()>,
    {
        let mut seen = 0;
        loop {
            match self.scheduler.step(&mut seen, NEVER) {
                Step::Due(_, _, action) => {
                    (self.call)(action);
                    give_way().await;
                }
                Step::Later { .. } => {
                    let Some(asleep) = self.scheduler.lie_down(None) else {
                        return;
                    };
                    let mut changed = pin!(Waiting::<T::Port, _>::new(Change {
                        word: &self.scheduler.word,
                        seen: asleep.seen,
                    }));
                    match asleep.until {
                        None => changed.await,
                        Some(until) => {
                            let mut delay = pin!(delay(until));
                            poll_fn(|context| match changed.as_mut().poll(context) {
                                Poll::Ready(()) => Poll::Ready(()),
                                Poll::Pending => delay.as_mut().poll(context),
                            })
                            .await;
                        }
                    }
                }
                Step::Empty => return,
            }
        }
    }
}

/// Lets other tasks of the executor have a turn.
async fn give_way() {
    let mut polled = false;
    poll_fn(|context| {
        if polled {
            return Poll::Ready(());
        }
        polled = true;
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// Waits until a word is not what it was.
struct Change<'a> {
    word: &'a AtomicU32,
    seen: u32,
}

impl<P: Port> Turn<P> for Change<'_> {
    type Output = ();

    fn poll(&mut self, seat: Pin<&Seat<P>>, context: &mut Context<'_>) -> Poll<()> {
        let unchanged = || self.word.load(Ordering::Relaxed) == self.seen;
        while unchanged() {
            let address = core::ptr::from_ref(self.word).addr();
            if seat.poll(address, context, unchanged).is_pending() {
                return Poll::Pending;
            }
        }
        seat.leave(|_| {});
        Poll::Ready(())
    }

    fn cancel(&mut self, seat: Pin<&Seat<P>>) {
        // All are woken: there is nothing to pass on.
        seat.leave(|_| {});
    }
}
