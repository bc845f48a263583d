//! The event count: who waits for "something has changed" in a structure that has its own words.
//!
//! # Why this shape
//!
//! A queue knows by itself whether there is something to take. What it lacks is a place to wait, and a way for those who change it to find out, in one load, that nobody waits: that look is paid
//! at each item. So there is one word beside the queue that says how many wait, and they are listed as nodes by its address; whoever changed the queue looks at the word and, if it is zero, is done.
//! Nodes, not an epoch to sleep on: a change wakes exactly as many as it can serve, oldest first, and futures and tasks wait in one list.
//!
//! # The word
//!
//! | bits | name | meaning |
//! |---|---|---|
//! | 0..30 | count | listed nodes |
//! | 30, 31 | marks | the owner's; once up they stay. A notifier that sees one takes the slow path, and there notifies *everybody*: what waits is to look again and will find that it need not wait any more |
//!
//! # Rules
//!
//! 1. A waiter lists itself, then tries again. What it waits for is there: it takes itself off. Otherwise it sleeps until it is notified, takes nothing for granted, and tries again.
//! 2. Who has changed something that makes *one* try more succeed notifies one: it looks at the word after the change, and takes a node off the list if there is one (of each kind, see `waiters/README.md`, Fairness).
//! 3. Who gave up, or succeeded by itself, and finds that it had been notified as well, passes the notification on if there is something left to try for; and so does who succeeded *because* it was notified.
//! 4. A try may fail although there is something to take, if what is first is still in the making ([`Store`](crate::queue::Store)). The maker then notifies after it has finished.
//!
//! # Why nobody sleeps beside an item
//!
//! Suppose that the first item is ready, and somebody is listed who looked before it was. Then somebody is *on duty*: bound to notify, or notified and bound to try. There are two ways into that situation. The item became ready while it was the
//! first: its maker will notify (2, and the edges below), and so a waiter becomes one that is bound to try; if that one tries in vain, then because the first item, another one by now, is not ready. Or the item was
//! ready and became the first, because somebody took the one before. If the taker was itself on duty, it passes the duty on (3). If it was not, whoever was on duty for the item before still is. The same goes for room.
//!
//! Without (3) an item could be forgotten, as (4) allows that notifications for later items are spent while the first one is in the making.
//!
//! # Orderings
//!
//! Both edges are Dekker's pattern: a waiter raises the word and then looks at the structure; a maker changes the structure and then looks at the word.
//!
//! Edge `put-or-listed` is for all changes: [`Port::light_fence`] between the maker's change and its look, [`Port::heavy_fence`] between the waiter's listing and its look. On systems where these differ, the first costs nothing and the second as
//! much as several system calls; so there is a second edge, that makes the heavy fence rare.
//!
//! Edge `claimed-or-listed` is for changes that begin with a sequentially consistent read-modify-write, a claim. The maker's look at the word is a sequentially consistent load after its claim, the waiter's listing is sequentially consistent,
//! and so is its look for claims. So either the maker will see the waiter, or the waiter sees the claim. If it sees none that is not over ([`Attempt::is_quiet`]), it may sleep at once. If it sees one that is not over, it is too late to tell whether its maker looked before or after
//! the listing: the waiter passes the heavy fence and tries again.
//!
//! Edge `notified` (`waiters/node.rs`) carries the change to the waiter that is woken for it.
//!
//! # Safety
//!
//! Lists a node in its own frame.
#![allow(unsafe_code, reason = "lists a node in its own frame")]

use core::marker::PhantomData;
use core::pin::{Pin, pin};
use core::task::{Context, Poll};

use crate::atomics::{AtomicU32, Ordering, after_rmw, edge, heavy_fence_of, light_fence_of};
use crate::port::{Port, Relax};
use crate::waiters::{
    Batch, Entered, Kinds, Left, Limit, Node, OnUnwind, Outcome, Seat, Sitter, Turn, Waiting, Wake,
    bucket_of, one_at_a_time, sleep_until_notified_among, unlist,
};

/// One listed waiter.
const ONE: u32 = 1;
const MARKS: u32 = 3 << 30;

/// Who waits for a change of something else, 4 bytes.
///
/// Whoever makes a change calls [`notify`](Self::notify) after it. The waiting is on the typed faces.
#[repr(transparent)]
pub struct RawEventCount<P: Port> {
    word: AtomicU32,
    port: PhantomData<fn() -> P>,
}

/// What is waited for.
pub trait Attempt {
    /// What it gives in the end.
    type Output;

    /// Tries; `None` for "not now". May be foreign code, and panic: then it has changed nothing.
    fn attempt(&mut self) -> Option<Self::Output>;

    /// After a try in vain: whether every change that is not over yet will see who is listed now. See edge `claimed-or-listed`.
    fn is_quiet(&self) -> bool;

    /// Whether a look tells that a try would be in vain, unless a change comes that is not over yet, or a mark is up. After the heavy fence the answer counts, before it is a guess. False, which is the default, is always right.
    fn is_vain(&self) -> bool {
        false
    }

    /// How often others have succeeded, modulo anything: see [`Relax::answer_turn_among`]. A hint.
    fn served(&self) -> usize {
        0
    }

    /// After a try that succeeded: whether another one might.
    fn is_more(&self) -> bool;

    /// Before a try: whether it will never succeed, because there is nothing to do it with. Nobody waits for such a one but together with others (`select/`).
    fn is_void(&self) -> bool {
        false
    }
}

impl<P: Port> RawEventCount<P> {
    maybe_const! {
        /// An event count that nobody waits at.
        pub fn new() -> Self {
            Self { word: AtomicU32::new(0), port: PhantomData }
        }
    }

    /// How many wait: a snapshot.
    #[inline]
    pub fn waiting(&self) -> u32 {
        self.word.load(Ordering::Relaxed) & !MARKS
    }

    /// The marks that are up, as far as the caller has heard.
    #[inline]
    pub(crate) fn marks(&self) -> u32 {
        self.word.load(Ordering::Relaxed) & MARKS
    }

    /// Puts marks up, for good. Those who wait are not notified by that.
    pub(crate) fn mark(&self, marks: u32) {
        debug_assert_eq!(marks & !MARKS, 0);
        // Inside the guard, as all that write this word.
        bucket_of::<P>(self.address()).enter(|_| {
            self.word
                .fetch_or(marks, edge!("claimed-or-listed", SeqCst));
        });
    }

    /// After a change: whether there is anything to do for it, a waiter to notify or a mark to obey.
    #[inline(always)]
    pub(crate) fn is_called_for(&self) -> bool {
        light_fence_of::<P>(edge!("put-or-listed"));
        self.word.load(edge!("claimed-or-listed", SeqCst)) != 0
    }

    /// After a change: notifies up to `n` tasks and `n` futures that wait, oldest first; everybody, if a mark is up. Never blocks.
    #[inline]
    pub fn notify(&self, n: u32) {
        if self.is_called_for() {
            self.notify_listed(n);
        }
    }

    /// As [`notify`](Self::notify), for one that [`is_called_for`](Self::is_called_for).
    #[cold]
    pub(crate) fn notify_listed(&self, n: u32) {
        if P::SHORT_SECTIONS {
            let n = if self.marks() == 0 { n } else { u32::MAX };
            one_at_a_time::notify::<P>(self.address(), n, Some(&self.word));
            return;
        }
        match self.marks() {
            0 if n == 1 => self.notify_one(),
            0 => self.notify_kinds(n, n, None),
            _ => self.notify_kinds(u32::MAX, u32::MAX, None),
        }
    }

    /// One task and one future, oldest first: without the room for many that [`notify_kinds`](Self::notify_kinds) needs, as this is passed for each item that somebody waited for.
    fn notify_one(&self) {
        let mut first = Wake::Done;
        let mut second = Wake::Done;
        bucket_of::<P>(self.address()).enter(|entered| {
            let Some((is_future, wake)) = self.take_first(entered, Kinds::ALL) else {
                return;
            };
            first = wake;
            if self.waiting() == 0 {
                return;
            }
            let other = Kinds {
                tasks: is_future,
                futures: !is_future,
            };
            if let Some((_, wake)) = self.take_first(entered, other) {
                second = wake;
            }
        });
        // A waker that panics keeps the wake-up from nobody else.
        let on_unwind = OnUnwind::new(|| second.run());
        first.run();
        drop(on_unwind);
    }

    /// Inside the guard: takes the oldest of these kinds off the list, notifies it, and says whether it is a future.
    #[inline(always)]
    fn take_first(&self, entered: &mut Entered<'_, P>, kinds: Kinds) -> Option<(bool, Wake<P>)> {
        let node = entered.first(self.address(), u64::MAX, kinds)?;
        let is_future = node.is_future();
        let node = core::ptr::from_ref(node);
        self.uncount();
        // SAFETY: it is listed, hence alive and on this list; after `remove` we are its one notifier.
        unsafe {
            entered.remove(&*node);
            Some((is_future, Node::notify(node, Outcome::Plain)))
        }
    }

    /// Notifies of each kind so many that were listed before the ticket `before`.
    fn notify_kinds(&self, mut tasks: u32, mut futures: u32, mut before: Option<u64>) {
        let bucket = bucket_of::<P>(self.address());
        while self.waiting() != 0 {
            let mut batch = Batch::new();
            bucket.enter(|entered| {
                let before = *before.get_or_insert(entered.ticket());
                while !batch.is_full() {
                    let kinds = Kinds {
                        tasks: tasks != 0,
                        futures: futures != 0,
                    };
                    let Some(node) = entered.first(self.address(), before, kinds) else {
                        break;
                    };
                    if node.is_future() {
                        futures -= 1;
                    } else {
                        tasks -= 1;
                    }
                    let node = core::ptr::from_ref(node);
                    self.uncount();
                    // SAFETY: it is listed, hence alive and on this list; after `remove` we are its one notifier.
                    batch.push_even_if_done(unsafe {
                        entered.remove(&*node);
                        Node::notify(node, Outcome::Plain)
                    });
                }
            });
            let more = batch.is_full();
            batch.run(|| self.notify_kinds(tasks, futures, before));
            if !more {
                return;
            }
        }
    }

    /// What nodes are listed under.
    pub(crate) fn address(&self) -> usize {
        core::ptr::from_ref(&self.word).addr()
    }

    /// Inside the guard: one more is listed.
    pub(crate) fn count(&self) {
        self.word.fetch_add(ONE, edge!("claimed-or-listed", SeqCst));
    }

    /// Inside the guard: one fewer is listed. No read-modify-write, as nobody else writes the word meanwhile.
    #[inline]
    pub(crate) fn uncount(&self) {
        let word = self.word.load(Ordering::Relaxed);
        self.word.store(word.wrapping_sub(ONE), Ordering::Relaxed);
    }

    /// Rule 1, after listing, where code is to be small and short: whether a look tells that one more try is needless. No mark is up, so that whoever puts one up will find the listing.
    #[inline]
    fn may_rest<A: Attempt>(&self, attempt: &A) -> bool {
        if !P::SHORT_SECTIONS {
            return false;
        }
        heavy_fence_of::<P>(edge!("put-or-listed"));
        self.marks() == 0 && attempt.is_vain()
    }

    /// Rule 1, after listing: one more try that misses no change.
    pub(crate) fn look_again<A: Attempt>(attempt: &mut A) -> Option<A::Output> {
        after_rmw(edge!("claimed-or-listed"));
        let found = attempt.attempt();
        if found.is_some() || attempt.is_quiet() {
            return found;
        }
        heavy_fence_of::<P>(edge!("put-or-listed"));
        attempt.attempt()
    }

    /// Tries until it succeeds, first awake, then asleep in between. The caller has tried in vain already.
    ///
    /// Awake it is nobody's waiter: a try in vain only reads, and nothing is owed to it.
    #[cold]
    pub(crate) fn wait<A: Attempt, L: Limit<P>>(
        &self,
        attempt: &mut A,
        limit: &L,
    ) -> Result<A::Output, L::Expired> {
        limit.check()?;
        let mut turn = 0;
        while P::Relax::moment_turn(turn) {
            if let Some(output) = attempt.attempt() {
                return Ok(output);
            }
            turn += 1;
        }
        turn = 0;
        while P::Relax::answer_turn_among(turn, || attempt.served()) {
            if let Some(output) = attempt.attempt() {
                return Ok(output);
            }
            turn += 1;
        }
        P::assert_may_block();
        loop {
            if let Some(output) = self.wait_once(attempt, limit)? {
                return Ok(output);
            }
        }
    }

    fn wait_once<A: Attempt, L: Limit<P>>(
        &self,
        attempt: &mut A,
        limit: &L,
    ) -> Result<Option<A::Output>, L::Expired> {
        let node = pin!(Node::<P>::for_task());
        let node = node.into_ref().get_ref();
        bucket_of::<P>(self.address()).enter(|entered| {
            self.count();
            // SAFETY: pinned in this frame, new, and off every list when this function returns or unwinds: see below.
            unsafe { entered.push_told(node, self.address()) };
        });
        let leave = || {
            let was_listed = unlist(node, |_| {
                self.uncount();
                true
            });
            !was_listed
        };
        let on_unwind = OnUnwind::new(|| {
            if leave() {
                self.notify(1);
            }
        });
        let found = Self::look_again(attempt);
        on_unwind.defuse();
        if found.is_some() {
            if leave() {
                self.pass_on(attempt);
            }
            return Ok(found);
        }
        let served = || attempt.served();
        sleep_until_notified_among(node, limit, served, |_| {
            self.uncount();
            true
        })?;
        let on_unwind = OnUnwind::new(|| self.notify(1));
        let found = attempt.attempt();
        on_unwind.defuse();
        if found.is_some() {
            self.pass_on(attempt);
        }
        Ok(found)
    }

    /// Lists a seat. `Ready` if it was listed already and has been notified since; it is empty then.
    pub(crate) fn sit(&self, seat: Pin<&Seat<P>>, sitter: &Sitter<'_, P>) -> Poll<()> {
        let sat = seat.sit_told(self.address(), sitter, || self.count());
        sat.map(|_| ())
    }

    /// Takes a seat off, and says whether it had been notified: then rule 3 applies.
    pub(crate) fn leave(&self, seat: Pin<&Seat<P>>) -> bool {
        matches!(seat.leave(|_| self.uncount()), Left::Notified(_))
    }

    /// Rule 3.
    pub(crate) fn pass_on<A: Attempt>(&self, attempt: &A) {
        if attempt.is_more() {
            self.notify(1);
        }
    }

    /// Tries until it succeeds, as a future.
    #[inline(always)]
    pub(crate) fn wait_async<A: Attempt + Unpin>(&self, attempt: A) -> Waiting<P, Wait<'_, P, A>> {
        self.waiting_with(attempt, false)
    }

    /// As [`wait_async`](Self::wait_async), for a caller that has just tried in vain.
    #[inline(always)]
    pub(crate) fn go_on_async<A: Attempt + Unpin>(&self, attempt: A) -> Waiting<P, Wait<'_, P, A>> {
        self.waiting_with(attempt, true)
    }

    #[inline(always)]
    fn waiting_with<A: Attempt + Unpin>(
        &self,
        attempt: A,
        is_tried: bool,
    ) -> Waiting<P, Wait<'_, P, A>> {
        Waiting::new(Wait {
            count: self,
            attempt,
            is_on_duty: false,
            is_tried,
        })
    }
}

/// An asynchronous wait.
pub(crate) struct Wait<'a, P: Port, A: Attempt> {
    count: &'a RawEventCount<P>,
    attempt: A,
    /// It was notified, and has not succeeded since.
    is_on_duty: bool,
    /// Somebody has just tried in vain, so that the first poll need not.
    is_tried: bool,
}

impl<P: Port, A: Attempt> Wait<'_, P, A> {
    /// Before it takes a seat: tries for a moment, where the port says so. It may be on duty, and is not relieved of it by that; otherwise it is nobody's waiter, as in [`RawEventCount::wait`].
    ///
    /// Once for each seat taken, and not at polls while seated, so a future that is polled for another's sake costs nothing.
    #[inline]
    fn awake(&mut self) -> Option<A::Output> {
        let mut turn = 0;
        while P::Relax::poll_turn(turn) {
            let found = self.attempt.attempt();
            if found.is_some() {
                return found;
            }
            turn += 1;
        }
        None
    }

    /// Leaves the seat after a success, and passes on what there is to pass on.
    fn leave(&mut self, seat: Pin<&Seat<P>>) {
        let was_notified = self.count.leave(seat);
        if core::mem::take(&mut self.is_on_duty) || was_notified {
            self.count.pass_on(&self.attempt);
        }
    }
}

impl<P: Port, A: Attempt + Unpin> Turn<P> for Wait<'_, P, A> {
    type Output = A::Output;

    #[inline]
    fn begin(&mut self) -> Poll<A::Output> {
        if self.is_tried || (P::SHORT_SECTIONS && self.attempt.is_vain()) {
            return Poll::Pending;
        }
        self.attempt.attempt().map_or(Poll::Pending, Poll::Ready)
    }

    fn poll(&mut self, seat: Pin<&Seat<P>>, context: &mut Context<'_>) -> Poll<A::Output> {
        let mut found = if seat.is_taken() {
            self.attempt.attempt()
        } else {
            // `begin` has.
            None
        };
        while found.is_none() {
            let was_seated = seat.is_taken();
            if !was_seated {
                found = self.awake();
                if found.is_some() {
                    break;
                }
            }
            let sitter = Sitter::Future(context.waker());
            if self.count.sit(seat, &sitter).is_ready() {
                self.is_on_duty = true;
                found = self.attempt.attempt();
                continue;
            }
            // It gave way to what was on duty before, if it was: it has tried since.
            self.is_on_duty = false;
            if !was_seated && !self.count.may_rest(&self.attempt) {
                found = RawEventCount::<P>::look_again(&mut self.attempt);
            }
            if found.is_none() {
                return Poll::Pending;
            }
        }
        self.leave(seat);
        match found {
            Some(output) => Poll::Ready(output),
            None => Poll::Pending,
        }
    }

    fn cancel(&mut self, seat: Pin<&Seat<P>>) {
        let was_notified = self.count.leave(seat);
        if self.is_on_duty || was_notified {
            self.count.notify(1);
        }
    }
}

impl<P: Port> Default for RawEventCount<P> {
    fn default() -> Self {
        Self::new()
    }
}

impl<P: Port> core::fmt::Debug for RawEventCount<P> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("RawEventCount")
            .field("waiting", &self.waiting())
            .finish_non_exhaustive()
    }
}
