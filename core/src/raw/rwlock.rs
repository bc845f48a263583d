//! The readers-writer lock: three words.
//!
//! # Why this shape
//!
//! Readers and writers sleep on different words, so that a release can wake one writer or all readers, as it means to. A waiting writer keeps newcomers out, so that a stream of readers
//! cannot starve it; a stream of writers can starve readers no longer than until the next release without a waiting writer. The number of waiting writers is exact, so that a writer
//! that gives up lets the readers in again, and the last one leaves no needless wake-up behind.
//!
//! # The words
//!
//! `state`:
//!
//! | bits | name | meaning |
//! |---|---|---|
//! | 0..30 | readers | how many hold it shared; all ones (`WRITER`): one holds it exclusively |
//! | 30 | `READERS_WAIT` | readers sleep on `state`, or are about to |
//! | 31 | `WRITERS_WAIT` | a writer sleeps on `turn`, or is about to; readers that come must wait |
//!
//! `turn`: raised each time a writer is to be woken; writers sleep on it. `writers`: registered waiting writers.
//!
//! # Rules, and why nobody sleeps for ever
//!
//! 1. A reader sleeps only on a `state` with `READERS_WAIT`; a writer registers in `writers`, reads `turn`, and sleeps on that only if `state` had `WRITERS_WAIT` and was held after the read.
//! 2. Who makes the lock free with a flag set has the duty to pass it on ([`RawRwLock::pass_on`]): a writer first (clearing `WRITERS_WAIT`, raising `turn`), else all readers (clearing `READERS_WAIT`).
//!    If somebody takes the lock meanwhile, the flags that are left make it that one's duty.
//! 3. A writer that takes the lock while others are registered sets `WRITERS_WAIT` with it: the one flag stands for all of them.
//! 4. A writer that gives up unregisters. If others are left, it sets `WRITERS_WAIT` again if the lock is held (it may have been the one that was woken), or passes on if it is free. If none is left, it clears the
//!    flag and lets the readers in, and then looks at `writers` once more: one that came meanwhile may have relied on the flag, so it is woken to look again.
//!
//! # Orderings
//!
//! Edge `released`: giving the lock up, shared or not (Release), to taking it (Acquire), through read-modify-writes only. Edge `turn`: raising it (Release) to reading it before sleeping
//! (Acquire), so that a writer that saw the new `turn` sees the cleared flag, too. Edge `gone-or-registered`, SeqCst on both sides, for rule 4: the last writer clears the flag and looks at `writers`; a newcomer
//! registers and looks at the flag; one sees the other. Edge `taken-or-registered`, SeqCst on both sides, for rule 3: a writer that sees the lock free looks at `writers`; a newcomer registers and looks at
//! `state`. If the newcomer sees it held by the one before, and sleeps, then the writer that takes it next sees the newcomer and sets the flag for it. All reads of `state` by which a writer may take it are part of this.

use core::marker::PhantomData;
use core::pin::Pin;
use core::task::{Context, Poll};

use crate::atomics::{AtomicU32, Ordering, edge, load_after_rmw, spin_loop};
use crate::port::{Port, Relax};
use crate::waiters::{self, Limit, Seat, Turn, Waiting};

const READERS: u32 = (1 << 30) - 1;
const WRITER: u32 = READERS;
const READERS_WAIT: u32 = 1 << 30;
const WRITERS_WAIT: u32 = 1 << 31;
const FLAGS: u32 = READERS_WAIT | WRITERS_WAIT;

/// A readers-writer lock without data or guards, 12 bytes. Prefers writers; otherwise unfair.
#[repr(C)]
pub struct RawRwLock<P: Port> {
    state: AtomicU32,
    turn: AtomicU32,
    writers: AtomicU32,
    port: PhantomData<fn() -> P>,
}

fn is_free(state: u32) -> bool {
    state & READERS == 0
}

fn is_write_locked(state: u32) -> bool {
    state & READERS == WRITER
}

fn is_readable(state: u32) -> bool {
    // The flags lie above the count, so one comparison says both: no flag, and room for a reader.
    state < WRITER - 1
}

impl<P: Port> RawRwLock<P> {
    maybe_const! {
        /// A free lock.
        pub fn new() -> Self {
            Self { state: AtomicU32::new(0), turn: AtomicU32::new(0), writers: AtomicU32::new(0), port: PhantomData }
        }
    }

    /// Whether anybody holds it: a snapshot.
    #[inline]
    pub fn is_locked(&self) -> bool {
        !is_free(self.state.load(Ordering::Relaxed))
    }

    /// Whether a writer holds it: a snapshot.
    #[inline]
    pub fn is_write_locked(&self) -> bool {
        is_write_locked(self.state.load(Ordering::Relaxed))
    }

    /// Takes it shared, if no writer holds it or waits for it.
    #[inline]
    pub fn try_read(&self) -> bool {
        let mut state = self.state.load(Ordering::Relaxed);
        while is_readable(state) {
            match self.state.compare_exchange_weak(
                state,
                state + 1,
                edge!("released", Acquire),
                Ordering::Relaxed,
            ) {
                Ok(_) => return true,
                Err(now) => state = now,
            }
        }
        false
    }

    /// Takes it exclusively, if nobody holds it.
    #[inline]
    pub fn try_write(&self) -> bool {
        let mut state = self.state.load(Ordering::Relaxed);
        while is_free(state) {
            match self.state.compare_exchange_weak(
                state,
                state | WRITER,
                edge!("released", Acquire),
                Ordering::Relaxed,
            ) {
                Ok(_) => return true,
                Err(now) => state = now,
            }
        }
        false
    }

    #[inline]
    pub(crate) fn read<L: Limit<P>>(&self, limit: &L) -> Result<(), L::Expired> {
        if self.try_read() {
            Ok(())
        } else {
            self.read_contended(limit)
        }
    }

    #[cold]
    fn read_contended<L: Limit<P>>(&self, limit: &L) -> Result<(), L::Expired> {
        let mut turn = 0;
        while P::Relax::lock_turn(turn) {
            if self.try_read() {
                return Ok(());
            }
            turn += 1;
        }
        P::assert_may_block();
        while let Some(expected) = self.claim_read() {
            limit.wait(&self.state, expected)?;
        }
        Ok(())
    }

    /// Takes it shared (`None`), or says on which `state` to sleep (rule 1).
    fn claim_read(&self) -> Option<u32> {
        let mut state = self.state.load(Ordering::Relaxed);
        loop {
            if is_readable(state) {
                match self.state.compare_exchange_weak(
                    state,
                    state + 1,
                    edge!("released", Acquire),
                    Ordering::Relaxed,
                ) {
                    Ok(_) => return None,
                    Err(now) => state = now,
                }
                continue;
            }
            if state & FLAGS == 0 && !is_write_locked(state) {
                too_many_readers();
            }
            if state & READERS_WAIT != 0 && !is_free(state) {
                return Some(state);
            }
            if is_free(state) {
                // Free with flags: somebody has the duty of rule 2; take part in it rather than trust to its speed.
                self.pass_on();
                state = self.state.load(Ordering::Relaxed);
                if is_free(state) && state & FLAGS != 0 {
                    spin_loop();
                }
                continue;
            }
            let next = state | READERS_WAIT;
            match self.state.compare_exchange_weak(
                state,
                next,
                Ordering::Relaxed,
                Ordering::Relaxed,
            ) {
                Ok(_) => return Some(next),
                Err(now) => state = now,
            }
        }
    }

    /// Gives up a shared hold.
    ///
    /// # Safety
    ///
    /// The caller has one.
    #[inline]
    #[allow(unsafe_code, reason = "the contract of a raw release")]
    pub unsafe fn release_read(&self) {
        // Asking for this one value only makes it a `lock dec` and a jump on x86-64; what was left behind is looked at afterwards. If it was free with a flag and is not
        // any more, then whoever took it, or passed it on, has the duty of rule 2.
        if self.state.fetch_sub(1, edge!("released", Release)) != 1 {
            let state = self.state.load(Ordering::Relaxed);
            if is_free(state) && state != 0 {
                self.pass_on();
            }
        }
    }

    #[inline]
    pub(crate) fn write<L: Limit<P>>(&self, limit: &L) -> Result<(), L::Expired> {
        match self.state.compare_exchange_weak(
            0,
            WRITER,
            edge!("released", Acquire),
            Ordering::Relaxed,
        ) {
            Ok(_) => Ok(()),
            Err(_) => self.write_contended(limit),
        }
    }

    #[cold]
    fn write_contended<L: Limit<P>>(&self, limit: &L) -> Result<(), L::Expired> {
        let mut turn = 0;
        while P::Relax::lock_turn(turn) {
            if self.try_write() {
                return Ok(());
            }
            turn += 1;
        }
        P::assert_may_block();
        self.register_writer();
        while let Some(expected) = self.claim_write() {
            if let Err(expired) = limit.wait(&self.turn, expected) {
                self.unregister_writer();
                return Err(expired);
            }
        }
        Ok(())
    }

    fn register_writer(&self) {
        self.writers.fetch_add(
            1,
            edge!("gone-or-registered", "taken-or-registered", SeqCst),
        );
    }

    /// Takes it exclusively and unregisters (`None`), or says on which `turn` to sleep (rule 1).
    fn claim_write(&self) -> Option<u32> {
        let mut state = load_after_rmw(edge!("gone-or-registered"), &self.state);
        loop {
            if is_free(state) {
                // Rule 3: we are registered ourselves.
                let registered = load_after_rmw(edge!("taken-or-registered"), &self.writers);
                let others = if registered > 1 { WRITERS_WAIT } else { 0 };
                let next = (state & READERS_WAIT) | others | WRITER;
                match self.state.compare_exchange_weak(
                    state,
                    next,
                    edge!("released", Acquire),
                    edge!("taken-or-registered", SeqCst),
                ) {
                    Ok(_) => {
                        self.writers
                            .fetch_sub(1, edge!("gone-or-registered", SeqCst));
                        return None;
                    }
                    Err(now) => state = now,
                }
                continue;
            }
            if state & WRITERS_WAIT == 0 {
                let next = state | WRITERS_WAIT;
                if let Err(now) = self.state.compare_exchange_weak(
                    state,
                    next,
                    Ordering::Relaxed,
                    edge!("taken-or-registered", SeqCst),
                ) {
                    state = now;
                    continue;
                }
            }
            let turn = self.turn.load(edge!("turn", Acquire));
            state = self.state.load(edge!("taken-or-registered", SeqCst));
            if !is_free(state) && state & WRITERS_WAIT != 0 {
                return Some(turn);
            }
        }
    }

    /// Rule 4.
    fn unregister_writer(&self) {
        self.writers
            .fetch_sub(1, edge!("gone-or-registered", SeqCst));
        self.mend_flag();
    }

    /// Sets or clears `WRITERS_WAIT` as there are registered writers or not, and does what follows from that (rule 4).
    fn mend_flag(&self) {
        loop {
            let others = load_after_rmw(edge!("gone-or-registered"), &self.writers) != 0;
            let mut state = self.state.load(Ordering::Relaxed);
            let (next, cleared) = loop {
                let next = if others {
                    state | WRITERS_WAIT
                } else if is_write_locked(state) {
                    state & !WRITERS_WAIT
                } else {
                    // Readers that only the flag kept out are let in.
                    state & !FLAGS
                };
                match self.state.compare_exchange_weak(
                    state,
                    next,
                    edge!("gone-or-registered", SeqCst),
                    Ordering::Relaxed,
                ) {
                    Ok(_) => break (next, state & !next),
                    Err(now) => state = now,
                }
            };
            if cleared & READERS_WAIT != 0 {
                waiters::wake::<P>(&self.state, u32::MAX);
            }
            // Writers may have come or gone meanwhile.
            let others_now = load_after_rmw(edge!("gone-or-registered"), &self.writers) != 0;
            if others && !others_now {
                continue;
            }
            if others {
                if is_free(next) {
                    self.pass_on();
                }
            } else if others_now {
                self.wake_writer();
            }
            return;
        }
    }

    /// Gives up the exclusive hold.
    ///
    /// # Safety
    ///
    /// The caller has it.
    #[inline]
    #[allow(unsafe_code, reason = "the contract of a raw release")]
    pub unsafe fn release_write(&self) {
        let state = self.state.fetch_sub(WRITER, edge!("released", Release)) - WRITER;
        if state != 0 {
            self.pass_on();
        }
    }

    /// Turns the exclusive hold into a shared one; readers that wait are let in.
    ///
    /// # Safety
    ///
    /// The caller has it.
    #[allow(unsafe_code, reason = "the contract of a raw release")]
    pub unsafe fn downgrade(&self) {
        let state = self.state.fetch_sub(WRITER - 1, edge!("released", Release));
        // Readers wait and no writer does: let them in. With a writer waiting they wait for their turn behind it.
        if state & FLAGS == READERS_WAIT {
            self.state.fetch_and(!READERS_WAIT, Ordering::Relaxed);
            waiters::wake::<P>(&self.state, u32::MAX);
        } else if state & WRITERS_WAIT != 0 && self.writers.load(Ordering::Relaxed) == 0 {
            // The flag is left from a writer that has given up meanwhile.
            self.mend_flag();
        }
    }

    /// Rule 2, for a lock that was free with flags.
    #[cold]
    fn pass_on(&self) {
        let mut state = self.state.load(Ordering::Relaxed);
        loop {
            if !is_free(state) || state & FLAGS == 0 {
                return;
            }
            let writer = state & WRITERS_WAIT != 0;
            let next = if writer { state & !WRITERS_WAIT } else { 0 };
            if let Err(now) =
                self.state
                    .compare_exchange_weak(state, next, Ordering::Relaxed, Ordering::Relaxed)
            {
                state = now;
                continue;
            }
            if writer {
                if self.wake_writer() {
                    return;
                }
                // No task slept: one that was about to will look again, because `turn` has changed, and a future that was woken may not be polled for long. The readers, if any, go first.
                state = next;
            } else {
                waiters::wake::<P>(&self.state, u32::MAX);
                return;
            }
        }
    }

    fn wake_writer(&self) -> bool {
        self.turn.fetch_add(1, edge!("turn", Release));
        waiters::wake::<P>(&self.turn, 1) != 0
    }
}

#[cold]
fn too_many_readers() -> ! {
    panic!("a readers-writer lock is held by at most 2^30 - 2 readers");
}

impl<P: Port> Default for RawRwLock<P> {
    fn default() -> Self {
        Self::new()
    }
}

impl<P: Port> core::fmt::Debug for RawRwLock<P> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let state = self.state.load(Ordering::Relaxed);
        let readers = if is_write_locked(state) {
            0
        } else {
            state & READERS
        };
        f.debug_struct("RawRwLock")
            .field("readers", &readers)
            .field("write_locked", &is_write_locked(state))
            .finish_non_exhaustive()
    }
}

/// An asynchronous shared acquisition. A reader is not registered, so giving up leaves nothing behind.
pub(crate) struct Read<'a, P: Port>(&'a RawRwLock<P>);

/// An asynchronous exclusive acquisition.
pub(crate) struct Write<'a, P: Port> {
    lock: &'a RawRwLock<P>,
    registered: bool,
}

impl<P: Port> RawRwLock<P> {
    pub(crate) fn read_async(&self) -> Waiting<P, Read<'_, P>> {
        Waiting::new(Read(self))
    }

    pub(crate) fn write_async(&self) -> Waiting<P, Write<'_, P>> {
        Waiting::new(Write {
            lock: self,
            registered: false,
        })
    }
}

impl<P: Port> Turn<P> for Read<'_, P> {
    type Output = ();

    fn poll(&mut self, seat: Pin<&Seat<P>>, context: &mut Context<'_>) -> Poll<()> {
        let state = &self.0.state;
        while let Some(expected) = self.0.claim_read() {
            let check = || state.load(Ordering::Relaxed) == expected;
            if seat
                .poll(core::ptr::from_ref(state).addr(), context, check)
                .is_pending()
            {
                return Poll::Pending;
            }
        }
        seat.leave(|_| {});
        Poll::Ready(())
    }

    fn cancel(&mut self, seat: Pin<&Seat<P>>) {
        // Readers are woken all at once: there is nothing to pass on.
        seat.leave(|_| {});
    }
}

impl<P: Port> Turn<P> for Write<'_, P> {
    type Output = ();

    fn poll(&mut self, seat: Pin<&Seat<P>>, context: &mut Context<'_>) -> Poll<()> {
        let lock = self.lock;
        if !self.registered {
            if lock.try_write() {
                return Poll::Ready(());
            }
            lock.register_writer();
            self.registered = true;
        }
        while let Some(expected) = lock.claim_write() {
            let check = || lock.turn.load(Ordering::Relaxed) == expected;
            if seat
                .poll(core::ptr::from_ref(&lock.turn).addr(), context, check)
                .is_pending()
            {
                return Poll::Pending;
            }
        }
        self.registered = false;
        seat.leave(|_| {});
        Poll::Ready(())
    }

    fn cancel(&mut self, seat: Pin<&Seat<P>>) {
        // Whether it had been notified does not matter: rule 4 covers both.
        seat.leave(|_| {});
        if self.registered {
            self.lock.unregister_writer();
        }
    }
}
