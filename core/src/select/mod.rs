//! [`Select`]: waiting for the first of several things.
//!
//! | file | says |
//! |---|---|
//! | `mod.rs` | the builder and its forms |
//! | `event.rs`, `count.rs` | the arms: an event; whatever waits at an event count |
//! | `sources.rs` | what can be taken from and put into |
//! | `work.rs` | what an arm does, and how arms are put together without allocating |
//! | `seated.rs` | sitting down at all objects, choosing, leaving, passing on |
//! | `blocking.rs`, `future.rs` | the loops of the forms |
//! | `order.rs` | who is looked at first |

mod blocking;
mod count;
mod event;
mod future;
mod order;
mod seated;
mod sources;
mod work;

pub use sources::{Sink, Source};

use core::fmt;
use core::future::Future;
use core::marker::PhantomData;
use core::time::Duration;

use self::count::{Any, Counted, One};
use self::event::Set;
use self::order::Order;
use self::work::Work;
use crate::Event;
use crate::error::{TimedOut, WouldBlock};
use crate::port::{Port, TimedPort};
use crate::waiters::{Forever, Until};

/// What a [`Select`] waits for: a list of arms. It is implemented by what the methods of `Select` make, and by nothing else.
#[expect(
    private_bounds,
    reason = "sealed: what an arm does is this crate's own business"
)]
pub trait Arms<P: Port, R>: Work<P, R> {}

impl<P: Port, R, A: Work<P, R>> Arms<P, R> for A {}

/// Waits for the first of several things, does that one, and nothing of the others.
///
/// It is built arm by arm. Each arm is an operation on one object and a closure that receives what came of it; all closures return the same type. One of
/// the five forms then performs exactly one operation, calls its closure, and returns what that returned.
///
/// * **Exactly one.** The operation that is chosen is performed as by its own `try_` form; none of the others leaves a trace. The closure is called when everything is over: it may
///   use the same objects again, and wait.
/// * **Blocking.** While no operation is possible the task sleeps on all objects at once, as one waiter in the line of each.
/// * **Which one.** If several are possible, one of them at random, so that none is starved by others that are always possible. With [`in_order`](Self::in_order), the first one that was added.
/// * **Fairness.** Towards other waiters as the objects themselves: an arm may be told of an item that somebody else then takes first, and goes on waiting.
/// * **Cancellation.** Dropping the future of [`wait_async`](Self::wait_async) loses nothing: it has performed nothing before it is ready, and a notification that it had received goes to another waiter.
///   The same holds when time runs out.
/// * **From interrupts.** [`try_wait`](Self::try_wait) where the `try_` forms of all its objects may be called.
/// * **Panics.** A closure's panic goes to the caller; its operation has been performed.
/// * **Size.** The builder holds references and closures; the wait, one node of about ten words for each object, in its frame or future. Nothing is allocated.
///
/// A select without arms waits for ever.
///
/// Python's chapter has no such thing for threads; `multiprocessing.connection.wait` is its relative.
///
/// ```
/// use selvedge_core::port::Spin;
/// use selvedge_core::select::Select;
/// use selvedge_core::Event;
///
/// static READY: Event<Spin> = Event::new();
/// static STOP: Event<Spin> = Event::new();
///
/// READY.set();
/// let goes_on = Select::new()
///     .event(&READY, || true)
///     .event(&STOP, || false)
///     .wait();
/// assert!(goes_on);
/// ```
///
/// A queue to take from and one to put into:
///
/// ```
/// use selvedge_core::port::Spin;
/// use selvedge_core::queue::FifoQueue;
/// use selvedge_core::select::Select;
///
/// static ORDERS: FifoQueue<Spin, u32, 4> = FifoQueue::new();
/// static ANSWERS: FifoQueue<Spin, u64, 1> = FifoQueue::new();
///
/// let mut answer = Some(42);
/// let order = Select::new()
///     .get(&ORDERS, Result::ok)
///     .put(&ANSWERS, &mut answer, |put| {
///         put.expect("it is not shut down");
///         None
///     })
///     .wait();
/// // There was no order, and room for an answer.
/// assert_eq!((order, answer), (None, None));
/// assert_eq!(ANSWERS.get(), Ok(42));
/// ```
///
/// Closures that would need the same variable exclusively can return it all instead: let `R` be an enum, and `match` on what the form returns.
#[must_use = "a select does nothing before one of its forms is called"]
pub struct Select<P: Port, R, A = ()> {
    arms: A,
    order: Order,
    types: PhantomData<fn() -> (P, R)>,
}

impl<P: Port, R> Select<P, R> {
    /// Without any arms yet.
    #[inline]
    pub const fn new() -> Self {
        Self {
            arms: (),
            order: Order::FromAnywhere,
            types: PhantomData,
        }
    }
}

impl<P: Port, R> Default for Select<P, R> {
    fn default() -> Self {
        Self::new()
    }
}

/// Arms.
impl<P: Port, R, A: Arms<P, R>> Select<P, R, A> {
    #[inline]
    fn and<B>(self, arm: B) -> Select<P, R, (A, B)> {
        Select {
            arms: (self.arms, arm),
            order: self.order,
            types: PhantomData,
        }
    }

    /// Takes an item from `queue`. The closure receives what `get` would have returned: the item, or that the queue is shut down.
    #[inline]
    pub fn get<Q, F>(self, queue: &Q, then: F) -> Select<P, R, (A, impl Arms<P, R>)>
    where
        Q: Source<P>,
        F: FnOnce(Q::Output) -> R,
    {
        let object = Counted::new(queue.getting());
        self.and(One { object, then })
    }

    /// Takes an item from any of `queues`. The closure receives the index of the queue, and what its `get` would have returned.
    #[inline]
    pub fn get_any<Q, F, const N: usize>(
        self,
        queues: [&Q; N],
        then: F,
    ) -> Select<P, R, (A, impl Arms<P, R>)>
    where
        Q: Source<P>,
        F: FnOnce(usize, Q::Output) -> R,
    {
        let objects = queues.map(|queue| Counted::new(queue.getting()));
        self.and(Any { objects, then })
    }

    /// Puts the item that is in `item` into `queue`. The closure receives what `put` would have returned: nothing, or the item, because the queue is shut down.
    ///
    /// The item is taken out of its place only if this is the operation that is performed. While there is none, this arm is as good as absent.
    #[inline]
    pub fn put<'a, Q, F>(
        self,
        queue: &'a Q,
        item: &'a mut Option<Q::Item>,
        then: F,
    ) -> Select<P, R, (A, impl Arms<P, R>)>
    where
        Q: Sink<P>,
        F: FnOnce(Q::Output) -> R,
    {
        let object = Counted::new(queue.putting(item));
        self.and(One { object, then })
    }

    /// Waits until the flag of `event` is up, or was up for a moment since the form was called (or its future polled first).
    #[inline]
    pub fn event<F>(self, event: &Event<P>, then: F) -> Select<P, R, (A, impl Arms<P, R>)>
    where
        F: FnOnce() -> R,
    {
        self.and(Set::new(event, then))
    }

    /// If several operations are possible, the one that was added first is performed. One that is always possible then starves those after it.
    #[inline]
    pub fn in_order(self) -> Self {
        Self {
            order: Order::AsWritten,
            ..self
        }
    }
}

/// Forms.
impl<P: Port, R, A: Arms<P, R>> Select<P, R, A> {
    /// Waits until one of the operations is possible, performs it, and returns what its closure returns.
    #[inline]
    pub fn wait(self) -> R {
        let Ok(result) = blocking::wait(self.arms, self.order, &Forever);
        result
    }

    /// Performs one of the operations if that needs no waiting. Never blocks, apart from what the closure does.
    ///
    /// # Errors
    ///
    /// [`WouldBlock`] if none is possible now.
    #[inline]
    pub fn try_wait(self) -> Result<R, WouldBlock> {
        blocking::try_now(self.arms, self.order).ok_or(WouldBlock)
    }

    /// As [`wait`](Self::wait), for `timeout` at most. Zero looks once; a time beyond what the clock can tell is for ever.
    ///
    /// # Errors
    ///
    /// [`TimedOut`] if none became possible in that time. Nothing was done.
    #[inline]
    pub fn wait_timeout(self, timeout: Duration) -> Result<R, TimedOut>
    where
        P: TimedPort,
    {
        blocking::wait(self.arms, self.order, &Until::timeout(timeout))
    }

    /// As [`wait`](Self::wait), until `deadline` at most. A deadline that has passed looks once.
    ///
    /// # Errors
    ///
    /// [`TimedOut`] if none became possible until then. Nothing was done.
    #[inline]
    pub fn wait_deadline(self, deadline: P::Instant) -> Result<R, TimedOut>
    where
        P: TimedPort,
    {
        blocking::wait(self.arms, self.order, &Until::deadline(deadline))
    }

    /// As [`wait`](Self::wait), without blocking the task that polls. It begins at the first poll. Dropping the future gives up and loses nothing.
    #[inline]
    pub fn wait_async(self) -> impl Future<Output = R> {
        future::Selecting::new(self.arms, self.order)
    }
}

impl<P: Port, R, A> fmt::Debug for Select<P, R, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Select")
            .field("order", &self.order)
            .finish_non_exhaustive()
    }
}
