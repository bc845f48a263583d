//! The barrier: a count, and a queue of the parties that wait.
//!
//! # Why this shape
//!
//! A generation counter on which everybody sleeps cannot tell a late sleeper *how* its generation ended, released or broken, once the next ones have passed. Python drains each
//! generation before the next may enter, which costs every cycle a second meeting. Here each party is a node in its own frame, and is told its own outcome: the next cycle starts at
//! once, and nobody can mistake one cycle for another (row T-108).
//!
//! # The words
//!
//! `state`, which changes inside the guard of the bucket of `queue` only, and is read without for [`broken`](RawBarrier::is_broken) and [`n_waiting`](RawBarrier::n_waiting):
//!
//! | bits | name | meaning |
//! |---|---|---|
//! | 0..29 | arrived | parties of the present cycle |
//! | 29 | `GATE` | somebody waits at the gate |
//! | 30 | `ACTION` | the last party runs the action; newcomers wait at the gate (on this word) until it has returned |
//! | 31 | `BROKEN` | broken; nobody can wait until a reset |
//!
//! `queue`: its address lists the waiting parties; its value counts cycles (ended, broken or reset), by which the runner of an action sees that its cycle was taken from under it.
//!
//! # Orderings
//!
//! Everything a party did before it arrived happens before every party's return: arrivals are ordered by the guard, and edge `notified` carries that to the others. The two words are
//! accessed Relaxed: inside the guard they need nothing, and the reads without it promise nothing.

use core::marker::PhantomData;
use core::pin::Pin;
use core::task::{Context, Poll};

use crate::atomics::{AtomicU32, Ordering};
use crate::error::{self, Broken};
use crate::port::Port;
use crate::waiters::{
    self, Batch, Bucket, Entered, Limit, OnUnwind, Outcome, Seat, Turn, Waiting, bucket_of,
};

const BROKEN: u32 = 1 << 31;
const ACTION: u32 = 1 << 30;
const GATE: u32 = 1 << 29;
const ARRIVED: u32 = GATE - 1;

/// A barrier without action, 12 bytes.
#[repr(C)]
pub struct RawBarrier<P: Port> {
    state: AtomicU32,
    queue: AtomicU32,
    parties: u32,
    port: PhantomData<fn() -> P>,
}

/// Why a wait failed.
pub(crate) enum Fail<E> {
    /// Time ran out, and that broke the barrier.
    Expired(E),
    /// It was broken.
    Broken,
}

/// What an arriving party finds.
enum Arrival {
    Broken,
    /// An action runs: wait on this word.
    Gate(u32),
    /// The last one: run the action, then end cycle number so-and-so.
    Act(u32),
    /// The last one, and there is no action: cycle number so-and-so has ended.
    Last(u32),
    /// Not the last one.
    Early,
}

impl<P: Port> RawBarrier<P> {
    maybe_const! {
        /// A barrier for `parties` parties.
        ///
        /// # Panics
        ///
        /// If `parties` is 0 (as Python since 3.13; row T-99) or more than 2^29 - 1.
        #[track_caller]
        pub fn new(parties: u32) -> Self {
            assert!(parties > 0, "a barrier needs at least one party");
            assert!(parties <= ARRIVED, "a barrier has at most 2^29 - 1 parties");
            Self { state: AtomicU32::new(0), queue: AtomicU32::new(0), parties, port: PhantomData }
        }
    }

    /// How many parties it takes.
    #[inline]
    pub fn parties(&self) -> u32 {
        self.parties
    }

    /// How many wait: a snapshot; 0 when broken.
    #[inline]
    pub fn n_waiting(&self) -> u32 {
        self.state.load(Ordering::Relaxed) & ARRIVED
    }

    /// Whether it is broken: a snapshot.
    #[inline]
    pub fn is_broken(&self) -> bool {
        self.state.load(Ordering::Relaxed) & BROKEN != 0
    }

    fn address(&self) -> usize {
        core::ptr::from_ref(&self.queue).addr()
    }

    fn bucket(&self) -> &'static Bucket<P> {
        bucket_of::<P>(self.address())
    }

    /// Inside the guard: arrives.
    fn arrive(&self, entered: &Entered<'_, P>, has_action: bool) -> Arrival {
        let state = self.state.load(Ordering::Relaxed);
        if state & BROKEN != 0 {
            Arrival::Broken
        } else if state & ACTION != 0 {
            self.state.store(state | GATE, Ordering::Relaxed);
            Arrival::Gate(state | GATE)
        } else if state + 1 != self.parties {
            self.state.store(state + 1, Ordering::Relaxed);
            entered.wait_for_cycle(self.queue.load(Ordering::Relaxed));
            Arrival::Early
        } else if has_action {
            self.state.store(ACTION | self.parties, Ordering::Relaxed);
            Arrival::Act(self.queue.load(Ordering::Relaxed))
        } else {
            Arrival::Last(self.close(0))
        }
    }

    /// Inside the guard: ends the present cycle in `state`, and says its number.
    fn close(&self, state: u32) -> u32 {
        self.state.store(state, Ordering::Relaxed);
        let cycle = self.queue.load(Ordering::Relaxed);
        self.queue.store(cycle.wrapping_add(1), Ordering::Relaxed);
        cycle
    }

    /// Tells all parties of a cycle that has ended what became of them. Who ended it does so after it left the guard, and meanwhile the next cycles may end, too: so
    /// each party is listed with the number of its own, and is told by the one that ended that.
    fn tell(&self, cycle: u32, outcome: &mut dyn FnMut() -> Outcome) {
        loop {
            let mut batch = Batch::new();
            self.bucket().enter(|entered| {
                while !batch.is_full() {
                    let Some(wake) = entered.notify_first(self.address(), cycle, outcome()) else {
                        break;
                    };
                    batch.push_even_if_done(wake);
                }
            });
            let more = batch.is_full();
            batch.run(|| self.tell(cycle, outcome));
            if !more {
                return;
            }
        }
    }

    /// The last party runs `action` and lets everybody go.
    fn act(&self, cycle: u32, action: impl FnOnce()) -> Result<u32, Broken> {
        let abort_on_unwind = AbortOnUnwind(self);
        action();
        core::mem::forget(abort_on_unwind);
        let (ended, gate) = self.end_action(Some(cycle));
        // If a waker panics on the way, the gate opens all the same.
        let on_unwind = OnUnwind::new(|| self.open_gate(gate));
        let index = ended.then(|| self.let_go(cycle));
        on_unwind.defuse();
        self.open_gate(gate);
        index.ok_or(Broken)
    }

    /// Ends the action: the cycle, too, and says so, if it is still `cycle`, and nobody aborted or reset it meanwhile. Says also whether anybody waits at the gate.
    fn end_action(&self, cycle: Option<u32>) -> (bool, bool) {
        self.bucket().enter(|_| {
            let state = self.state.load(Ordering::Relaxed);
            if cycle == Some(self.queue.load(Ordering::Relaxed)) {
                self.close(0);
                (true, state & GATE != 0)
            } else {
                self.state
                    .store(state & !(ACTION | GATE), Ordering::Relaxed);
                (false, state & GATE != 0)
            }
        })
    }

    /// After the action, for those that came meanwhile, if there are any.
    fn open_gate(&self, anybody: bool) {
        if anybody {
            waiters::wake::<P>(&self.state, u32::MAX);
        }
    }

    /// Lets the parties of an ended cycle go, each with its index, and says the last party's.
    fn let_go(&self, cycle: u32) -> u32 {
        let mut index = 0;
        self.tell(cycle, &mut || {
            index += 1;
            Outcome::Index(index - 1)
        });
        self.parties - 1
    }

    /// Passes if the caller is the last party.
    pub(crate) fn try_wait(&self, action: Option<impl FnOnce()>) -> Result<u32, TryFail> {
        let arrival = self.bucket().enter(|entered| {
            let state = self.state.load(Ordering::Relaxed);
            if state & (BROKEN | ACTION) == 0 && state + 1 != self.parties {
                return Err(TryFail::WouldBlock);
            }
            if state & ACTION != 0 && state & BROKEN == 0 {
                return Err(TryFail::WouldBlock);
            }
            Ok(self.arrive(entered, action.is_some()))
        })?;
        self.finish(arrival, action)
            .map_err(|Broken| TryFail::Broken)
    }

    /// What is left to do for an arrival that does not wait.
    fn finish(&self, arrival: Arrival, action: Option<impl FnOnce()>) -> Result<u32, Broken> {
        match (arrival, action) {
            (Arrival::Last(cycle), _) => Ok(self.let_go(cycle)),
            (Arrival::Act(cycle), Some(action)) => self.act(cycle, action),
            _ => Err(Broken),
        }
    }

    /// Ends the present cycle with everybody told that it is broken, leaving `BROKEN` or not.
    fn scatter(&self, broken: u32) {
        let cycle = self.bucket().enter(|_| {
            let action = self.state.load(Ordering::Relaxed) & (ACTION | GATE);
            self.close(action | broken)
        });
        self.tell(cycle, &mut || Outcome::Broken);
    }

    /// Breaks it: those that wait and those that will are told so.
    pub fn abort(&self) {
        self.scatter(BROKEN);
    }

    /// Makes it whole and empty: those that wait are told that it was broken.
    pub fn reset(&self) {
        self.scatter(0);
    }
}

mod blocking {
    //! # Safety
    //!
    //! Lists a node in its own frame.
    #![allow(unsafe_code, reason = "lists a node in its own frame")]

    use core::pin::pin;

    use super::{ACTION, Arrival, BROKEN, Fail, Limit, Ordering, Outcome, Port, RawBarrier};
    use crate::waiters::{Node, sleep_until_notified};

    impl<P: Port> RawBarrier<P> {
        pub(crate) fn wait<L: Limit<P>>(
            &self,
            limit: &L,
            action: Option<impl FnOnce()>,
        ) -> Result<u32, Fail<L::Expired>> {
            P::assert_may_block();
            let node = pin!(Node::<P>::for_task());
            let node = node.into_ref().get_ref();
            let mut cycle = 0;
            loop {
                let arrival = self.bucket().enter(|entered| {
                    let arrival = self.arrive(entered, action.is_some());
                    if matches!(arrival, Arrival::Early) {
                        cycle = self.queue.load(Ordering::Relaxed);
                        // SAFETY: pinned in this frame, idle, and `sleep_until_notified` returns only when it is off the list.
                        unsafe { entered.push(node, self.address(), |_| true) };
                    }
                    arrival
                });
                match arrival {
                    Arrival::Early => break,
                    Arrival::Gate(state) => {
                        // Without a limit, as in Python: it is the running cycle's business when it ends, and not this party's to break it.
                        P::wait(&self.state, state);
                    }
                    arrival => return self.finish(arrival, action).map_err(|_| Fail::Broken),
                }
            }
            let outcome = sleep_until_notified(node, limit, |_| {
                // If the cycle has ended, somebody is about to tell how, and the next one is none of this party's business. If the action runs, all have come in time.
                let acting = self.state.load(Ordering::Relaxed) & ACTION != 0;
                let may_leave = self.queue.load(Ordering::Relaxed) == cycle && !acting;
                if may_leave {
                    self.close(BROKEN);
                }
                may_leave
            });
            match outcome {
                Ok(Outcome::Index(index)) => Ok(index),
                Ok(_) => Err(Fail::Broken),
                Err(expired) => {
                    self.tell(cycle, &mut || Outcome::Broken);
                    Err(Fail::Expired(expired))
                }
            }
        }
    }
}

/// Why a `try_wait` failed.
pub(crate) enum TryFail {
    WouldBlock,
    Broken,
}

/// An action that panics breaks the barrier (row T-102).
struct AbortOnUnwind<'a, P: Port>(&'a RawBarrier<P>);

impl<P: Port> Drop for AbortOnUnwind<'_, P> {
    fn drop(&mut self) {
        self.0.abort();
        let (_, gate) = self.0.end_action(None);
        self.0.open_gate(gate);
    }
}

impl<P: Port> core::fmt::Debug for RawBarrier<P> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("RawBarrier")
            .field("parties", &self.parties)
            .field("n_waiting", &self.n_waiting())
            .field("broken", &self.is_broken())
            .finish()
    }
}

/// An asynchronous wait.
pub(crate) struct Wait<'a, P: Port, A> {
    barrier: &'a RawBarrier<P>,
    action: Option<A>,
    /// The number of the cycle in which it arrived.
    arrived: Option<u32>,
}

impl<P: Port> RawBarrier<P> {
    pub(crate) fn wait_async<A: FnOnce() + Unpin>(
        &self,
        action: Option<A>,
    ) -> Waiting<P, Wait<'_, P, A>> {
        Waiting::new(Wait {
            barrier: self,
            action,
            arrived: None,
        })
    }
}

impl<P: Port, A: FnOnce() + Unpin> Turn<P> for Wait<'_, P, A> {
    type Output = Result<u32, error::Broken>;

    fn poll(&mut self, seat: Pin<&Seat<P>>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let barrier = self.barrier;
        let gate = core::ptr::from_ref(&barrier.state).addr();
        if self.arrived.is_none()
            && seat.is_taken()
            && seat.poll(gate, context, || false).is_pending()
        {
            return Poll::Pending;
        }
        loop {
            let mut arrival = Arrival::Early;
            let mut cycle = 0;
            let has_action = self.action.is_some();
            let seated = seat.poll_entered(barrier.address(), context, |entered| {
                arrival = barrier.arrive(entered, has_action);
                cycle = barrier.queue.load(Ordering::Relaxed);
                matches!(arrival, Arrival::Early)
            });
            let Poll::Ready(outcome) = seated else {
                self.arrived.get_or_insert(cycle);
                return Poll::Pending;
            };
            if self.arrived.is_some() {
                return Poll::Ready(match outcome {
                    Outcome::Index(index) => Ok(index),
                    _ => Err(error::Broken),
                });
            }
            let Arrival::Gate(state) = arrival else {
                return Poll::Ready(barrier.finish(arrival, self.action.take()));
            };
            if seat
                .poll(gate, context, || {
                    barrier.state.load(Ordering::Relaxed) == state
                })
                .is_pending()
            {
                return Poll::Pending;
            }
        }
    }

    fn cancel(&mut self, seat: Pin<&Seat<P>>) {
        // As if it had never come. If the cycle has ended already, that is the outcome for the others: there is nothing to pass on, and the count is the next
        // cycle's.
        seat.leave(|_| {
            let state = self.barrier.state.load(Ordering::Relaxed);
            let is_current = self.arrived == Some(self.barrier.queue.load(Ordering::Relaxed));
            // Once the action runs, all have come, and it makes no difference that one of them goes.
            if is_current && state & ACTION == 0 {
                self.barrier.state.store(state - 1, Ordering::Relaxed);
            }
        });
    }
}
