//! The event: one word.
//!
//! # Why this shape
//!
//! A flag alone would lose a `set` that is followed at once by `clear`: a waiter that was asleep might find the flag down again and go on waiting (row T-93 forbids
//! it). So the word also counts how often the flag was taken down: a waiter that sees another number than when it came knows that the flag was up in between.
//!
//! # The word
//!
//! | bits | name | meaning |
//! |---|---|---|
//! | 0 | `SET` | the flag |
//! | 1 | `WAITERS` | somebody sleeps on the word, or is about to; never together with `SET` |
//! | 2.. | epoch | how often `clear` took the flag down; wraps after 2^30 clears, and a waiter would have to oversleep exactly that many |
//!
//! # Orderings
//!
//! One edge, `event-set`: [`RawEvent::set`] (Release) to whoever sees the flag, or sees by the epoch that it was up (Acquire). `clear` is a read-modify-write and so continues the
//! release sequence of the `set` before it; that is why seeing the epoch is enough. `WAITERS` orders nothing.

use core::marker::PhantomData;
use core::pin::Pin;
use core::task::{Context, Poll};

use crate::atomics::{AtomicU32, Ordering, edge};
use crate::port::{Port, Relax};
use crate::waiters::{self, Limit, Seat, Sitter, Turn, Waiting};

const SET: u32 = 1;
const WAITERS: u32 = 2;
const EPOCH: u32 = 4;

/// An event without data, 4 bytes.
#[repr(transparent)]
pub struct RawEvent<P: Port> {
    word: AtomicU32,
    port: PhantomData<fn() -> P>,
}

/// Whether the flag is up in `now`, or was up at some time since `start`.
fn was_set_since(start: u32, now: u32) -> bool {
    now & SET != 0 || (now ^ start) >= EPOCH
}

impl<P: Port> RawEvent<P> {
    maybe_const! {
        /// An event whose flag is down.
        pub fn new() -> Self {
            Self { word: AtomicU32::new(0), port: PhantomData }
        }
    }

    /// Whether the flag is up. What was done before the `set` that put it up is visible afterwards.
    #[inline]
    pub fn is_set(&self) -> bool {
        self.word.load(edge!("event-set", Acquire)) & SET != 0
    }

    /// Puts the flag up and wakes all waiters.
    #[inline]
    pub fn set(&self) {
        let mut word = self.word.load(Ordering::Relaxed);
        loop {
            // Also where the flag is up already: the caller's work is then published by this write.
            match self.word.compare_exchange_weak(
                word,
                (word | SET) & !WAITERS,
                edge!("event-set", Release),
                Ordering::Relaxed,
            ) {
                Ok(_) => break,
                Err(now) => word = now,
            }
        }
        if word & WAITERS != 0 {
            waiters::wake::<P>(&self.word, u32::MAX);
        }
    }

    /// Takes the flag down. Who waits already is not affected.
    #[inline]
    pub fn clear(&self) {
        let mut word = self.word.load(Ordering::Relaxed);
        while word & SET != 0 {
            // Release for the waiters that will read the epoch from here is not needed: this continues the release sequence of `set`.
            let next = (word & !SET).wrapping_add(EPOCH);
            match self
                .word
                .compare_exchange_weak(word, next, Ordering::Relaxed, Ordering::Relaxed)
            {
                Ok(_) => return,
                Err(now) => word = now,
            }
        }
    }

    #[inline]
    pub(crate) fn wait<L: Limit<P>>(&self, limit: &L) -> Result<(), L::Expired> {
        let start = self.word.load(edge!("event-set", Acquire));
        if start & SET != 0 {
            Ok(())
        } else {
            self.wait_contended(start, limit)
        }
    }

    #[cold]
    fn wait_contended<L: Limit<P>>(&self, start: u32, limit: &L) -> Result<(), L::Expired> {
        let mut turn = 0;
        while P::Relax::answer_turn(turn) {
            if was_set_since(start, self.word.load(edge!("event-set", Acquire))) {
                return Ok(());
            }
            turn += 1;
        }
        P::assert_may_block();
        while let Some(expected) = self.announce(start) {
            limit.wait(&self.word, expected)?;
        }
        Ok(())
    }

    /// Marks that somebody waits and says on which word to sleep; `None` once the flag has been up since `start`.
    fn announce(&self, start: u32) -> Option<u32> {
        let mut word = self.word.load(edge!("event-set", Acquire));
        loop {
            if was_set_since(start, word) {
                return None;
            }
            if word & WAITERS != 0 {
                return Some(word);
            }
            match self.word.compare_exchange_weak(
                word,
                word | WAITERS,
                Ordering::Relaxed,
                edge!("event-set", Acquire),
            ) {
                Ok(_) => return Some(word | WAITERS),
                Err(now) => word = now,
            }
        }
    }
}

impl<P: Port> Default for RawEvent<P> {
    fn default() -> Self {
        Self::new()
    }
}

impl<P: Port> core::fmt::Debug for RawEvent<P> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("RawEvent")
            .field("set", &self.is_set())
            .finish_non_exhaustive()
    }
}

/// An asynchronous wait.
pub(crate) struct Wait<'a, P: Port> {
    event: &'a RawEvent<P>,
    /// The word as it was when the wait began.
    start: u32,
}

impl<P: Port> RawEvent<P> {
    pub(crate) fn wait_async(&self) -> Waiting<P, Wait<'_, P>> {
        Waiting::new(Wait {
            event: self,
            start: 0,
        })
    }
}

/// A wait in steps, for those that wait for other things as well.
impl<P: Port> RawEvent<P> {
    /// The word as it is: where a wait begins.
    pub(crate) fn begin(&self) -> u32 {
        self.word.load(edge!("event-set", Acquire))
    }

    /// Whether a wait that began at `start` is over.
    pub(crate) fn was_set_since(&self, start: u32) -> bool {
        was_set_since(start, self.begin())
    }

    /// Takes the seat, or stays seated, unless a wait that began at `start` is over.
    pub(crate) fn sit(&self, start: u32, seat: Pin<&Seat<P>>, sitter: &Sitter<'_, P>) -> Poll<()> {
        let address = core::ptr::from_ref(&self.word).addr();
        while let Some(expected) = self.announce(start) {
            let sat = seat.sit(address, sitter, |_| {
                self.word.load(Ordering::Relaxed) == expected
            });
            if sat.is_pending() {
                return Poll::Pending;
            }
        }
        Poll::Ready(())
    }
}

impl<P: Port> Turn<P> for Wait<'_, P> {
    type Output = ();

    #[inline]
    fn begin(&mut self) -> Poll<()> {
        self.start = self.event.begin();
        if self.start & SET != 0 {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    }

    fn poll(&mut self, seat: Pin<&Seat<P>>, context: &mut Context<'_>) -> Poll<()> {
        let event = self.event;
        if P::SHORT_SECTIONS {
            // In one step, what needs two looks elsewhere: code is small so.
            let address = core::ptr::from_ref(&event.word).addr();
            let check = || event.announce(self.start).is_some();
            if seat.poll(address, context, check).is_ready() {
                // The seat is empty now.
                if event.was_set_since(self.start) {
                    return Poll::Ready(());
                }
                // Meant for those who came before a `clear`.
                context.waker().wake_by_ref();
            }
            return Poll::Pending;
        }
        let sitter = Sitter::Future(context.waker());
        if event.sit(self.start, seat, &sitter).is_pending() {
            return Poll::Pending;
        }
        seat.leave(|_| {});
        Poll::Ready(())
    }

    fn cancel(&mut self, seat: Pin<&Seat<P>>) {
        // A `set` wakes all: there is nothing to pass on.
        seat.empty();
    }
}
