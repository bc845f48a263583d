//! The future: one word.
//!
//! # Why this shape
//!
//! A future is set once, by one of several that may try, and waited for by many. Who may touch the value at what time follows from the state alone, so the value needs no lock: the one whose exchange
//! wins `PENDING` -> `RUNNING` or -> `SETTING` may write it, everybody may read it after that, and whoever wins `TAKING` (or owns the only handle) may move it out. The word knows nothing of the value: [`Oneshot`](crate::future::Oneshot)
//! keeps it beside the word, an executor keeps it in the allocation of its task.
//!
//! Python has a state in which a cancelled future is not yet *notified*, and in which it counts as done for some and not for others (rows F-42 and F-50). Here whoever cancels notifies. That the executor has been told is
//! remembered all the same, because it may be told only once.
//!
//! # The word
//!
//! | bits | name | meaning |
//! |---|---|---|
//! | 0..4 | state | see below |
//! | 4 | `WAITERS` | somebody sleeps on the word or is listed under its address, or is about to be |
//! | 5 | `OBSERVED` | whoever completes it has callbacks to call, which the owner of the word keeps |
//! | 6 | `CALLING` | it is done, and callbacks are being called: the value may be looked at, and not moved |
//!
//! ```text
//! PENDING ──▶ RUNNING ──▶ SETTING ──▶ FINISHED or FAILED ──▶ TAKING ──▶ TAKEN ──▶ PENDING (used again)
//!    │ │         └───────────────────────▲                               ▲
//!    │ └──────────────────▶ SETTING ─────┘                               │
//!    └──▶ CANCELLED ──▶ NOTIFIED ────────────────────────────────────────┘ (used again)
//! ```
//!
//! `RUNNING` goes straight to `FINISHED` where nobody but the one who claimed it can set it, as with the task of an executor: a task costs two exchanges.
//!
//! # Rules
//!
//! 1. Who leaves `PENDING`, or `RUNNING`, by an exchange owns what is beside the word until it has made it done.
//! 2. The completing exchange takes `WAITERS` down, and its owner wakes everybody if it was up ([`Completed::must_wake`]). A waiter puts it up by an exchange that fails once the future is done. So one of them sees the other; there is no other word, and no fence.
//! 3. The same for `OBSERVED`, by which a list of callbacks that is kept elsewhere under a lock hangs on the word: who adds one holds that lock while it puts the bit up; if the future is done by then, it calls its callback itself.
//!    A completer that finds the bit takes the callbacks off under the lock, and calls [`RawFuture::settle`] when it has called them.
//! 4. Nobody moves the value while `CALLING` is up.
//!
//! # Orderings
//!
//! * `future-done`: from the completing exchange (Release) to whoever sees that it is done (Acquire): the value. Later changes of the word are read-modify-writes and continue the release sequence.
//! * `future-settled`: from the end of the callbacks (Release) to whoever sees that they are over (Acquire) and moves the value.
//! * `future-free`: from the taker that has moved the value out, or from the one that dropped what was there (Release), by way of the one that makes the word `PENDING` again, to the next that sets it (Acquire).

use core::marker::PhantomData;
use core::pin::Pin;
use core::task::{Context, Poll};
use core::time::Duration;

use crate::atomics::{AtomicU32, Ordering, edge};
use crate::error::TimedOut;
use crate::port::{Port, Relax, TimedPort};
use crate::waiters::{self, Forever, Limit, Seat, Sitter, Turn, Until, Waiting};

const STATE: u32 = 0xF;
const PENDING: u32 = 0;
const RUNNING: u32 = 1;
const SETTING: u32 = 2;
const FINISHED: u32 = 3;
const FAILED: u32 = 4;
const CANCELLED: u32 = 5;
const NOTIFIED: u32 = 6;
const TAKING: u32 = 7;
const TAKEN: u32 = 8;

const WAITERS: u32 = 1 << 4;
const OBSERVED: u32 = 1 << 5;
const CALLING: u32 = 1 << 6;

/// Where a future is in its life (rows F-35 and F-37).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum FutureState {
    /// Nobody has begun with it.
    Pending,
    /// Somebody works on it, or writes its value.
    Running,
    /// It has a value.
    Finished,
    /// It has a value that its owner counts as a failure.
    Failed,
    /// It was cancelled before anybody began.
    Cancelled,
    /// It had a value, which has been moved out.
    Taken,
}

impl FutureState {
    /// Whether nothing will come of it any more: it has a value, or had one, or was cancelled.
    #[inline]
    #[must_use]
    pub fn is_done(self) -> bool {
        !matches!(self, Self::Pending | Self::Running)
    }
}

/// How far a future must be for a wait to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// It is done: the value can be looked at.
    Done,
    /// It is done, and all callbacks that were there have been called: the value can be moved.
    Settled,
}

impl Phase {
    #[inline]
    fn is_reached(self, word: u32) -> bool {
        let is_done = word & STATE >= FINISHED;
        match self {
            Self::Done => is_done,
            Self::Settled => is_done && word & CALLING == 0,
        }
    }
}

/// What is left to do for the one who completed a future.
#[must_use = "who waits must be woken, and callbacks be called"]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Completed {
    /// Somebody waits: call [`RawFuture::wake`].
    pub must_wake: bool,
    /// There are callbacks: call them, and [`RawFuture::settle`] then.
    pub must_call: bool,
}

impl Completed {
    #[inline]
    fn of(word: u32) -> Self {
        Self {
            must_wake: word & WAITERS != 0,
            must_call: word & OBSERVED != 0,
        }
    }
}

/// What came of [`RawFuture::cancel`].
#[must_use = "who cancelled it has to tell the others"]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cancel {
    /// It is cancelled by this call: what is beside the word belongs to the caller.
    Now(Completed),
    /// It was cancelled before.
    Before,
    /// Somebody works on it, or it is done.
    TooLate,
}

/// The operation does not fit the state (row F-42).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct InvalidState {
    /// The state that was found.
    pub state: FutureState,
}

impl core::fmt::Display for InvalidState {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self.state {
            FutureState::Pending => "the future is pending",
            FutureState::Running => "the future is running",
            FutureState::Finished | FutureState::Failed => "the future is finished",
            FutureState::Cancelled => "the future is cancelled",
            FutureState::Taken => "the value of the future has been taken",
        })
    }
}

impl core::error::Error for InvalidState {}

/// The state of a future without its value, 4 bytes.
///
/// No method but the waiting ones blocks; all others may be called from interrupt handlers where the port's guard masks interrupts.
#[repr(transparent)]
pub struct RawFuture<P: Port> {
    word: AtomicU32,
    port: PhantomData<fn() -> P>,
}

impl<P: Port> RawFuture<P> {
    maybe_const! {
        /// A pending future.
        pub fn new() -> Self {
            Self { word: AtomicU32::new(PENDING), port: PhantomData }
        }
    }

    /// Its state. What was done before it was completed is visible afterwards.
    #[inline]
    pub fn state(&self) -> FutureState {
        match self.word.load(edge!("future-done", Acquire)) & STATE {
            PENDING => FutureState::Pending,
            RUNNING | SETTING => FutureState::Running,
            FINISHED => FutureState::Finished,
            FAILED => FutureState::Failed,
            CANCELLED | NOTIFIED => FutureState::Cancelled,
            _ => FutureState::Taken,
        }
    }

    /// Whether it is so far.
    #[inline]
    pub fn is(&self, phase: Phase) -> bool {
        phase.is_reached(self.look())
    }

    #[inline]
    fn look(&self) -> u32 {
        self.word
            .load(edge!("future-done", "future-settled", Acquire))
    }

    /// Exchanges the state if `next` has an answer to the word as it is; gives the word before, or, read with the ordering `found`, the one that had no answer.
    #[inline]
    fn change(
        &self,
        success: Ordering,
        found: Ordering,
        next: impl Fn(u32) -> Option<u32>,
    ) -> Result<u32, u32> {
        let mut word = self.word.load(found);
        loop {
            let Some(to) = next(word) else {
                return Err(word);
            };
            match self.word.compare_exchange_weak(word, to, success, found) {
                Ok(_) => return Ok(word),
                Err(now) => word = now,
            }
        }
    }

    fn invalid(&self) -> InvalidState {
        InvalidState {
            state: self.state(),
        }
    }

    /// `PENDING` -> `RUNNING`, for an executor: true if the caller is the one who runs it.
    #[inline]
    pub fn claim(&self) -> bool {
        self.change(edge!("future-free", Acquire), Ordering::Relaxed, |word| {
            (word & STATE == PENDING).then_some(word | RUNNING)
        })
        .is_ok()
    }

    /// Begins to work on it, or hears, once, that it is cancelled: then it is `false` (row F-42).
    ///
    /// # Errors
    ///
    /// [`InvalidState`] if somebody has begun or been told before, or if it is done.
    pub fn start(&self) -> Result<bool, InvalidState> {
        let before = self.change(
            edge!("future-free", Acquire),
            Ordering::Relaxed,
            |word| match word & STATE {
                PENDING => Some(word | RUNNING),
                CANCELLED => Some(word & !STATE | NOTIFIED),
                _ => None,
            },
        );
        match before {
            Ok(word) => Ok(word & STATE == PENDING),
            Err(_) => Err(self.invalid()),
        }
    }

    /// `PENDING` or `RUNNING` -> `SETTING`: true if the caller is the one who may write the value, and call [`complete`](Self::complete) then.
    ///
    /// # Errors
    ///
    /// [`InvalidState`] if it is done, or another is writing (row F-43).
    #[inline]
    pub fn begin_setting(&self) -> Result<(), InvalidState> {
        self.change(edge!("future-free", Acquire), Ordering::Relaxed, |word| {
            (word & STATE < SETTING).then_some(word & !STATE | SETTING)
        })
        .map(|_| ())
        .map_err(|_| self.invalid())
    }

    /// The value is there. Called by the one who won [`begin_setting`](Self::begin_setting), or won [`claim`](Self::claim) where nobody calls `begin_setting`.
    #[inline]
    pub fn complete(&self, failed: bool) -> Completed {
        let state = if failed { FAILED } else { FINISHED };
        self.finish(|_| Some(state))
            .map_or_else(Completed::of, Completed::of)
    }

    /// Makes it done, if `to` agrees with its state.
    #[inline]
    fn finish(&self, to: impl Fn(u32) -> Option<u32>) -> Result<u32, u32> {
        self.change(edge!("future-done", Release), Ordering::Relaxed, |word| {
            let calling = if word & OBSERVED != 0 { CALLING } else { 0 };
            Some(to(word & STATE)? | calling)
        })
    }

    /// Cancels it if nobody has begun. Who is told `Now` wakes and calls as after [`complete`](Self::complete) (row F-36).
    #[inline]
    pub fn cancel(&self) -> Cancel {
        match self.finish(|state| (state == PENDING).then_some(CANCELLED)) {
            Ok(word) => Cancel::Now(Completed::of(word)),
            Err(word) if matches!(word & STATE, CANCELLED | NOTIFIED) => Cancel::Before,
            Err(_) => Cancel::TooLate,
        }
    }

    /// Wakes everybody who waits, after [`Completed::must_wake`]. Wakers of futures are foreign code, and may panic; then the others are woken all the same.
    #[cold]
    pub fn wake(&self) {
        waiters::wake::<P>(&self.word, u32::MAX);
    }

    /// There will be a callback: whoever completes it must call. False if it is done; then the value is visible. Called inside the lock of the callbacks.
    pub fn observe(&self) -> bool {
        self.change(Ordering::Relaxed, edge!("future-done", Acquire), |word| {
            (word & STATE < FINISHED).then_some(word | OBSERVED)
        })
        .is_ok()
    }

    /// All callbacks have been called, after [`Completed::must_call`]: the value may be moved. True if somebody waited for that: call [`wake`](Self::wake).
    #[must_use = "who waits must be woken"]
    pub fn settle(&self) -> bool {
        let settled = self.change(
            edge!("future-settled", Release),
            Ordering::Relaxed,
            |word| Some(word & !(CALLING | OBSERVED | WAITERS)),
        );
        settled.is_ok_and(|word| word & WAITERS != 0)
    }

    /// Whether there may be callbacks: a snapshot.
    #[inline]
    pub fn is_observed(&self) -> bool {
        self.word.load(Ordering::Relaxed) & OBSERVED != 0
    }

    /// Wins the value, to move it out: for owners that are shared. [`end_taking`](Self::end_taking) follows.
    #[inline]
    pub fn begin_taking(&self) -> bool {
        self.change(
            edge!("future-done", "future-settled", Acquire),
            Ordering::Relaxed,
            |word| {
                let has_value = matches!(word & STATE, FINISHED | FAILED);
                (has_value && word & CALLING == 0).then_some(word & !STATE | TAKING)
            },
        )
        .is_ok()
    }

    /// The value has been moved out.
    #[inline]
    pub fn end_taking(&self) {
        // Nobody else changes the word now: it is done, so nobody waits, observes or sets.
        self.word.store(TAKEN, edge!("future-free", Release));
    }

    /// Makes a future whose value was taken, or that was cancelled, pending again.
    pub fn renew(&self) -> bool {
        self.change(edge!("future-free", AcqRel), Ordering::Relaxed, |word| {
            let is_over = matches!(word & STATE, CANCELLED | NOTIFIED | TAKEN);
            (is_over && word & CALLING == 0).then_some(PENDING)
        })
        .is_ok()
    }

    /// Waits until it is so far: first awake, then asleep.
    #[inline]
    pub fn wait(&self, phase: Phase) {
        let Ok(()) = self.wait_within(phase, &Forever);
    }

    /// As [`wait`](Self::wait), for `timeout` at most. Zero looks once; a time beyond what the clock can tell is for ever.
    ///
    /// # Errors
    ///
    /// [`TimedOut`] if it was not so far in that time.
    #[inline]
    pub fn wait_timeout(&self, phase: Phase, timeout: Duration) -> Result<(), TimedOut>
    where
        P: TimedPort,
    {
        if self.is(phase) {
            Ok(())
        } else {
            self.wait_within(phase, &Until::timeout(timeout))
        }
    }

    /// As [`wait`](Self::wait), until `deadline`. A deadline that has passed looks once.
    ///
    /// # Errors
    ///
    /// [`TimedOut`] if it was not so far until then.
    #[inline]
    pub fn wait_deadline(&self, phase: Phase, deadline: P::Instant) -> Result<(), TimedOut>
    where
        P: TimedPort,
    {
        self.wait_within(phase, &Until::deadline(deadline))
    }

    #[inline]
    fn wait_within<L: Limit<P>>(&self, phase: Phase, limit: &L) -> Result<(), L::Expired> {
        if self.is(phase) {
            Ok(())
        } else {
            self.wait_contended(phase, limit)
        }
    }

    #[cold]
    fn wait_contended<L: Limit<P>>(&self, phase: Phase, limit: &L) -> Result<(), L::Expired> {
        limit.check()?;
        let mut turn = 0;
        while P::Relax::answer_turn(turn) {
            if self.is(phase) {
                return Ok(());
            }
            turn += 1;
        }
        P::assert_may_block();
        while let Some(expected) = self.announce(phase) {
            limit.wait(&self.word, expected)?;
        }
        Ok(())
    }

    /// Marks that somebody waits and says on which word to sleep; `None` once it is so far.
    fn announce(&self, phase: Phase) -> Option<u32> {
        let mut word = self.look();
        loop {
            if phase.is_reached(word) {
                return None;
            }
            if word & WAITERS != 0 {
                return Some(word);
            }
            match self.word.compare_exchange_weak(
                word,
                word | WAITERS,
                Ordering::Relaxed,
                edge!("future-done", "future-settled", Acquire),
            ) {
                Ok(_) => return Some(word | WAITERS),
                Err(now) => word = now,
            }
        }
    }

    /// As [`wait`](Self::wait), without blocking the task that polls. Dropping the future gives up and loses nothing.
    pub async fn wait_async(&self, phase: Phase) {
        if !self.is(phase) {
            Waiting::new(Wait {
                future: self,
                phase,
            })
            .await;
        }
    }
}

impl<P: Port> Default for RawFuture<P> {
    fn default() -> Self {
        Self::new()
    }
}

impl<P: Port> core::fmt::Debug for RawFuture<P> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("RawFuture")
            .field("state", &self.state())
            .finish_non_exhaustive()
    }
}

/// An asynchronous wait.
struct Wait<'a, P: Port> {
    future: &'a RawFuture<P>,
    phase: Phase,
}

impl<P: Port> Turn<P> for Wait<'_, P> {
    type Output = ();

    fn poll(&mut self, seat: Pin<&Seat<P>>, context: &mut Context<'_>) -> Poll<()> {
        let word = &self.future.word;
        let address = core::ptr::from_ref(word).addr();
        let sitter = Sitter::Future(context.waker());
        while let Some(expected) = self.future.announce(self.phase) {
            let sat = seat.sit(address, &sitter, |_| {
                word.load(Ordering::Relaxed) == expected
            });
            if sat.is_pending() {
                return Poll::Pending;
            }
        }
        seat.leave(|_| {});
        Poll::Ready(())
    }

    fn cancel(&mut self, seat: Pin<&Seat<P>>) {
        // Everybody is woken: there is nothing to pass on.
        seat.leave(|_| {});
    }
}
