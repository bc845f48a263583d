//! The lock: one word.
//!
//! # Why this shape
//!
//! The usual three-state futex lock (free, held, held-and-somebody-waits) forgets how many wait and whether one of them has been woken already. So its
//! holder makes a system call at every release while anybody waits, although the waiter that was woken by the release before has not even
//! reached a processor yet. This word counts the waiters and remembers that one is on its way ([`WOKEN`]): between a wake-up and its effect, the
//! lock changes hands at the speed of the uncontended path. With the exact count, a release after the last waiter makes no system call either.
//!
//! # The word
//!
//! | bits | name | meaning |
//! |---|---|---|
//! | 0 | `LOCKED` | somebody holds the lock |
//! | 1 | `WOKEN` | a registered waiter is awake, or a wake-up is on its way to one: no further wake-up is needed |
//! | 2 | `RESERVED` | for registered waiters only: who comes by must register first |
//! | 3.. | count | registered waiters, awake and asleep |
//!
//! | RESERVED | WOKEN | LOCKED | count | |
//! |---|---|---|---|---|
//! | 0 | 0 | 0 | 0 | free |
//! | 0 | 0 | 1 | 0 | held, nobody waits |
//! | | 0 | 1 | n | held; waiters sleep or are about to look at the word before they do; the release wakes one |
//! | | 1 | 1 | n | held by one that came by; a waiter is on its way; the release wakes nobody |
//! | | 1 | 0 | n | free, a waiter is on its way to take it, unless one that comes by is faster (which `RESERVED` forbids) |
//! | | 0 | 0 | n | transient: between a release and its wake-up (the releaser is in `RawLock::wake_next`) |
//! | 1 | | | 0 | impossible: the last waiter to go clears both |
//!
//! # Rules, and why nobody sleeps for ever
//!
//! 1. A waiter registers (count + 1) before it sleeps, and unregisters when it takes the lock or gives up.
//! 2. A waiter goes to sleep only on a word with `LOCKED` and without `WOKEN`; if it sees `WOKEN`, it clears it first. The sleep compares the whole word.
//! 3. Who releases the lock and leaves waiters behind without `WOKEN` sets `WOKEN` and wakes one, unless someone took the lock meanwhile.
//! 4. Who takes the lock as a registered waiter clears `WOKEN`; who gives up clears it, too, and does the releaser's duty (3) if the lock is free.
//!
//! Suppose a waiter sleeps. By 2 the word had `LOCKED` and no `WOKEN` when it fell asleep, so some holder will release after that. At that release either `WOKEN` is
//! unset, then 3 wakes a sleeper; or it was set meanwhile by an earlier releaser (3), which then called for one wake-up. If that wake-up found a sleeper,
//! that waiter is awake. If it found none, then every waiter registered at that time was awake, and those that wanted to sleep on the word of before fail the comparison,
//! because `WOKEN` changed it. In both cases a registered waiter is awake after `WOKEN` was set, and by 2 and 4 it clears it: by taking the lock (and releasing it later), by giving up, or
//! by sleeping under a holder that releases after that. A wake-up too many is possible (one waiter may clear the `WOKEN` of another), a wake-up too few is not.
//!
//! # How unfair
//!
//! Who comes by may take a free lock while a woken waiter is still on its way: that is where the speed comes from. A waiter that was woken `PATIENCE` times in vain sets `RESERVED`: the lock is then taken by registered waiters only, and the
//! next one to take it clears the bit. Who comes by must first wait awake in vain, and then register. Where waiting awake gives way to others, as on hosted ports, that is the moment in which the woken waiter takes the lock, and
//! nobody starves; a hand-over, which costs a switch of tasks, is paid once in `PATIENCE` wake-ups. On a port that never waits awake ([`NoSpin`](crate::port::NoSpin)) it helps only against those that do not register, the `try_` forms. [`RawLock::release_fair`] sets the bit at once.
//!
//! # Orderings
//!
//! One edge carries the data, `released`: taking the lock (Acquire) reads from releasing it (Release), directly or through read-modify-writes in between, which
//! continue the release sequence; there are no plain stores. Registering, unregistering, `WOKEN` and `RESERVED` order nothing:
//! Relaxed. That the wake-up comes after the change of the word is the port's business for sleepers and edge `listed-or-looked` (waiters/README) for futures.
//! Nothing needs SeqCst here: there is one word.

use core::marker::PhantomData;
use core::pin::Pin;
use core::task::{Context, Poll};

use crate::atomics::{AtomicU32, Ordering, edge};
use crate::port::{Port, Relax};
use crate::waiters::{self, Limit, Seat, Turn, Waiting};

const LOCKED: u32 = 1;
const WOKEN: u32 = 2;
const RESERVED: u32 = 4;
/// One registered waiter.
const ONE: u32 = 8;
/// How often a waiter is woken in vain before it insists. A model has no time to wait for that.
const PATIENCE: u32 = if cfg!(loom) { 1 } else { 16 };

/// A lock without data or guard, 4 bytes. Position-independent: it works in a `static`, on a stack, in a mapping.
///
/// Unfair; see "How unfair" at the top of this file.
#[repr(transparent)]
pub struct RawLock<P: Port> {
    word: AtomicU32,
    port: PhantomData<fn() -> P>,
}

fn is_held(word: u32) -> bool {
    word & LOCKED != 0
}

/// Whether one that comes by may take it.
fn is_open(word: u32) -> bool {
    word & (LOCKED | RESERVED) == 0
}

fn has_waiters(word: u32) -> bool {
    word >= ONE
}

impl<P: Port> RawLock<P> {
    maybe_const! {
        /// A free lock.
        pub fn new() -> Self {
            Self { word: AtomicU32::new(0), port: PhantomData }
        }
    }

    /// Whether somebody holds it, or it is on its way to a waiter: a snapshot.
    #[inline]
    pub fn is_locked(&self) -> bool {
        !is_open(self.word.load(Ordering::Relaxed))
    }

    /// Takes the lock if it is free.
    #[inline]
    pub fn try_acquire(&self) -> bool {
        let mut word = self.word.load(Ordering::Relaxed);
        while is_open(word) {
            match self.word.compare_exchange_weak(
                word,
                word | LOCKED,
                edge!("released", Acquire),
                Ordering::Relaxed,
            ) {
                Ok(_) => return true,
                Err(now) => word = now,
            }
        }
        false
    }

    #[inline]
    pub(crate) fn acquire<L: Limit<P>>(&self, limit: &L) -> Result<(), L::Expired> {
        match self.word.compare_exchange_weak(
            0,
            LOCKED,
            edge!("released", Acquire),
            Ordering::Relaxed,
        ) {
            Ok(_) => Ok(()),
            Err(_) => self.acquire_contended(limit),
        }
    }

    #[cold]
    fn acquire_contended<L: Limit<P>>(&self, limit: &L) -> Result<(), L::Expired> {
        if self.spin() {
            return Ok(());
        }
        P::assert_may_block();
        self.register();
        self.acquire_registered(limit)
    }

    /// Tries for a while without registering.
    fn spin(&self) -> bool {
        let mut turn = 0;
        while !self.try_acquire() {
            if !P::Relax::lock_turn(turn) {
                return false;
            }
            turn += 1;
        }
        true
    }

    fn register(&self) {
        self.word.fetch_add(ONE, Ordering::Relaxed);
    }

    /// Waits as a waiter that is counted already. On expiry it is counted no more.
    pub(crate) fn acquire_registered<L: Limit<P>>(&self, limit: &L) -> Result<(), L::Expired> {
        let mut wakes = 0;
        while let Err(expected) = self.claim(wakes >= PATIENCE) {
            if let Err(expired) = limit.wait(&self.word, expected) {
                self.unregister();
                return Err(expired);
            }
            wakes += 1;
        }
        Ok(())
    }

    /// Takes the lock as a registered waiter, or says on which word to sleep (rule 2), having reserved the lock if the waiter insists.
    fn claim(&self, insist: bool) -> Result<(), u32> {
        let reserve = if insist { RESERVED } else { 0 };
        let mut word = self.word.load(Ordering::Relaxed);
        loop {
            let free = !is_held(word);
            let next = if free {
                ((word - ONE) | LOCKED) & !(WOKEN | RESERVED)
            } else {
                (word & !WOKEN) | reserve
            };
            if next == word {
                return Err(word);
            }
            // The edge is for the case that it takes the lock.
            match self.word.compare_exchange_weak(
                word,
                next,
                edge!("released", Acquire),
                Ordering::Relaxed,
            ) {
                Ok(_) if free => return Ok(()),
                Ok(_) => return Err(next),
                Err(now) => word = now,
            }
        }
    }

    /// Gives up as a registered waiter (rule 4).
    pub(crate) fn unregister(&self) {
        let mut word = self.word.load(Ordering::Relaxed);
        loop {
            let mut next = (word - ONE) & !WOKEN;
            if !has_waiters(next) {
                next &= !RESERVED;
            }
            match self
                .word
                .compare_exchange_weak(word, next, Ordering::Relaxed, Ordering::Relaxed)
            {
                Ok(_) => return self.wake_next(),
                Err(now) => word = now,
            }
        }
    }

    /// Releases the lock.
    ///
    /// # Safety
    ///
    /// The caller holds it.
    #[inline]
    #[allow(unsafe_code, reason = "the contract of a raw release")]
    pub unsafe fn release(&self) {
        // Asking for this one value only makes it a `lock dec` and a jump on x86-64, where `xadd` would be slower.
        if self.word.fetch_sub(LOCKED, edge!("released", Release)) != LOCKED {
            self.wake_next();
        }
    }

    /// Releases the lock on behalf of whoever holds it; false if nobody does.
    #[inline]
    pub fn release_any(&self) -> bool {
        let mut word = self.word.load(Ordering::Relaxed);
        loop {
            if !is_held(word) {
                return false;
            }
            match self.word.compare_exchange_weak(
                word,
                word - LOCKED,
                edge!("released", Release),
                Ordering::Relaxed,
            ) {
                Ok(_) => break,
                Err(now) => word = now,
            }
        }
        if has_waiters(word) && word & WOKEN == 0 {
            self.wake_next();
        }
        true
    }

    /// Releases the lock to a waiter, if there is one: nobody that comes by can take it before. False if nobody held it.
    pub fn release_any_fair(&self) -> bool {
        let mut word = self.word.load(Ordering::Relaxed);
        loop {
            if !is_held(word) {
                return false;
            }
            let next = if has_waiters(word) {
                (word - LOCKED) | RESERVED | WOKEN
            } else {
                word - LOCKED
            };
            match self.word.compare_exchange_weak(
                word,
                next,
                edge!("released", Release),
                Ordering::Relaxed,
            ) {
                Ok(_) => break,
                Err(now) => word = now,
            }
        }
        if has_waiters(word) && word & WOKEN == 0 {
            waiters::wake::<P>(&self.word, 1);
        }
        true
    }

    /// As [`release_any_fair`](Self::release_any_fair), by the holder.
    ///
    /// # Safety
    ///
    /// The caller holds it.
    #[allow(unsafe_code, reason = "the contract of a raw release")]
    pub unsafe fn release_fair(&self) {
        self.release_any_fair();
    }

    /// Wakes a waiter of a lock that was released, if there is one, and unless that is needless by now (rule 3).
    #[cold]
    fn wake_next(&self) {
        let mut word = self.word.load(Ordering::Relaxed);
        loop {
            if !has_waiters(word) || word & (LOCKED | WOKEN) != 0 {
                return;
            }
            match self.word.compare_exchange_weak(
                word,
                word | WOKEN,
                Ordering::Relaxed,
                Ordering::Relaxed,
            ) {
                Ok(_) => break,
                Err(now) => word = now,
            }
        }
        waiters::wake::<P>(&self.word, 1);
    }
}

/// What became of a waiter that was to be put into a lock's queue by somebody else.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Adopted {
    /// It is registered and listed, and a release will wake it.
    Queued,
    /// It is registered, and must be woken now, because the lock was released meanwhile.
    Registered,
    /// The lock is free: it must be woken now, and is not registered.
    Free,
}

impl<P: Port> RawLock<P> {
    /// Registers and lists a sleeping waiter, exactly as it would have done itself (rules 1 and 2).
    ///
    /// # Safety
    ///
    /// `node` is `MOVED`, on no list, and its owner will call [`acquire_registered`](Self::acquire_registered) if it is notified as registered. It may be gone before this returns.
    #[allow(unsafe_code, reason = "lists a node on behalf of its owner")]
    pub(crate) unsafe fn adopt(&self, node: *const waiters::Node<P>) -> Adopted {
        let mut word = self.word.load(Ordering::Relaxed);
        let mut expected = loop {
            if !is_held(word) {
                return Adopted::Free;
            }
            let next = (word + ONE) & !WOKEN;
            match self
                .word
                .compare_exchange_weak(word, next, Ordering::Relaxed, Ordering::Relaxed)
            {
                Ok(_) => break next,
                Err(now) => word = now,
            }
        };
        let address = core::ptr::from_ref(&self.word).addr();
        loop {
            let listed = waiters::bucket_of::<P>(address).enter(|entered| {
                // SAFETY: the contract of this function; the address is this bucket's. Inside the guard nobody notifies it, so it is alive.
                unsafe {
                    entered.push_moved(&*node, address, |_| {
                        self.word.load(Ordering::Relaxed) == expected
                    })
                }
            });
            if listed {
                return Adopted::Queued;
            }
            word = self.word.load(Ordering::Relaxed);
            loop {
                if !is_held(word) {
                    return Adopted::Registered;
                }
                match self.word.compare_exchange_weak(
                    word,
                    word & !WOKEN,
                    Ordering::Relaxed,
                    Ordering::Relaxed,
                ) {
                    Ok(_) => break,
                    Err(now) => word = now,
                }
            }
            expected = word & !WOKEN;
        }
    }
}

impl<P: Port> Default for RawLock<P> {
    fn default() -> Self {
        Self::new()
    }
}

impl<P: Port> core::fmt::Debug for RawLock<P> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("RawLock")
            .field("locked", &self.is_locked())
            .finish_non_exhaustive()
    }
}

/// An asynchronous acquisition.
pub(crate) struct Acquire<'a, P: Port> {
    lock: &'a RawLock<P>,
    registered: bool,
    wakes: u32,
}

impl<P: Port> RawLock<P> {
    pub(crate) fn acquire_async(&self) -> Waiting<P, Acquire<'_, P>> {
        Waiting::new(self.acquire_turn())
    }

    /// The acquisition alone, for waits that end with one.
    pub(super) fn acquire_turn(&self) -> Acquire<'_, P> {
        Acquire {
            lock: self,
            registered: false,
            wakes: 0,
        }
    }
}

impl<P: Port> Turn<P> for Acquire<'_, P> {
    type Output = ();

    #[inline]
    fn begin(&mut self) -> Poll<()> {
        if self.lock.try_acquire() {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    }

    fn poll(&mut self, seat: Pin<&Seat<P>>, context: &mut Context<'_>) -> Poll<()> {
        if !self.registered {
            if self.lock.try_acquire() {
                return Poll::Ready(());
            }
            self.lock.register();
            self.registered = true;
            if self.lock.word.load(Ordering::Relaxed) & (LOCKED | RESERVED) == RESERVED {
                // The waiter that insists has been woken: let the executor come round to it first.
                context.waker().wake_by_ref();
                return Poll::Pending;
            }
        }
        let word = &self.lock.word;
        while let Err(expected) = self.lock.claim(self.wakes >= PATIENCE) {
            let check = || word.load(Ordering::Relaxed) == expected;
            if seat
                .poll(core::ptr::from_ref(word).addr(), context, check)
                .is_pending()
            {
                return Poll::Pending;
            }
            self.wakes += 1;
        }
        self.registered = false;
        Poll::Ready(())
    }

    fn cancel(&mut self, seat: Pin<&Seat<P>>) {
        // Whether it had been notified does not matter: rule 4 covers both.
        seat.empty();
        if self.registered {
            self.lock.unregister();
        }
    }
}
