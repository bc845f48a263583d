//! The semaphore: two words.
//!
//! # Why this shape
//!
//! `permits` alone would do, with a futex wake-up at every release while anybody waits. The second word counts the waiters, so that a release without
//! waiters is one instruction and a load; and it counts the wake-ups that are under way, so that releases do not call for more waiters than there are permits for. Under
//! contention that is the difference between a system call per operation and one per sleep.
//!
//! # The words
//!
//! `permits`: how many may be taken.
//!
//! `queue`:
//!
//! | bits | name | meaning |
//! |---|---|---|
//! | 0..8 | woken | wake-ups called for and not yet accounted for by a waiter; at most 255, the rest is chained (rule 4) |
//! | 8.. | count | registered waiters, awake and asleep; at most 2^24 - 1, beyond that a waiter spins |
//!
//! # Rules, and why nobody sleeps beside a permit
//!
//! 1. A waiter registers before it sleeps. It sleeps on `queue`, comparing the whole word, and only after it saw `woken` = 0 there and then no permit in `permits`.
//! 2. A waiter that sees `woken` above 0 first takes one away and then looks for a permit again.
//! 3. A release adds to `permits`, then looks at `queue`: with w waiters and k woken it calls for min(permits, w) - k more, adding that to `woken` first.
//! 4. Who takes a permit as a waiter, or gives up, unregisters (taking one from `woken`, if it is not 0) and then does the duty of rule 3 for what is left.
//!
//! Invariant: `woken` is at most the number of registered waiters that are awake or about to be woken. Rule 3 raises both alike (a wake-up that finds no sleeper finds all of them
//! awake); rules 2 and 4 lower `woken` before a waiter stops being awake. So when a release calls for nobody because k >= min(permits, w), that many waiters are awake, and each looks at
//! `permits` after its next change of `queue`.
//!
//! # Orderings
//!
//! Edge `permit`: releasing (Release) to taking (Acquire), through the read-modify-writes of `permits` in between.
//!
//! Edge `added-or-registered` (both words, SeqCst): a release changes `permits` and then looks at `queue`; a waiter changes `queue` (registers, or takes from `woken`) and then looks at `permits`. At least
//! one of them sees the other. This is Dekker's pattern: acquire and release alone allow both to miss.

use core::marker::PhantomData;
use core::pin::Pin;
use core::task::{Context, Poll};

use crate::atomics::{AtomicU32, Ordering, edge, load_after_rmw, spin_loop};
use crate::port::{Port, Relax};
use crate::waiters::{self, Limit, OnUnwind, Seat, Turn, Waiting};

/// One registered waiter, in `queue`.
const ONE: u32 = 1 << 8;
const WOKEN: u32 = ONE - 1;
/// The most permits a semaphore may have.
pub(crate) const MAX_PERMITS: u32 = u32::MAX >> 1;

/// A semaphore without guard, 8 bytes. Unfair: who comes by may take a permit before a waiter that was woken (row T-85).
#[repr(C)]
pub struct RawSemaphore<P: Port> {
    permits: AtomicU32,
    queue: AtomicU32,
    port: PhantomData<fn() -> P>,
}

fn woken(queue: u32) -> u32 {
    queue & WOKEN
}

fn count(queue: u32) -> u32 {
    queue >> 8
}

/// `queue` with one waiter fewer.
fn without_one(queue: u32) -> u32 {
    queue - ONE - u32::from(woken(queue) != 0)
}

impl<P: Port> RawSemaphore<P> {
    maybe_const! {
        /// A semaphore with `permits` permits, at most 2^31 - 1.
        #[track_caller]
        pub fn new(permits: u32) -> Self {
            assert!(permits <= MAX_PERMITS, "a semaphore holds at most 2^31 - 1 permits");
            Self { permits: AtomicU32::new(permits), queue: AtomicU32::new(0), port: PhantomData }
        }
    }

    /// How many permits are there: a snapshot.
    #[inline]
    pub fn permits(&self) -> u32 {
        self.permits.load(Ordering::Relaxed)
    }

    /// Takes a permit if there is one.
    #[inline]
    pub fn try_acquire(&self) -> bool {
        self.take(self.permits.load(Ordering::Relaxed))
    }

    #[inline]
    fn take(&self, mut permits: u32) -> bool {
        while permits > 0 {
            match self.permits.compare_exchange_weak(
                permits,
                permits - 1,
                edge!("permit", Acquire),
                Ordering::Relaxed,
            ) {
                Ok(_) => return true,
                Err(now) => permits = now,
            }
        }
        false
    }

    #[inline]
    pub(crate) fn acquire<L: Limit<P>>(&self, limit: &L) -> Result<(), L::Expired> {
        if self.try_acquire() {
            Ok(())
        } else {
            self.acquire_contended(limit)
        }
    }

    #[cold]
    fn acquire_contended<L: Limit<P>>(&self, limit: &L) -> Result<(), L::Expired> {
        let mut turn = 0;
        while P::Relax::lock_turn(turn) {
            if self.try_acquire() {
                return Ok(());
            }
            turn += 1;
        }
        P::assert_may_block();
        while !self.register() {
            if self.try_acquire() {
                return Ok(());
            }
            spin_loop();
        }
        while let Some(expected) = self.claim() {
            if let Err(expired) = limit.wait(&self.queue, expected) {
                self.unregister();
                return Err(expired);
            }
        }
        Ok(())
    }

    /// Rule 1. False when there are as many waiters as can be counted.
    fn register(&self) -> bool {
        let mut queue = self.queue.load(Ordering::Relaxed);
        loop {
            if count(queue) == count(u32::MAX) {
                return false;
            }
            match self.queue.compare_exchange_weak(
                queue,
                queue + ONE,
                edge!("added-or-registered", SeqCst),
                Ordering::Relaxed,
            ) {
                Ok(_) => return true,
                Err(now) => queue = now,
            }
        }
    }

    /// Takes a permit as a registered waiter (`None`), or says on which `queue` to sleep.
    fn claim(&self) -> Option<u32> {
        loop {
            let queue = self.queue.load(Ordering::Relaxed);
            // The change of `queue` before this look is `register`, or rule 2 of the turn before.
            let permits = load_after_rmw(edge!("added-or-registered"), &self.permits);
            if self.take(permits) {
                // Unregistering may wake a future whose waker panics.
                let on_unwind = OnUnwind::new(|| self.release(1));
                self.unregister();
                on_unwind.defuse();
                return None;
            }
            if woken(queue) == 0 {
                return Some(queue);
            }
            // Rule 2; whether it succeeds or not, look again.
            let _ = self.queue.compare_exchange_weak(
                queue,
                queue - 1,
                edge!("added-or-registered", SeqCst),
                Ordering::Relaxed,
            );
        }
    }

    /// Rule 4.
    fn unregister(&self) {
        let mut queue = self.queue.load(Ordering::Relaxed);
        loop {
            let next = without_one(queue);
            match self.queue.compare_exchange_weak(
                queue,
                next,
                edge!("added-or-registered", SeqCst),
                Ordering::Relaxed,
            ) {
                Ok(_) if count(next) != 0 => return self.wake_waiters(),
                Ok(_) => return,
                Err(now) => queue = now,
            }
        }
    }

    /// Adds `n` permits and wakes as many waiters as can use them.
    ///
    /// # Panics
    ///
    /// If the semaphore would hold more than 2^31 - 1 permits.
    #[inline]
    #[track_caller]
    pub fn release(&self, n: u32) {
        if n != 1 {
            if !self.release_bounded(n, MAX_PERMITS) {
                overflow();
            }
            return;
        }
        // One permit too many may be seen, and taken, for a moment; 2^31 - 1 of them cannot, so the count never wraps.
        let before = self
            .permits
            .fetch_add(1, edge!("permit", "added-or-registered", SeqCst));
        if before >= MAX_PERMITS {
            self.permits.fetch_sub(1, Ordering::Relaxed);
            overflow();
        }
        self.released();
    }

    /// Adds `n` permits unless that makes more than `bound`; false if it would, and nothing happened.
    #[inline]
    pub fn release_bounded(&self, n: u32, bound: u32) -> bool {
        let mut permits = self.permits.load(Ordering::Relaxed);
        loop {
            let Some(next) = permits.checked_add(n).filter(|next| *next <= bound) else {
                return false;
            };
            match self.permits.compare_exchange_weak(
                permits,
                next,
                edge!("permit", "added-or-registered", SeqCst),
                Ordering::Relaxed,
            ) {
                Ok(_) => break,
                Err(now) => permits = now,
            }
        }
        self.released();
        true
    }

    #[inline]
    fn released(&self) {
        if count(load_after_rmw(edge!("added-or-registered"), &self.queue)) != 0 {
            self.wake_waiters();
        }
    }

    /// Rule 3.
    #[cold]
    fn wake_waiters(&self) {
        loop {
            let queue = load_after_rmw(edge!("added-or-registered"), &self.queue);
            let permits = load_after_rmw(edge!("added-or-registered"), &self.permits);
            let wanted = permits.min(count(queue)).min(WOKEN);
            let more = wanted.saturating_sub(woken(queue));
            if more == 0 {
                return;
            }
            if self
                .queue
                .compare_exchange_weak(
                    queue,
                    queue + more,
                    edge!("added-or-registered", SeqCst),
                    Ordering::Relaxed,
                )
                .is_ok()
            {
                waiters::wake::<P>(&self.queue, more);
                return;
            }
        }
    }
}

#[cold]
#[track_caller]
fn overflow() -> ! {
    panic!("a semaphore holds at most 2^31 - 1 permits");
}

impl<P: Port> core::fmt::Debug for RawSemaphore<P> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("RawSemaphore")
            .field("permits", &self.permits())
            .finish_non_exhaustive()
    }
}

/// An asynchronous acquisition.
pub(crate) struct Acquire<'a, P: Port> {
    semaphore: &'a RawSemaphore<P>,
    registered: bool,
}

impl<P: Port> RawSemaphore<P> {
    pub(crate) fn acquire_async(&self) -> Waiting<P, Acquire<'_, P>> {
        Waiting::new(Acquire {
            semaphore: self,
            registered: false,
        })
    }
}

impl<P: Port> Turn<P> for Acquire<'_, P> {
    type Output = ();

    #[inline]
    fn begin(&mut self) -> Poll<()> {
        if self.semaphore.try_acquire() {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    }

    fn poll(&mut self, seat: Pin<&Seat<P>>, context: &mut Context<'_>) -> Poll<()> {
        if !self.registered {
            if !self.semaphore.register() {
                if self.semaphore.try_acquire() {
                    return Poll::Ready(());
                }
                // More waiters than can be counted: look again at the next turn of the executor.
                context.waker().wake_by_ref();
                return Poll::Pending;
            }
            self.registered = true;
        }
        let queue = &self.semaphore.queue;
        loop {
            // `claim` unregisters before anything in it can panic.
            self.registered = false;
            let Some(expected) = self.semaphore.claim() else {
                return Poll::Ready(());
            };
            self.registered = true;
            let check = || queue.load(Ordering::Relaxed) == expected;
            if seat
                .poll(core::ptr::from_ref(queue).addr(), context, check)
                .is_pending()
            {
                return Poll::Pending;
            }
        }
    }

    fn cancel(&mut self, seat: Pin<&Seat<P>>) {
        // Whether it had been notified does not matter: rule 4 covers both.
        seat.empty();
        if self.registered {
            self.semaphore.unregister();
        }
    }
}
