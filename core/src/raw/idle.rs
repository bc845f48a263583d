//! Idle: how the workers of a pool go to sleep, and how many are woken for what is to do.
//!
//! # Why this shape
//!
//! A pool has places where tasks wait, and workers that look there. Whoever adds a task must find out, by one load, whether anything else is to be done: mostly not. And one task must not wake more than one worker, nor ten tasks ten, if one that is awake
//! already finds them all; a wake-up costs a hundred times what a small task does. So a worker without a task is *searching* first: it looks at all places, again and again, for a short while. As long as somebody searches nobody is woken: the searcher will find the
//! task, or the one behind it. The worker that ends the search with a task, as the last one, sees whether there is more, and wakes the next searcher. So the number of workers that are awake follows the work, one wake-up for each that it takes.
//!
//! # The word
//!
//! | bits | name | meaning |
//! |---|---|---|
//! | 0..15 | searching | workers that have no task and look for one |
//! | 15..30 | asleep | workers that are listed; changes inside the bucket's guard only |
//! | 30 | `GROW` | the pool may make one more worker; the owner's |
//! | 31 | `STOP` | nobody falls asleep any more; once up it stays |
//!
//! # Rules
//!
//! 1. Who has added a task looks at the word. Somebody searches: nothing else is to be done. Nobody does, but somebody sleeps: it makes one a searcher, and wakes it. Nobody does either of the two, and `GROW` is up: the caller is told to make a worker.
//! 2. A worker that begins to search says so before it looks. One that has just been made begins so: whoever was told to make it relies on it for what lies behind the first task, too.
//! 3. A searcher that has found a task counts itself off, and *then*, if it was the last, looks whether there is more, and does for that what (1) says.
//! 4. A searcher that has found nothing lists itself and counts itself off in one step, and *then* looks again. If it finds a task it takes itself off the list, and acts as (3) says. It was woken meanwhile: then it counts as a searcher, by (1), and acts as one.
//! 5. A worker whose time is up takes itself off the list. Nobody was bound to it: if somebody had been, it would have been woken.
//! 6. A worker that ends a task looks at all places before it sleeps, since it sleeps only by (4).
//!
//! # Why no task is left beside a sleeper
//!
//! Suppose a task is in its place, its adder has looked, nobody searches, and somebody sleeps. The adder did not wake anybody, so it saw a searcher in the word. All who were searching then have counted themselves off since. The last of them did so by (3) or (4), and looked after that. By the edge below it saw the task, as
//! the adder did not see its change: it took that task, or, if it had another one, woke somebody for it. Then there is a searcher again, and the argument goes on with that one. A searcher that is woken finds the task or one that came before.
//!
//! # Orderings
//!
//! Edge `task-or-idle`, Dekker's pattern: the adder adds and then looks at the word; the worker changes the word and then looks at the places. All changes of the word are sequentially consistent read-modify-writes. The adder either adds by one, too, and looks by a sequentially consistent load ([`RawIdle::added`]), or
//! passes a fence in between ([`RawIdle::added_by_a_store`]). The worker's looks must be sequentially consistent loads of what the adder's read-modify-write changed, or follow a fence of their own. A place whose adders claim first and write afterwards
//! says so ([`Attempt::is_quiet`]): then the worker passes the heavy fence and looks once more, and the adder's look follows its writing.
//!
//! Edge `notified` (`waiters/node.rs`) carries what the waker did to the worker that it wakes.
//!
//! # Who is woken
//!
//! The one that fell asleep last: its caches are warm, and those that are not needed sleep on until their time is up.
//!
//! # Safety
//!
//! Lists a node in its own frame.
#![allow(unsafe_code, reason = "lists a node in its own frame")]

use core::marker::PhantomData;
use core::pin::pin;

use super::Attempt;
use crate::atomics::{AtomicU32, Ordering, after_rmw, edge, fence_of, heavy_fence_of};
use crate::error::TimedOut;
use crate::port::{Port, Relax, TimedPort};
use crate::waiters::{
    Batch, Forever, Limit, Node, OnUnwind, Outcome, Until, bucket_of, sleep_until_notified, unlist,
};

/// One searcher.
const SEARCHER: u32 = 1;
/// One sleeper.
const SLEEPER: u32 = 1 << 15;
const SEARCHING: u32 = SLEEPER - 1;
const ASLEEP: u32 = SEARCHING << 15;
const GROW: u32 = 1 << 30;
const STOP: u32 = 1 << 31;

/// The most workers that can be counted.
pub const MAX_WORKERS: u32 = SEARCHING;

/// What is left to be done for a task that was added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use = "a worker may have to be made"]
pub enum Roused {
    /// Nothing: somebody will find it, or everybody has something to do.
    Enough,
    /// Nothing: a worker was woken.
    Woken,
    /// A worker may be made: everybody has something to do, and the pool may grow. It begins as a searcher.
    Grow,
}

/// How a worker's sleep ended.
#[derive(Debug, PartialEq, Eq)]
pub enum Slept<T> {
    /// It did not sleep: it found this. It does not count as a searcher any more, and everything that rule 3 asks for has been done but what this says.
    Found(T, Roused),
    /// It was woken, and counts as a searcher.
    Woken,
    /// Time is up; it does not count as anything.
    TimedOut,
    /// Nobody sleeps any more; it does not count as anything.
    Stopped,
}

/// Who is idle in a pool, 4 bytes.
#[repr(transparent)]
pub struct RawIdle<P: Port> {
    word: AtomicU32,
    port: PhantomData<fn() -> P>,
}

impl<P: Port> RawIdle<P> {
    maybe_const! {
        /// Nobody is idle, and the pool may not grow.
        pub fn new() -> Self {
            Self { word: AtomicU32::new(0), port: PhantomData }
        }
    }

    /// How many search: a snapshot.
    #[inline]
    pub fn searching(&self) -> u32 {
        self.word.load(Ordering::Relaxed) & SEARCHING
    }

    /// How many sleep: a snapshot.
    #[inline]
    pub fn asleep(&self) -> u32 {
        (self.word.load(Ordering::Relaxed) & ASLEEP) / SLEEPER
    }

    /// Whether [`stop`](Self::stop) has been called.
    #[inline]
    pub fn is_stopped(&self) -> bool {
        self.word.load(edge!("task-or-idle", SeqCst)) & STOP != 0
    }

    /// Says whether the pool may make one more worker. The caller has a lock for that, and looks for tasks after it has said yes.
    pub fn may_grow(&self, may: bool) {
        if may {
            self.word.fetch_or(GROW, edge!("task-or-idle", SeqCst));
            after_rmw(edge!("task-or-idle"));
        } else {
            self.word.fetch_and(!GROW, edge!("task-or-idle", SeqCst));
        }
    }

    /// Rule 1, for a task that was added by a sequentially consistent read-modify-write. Never blocks.
    #[inline(always)]
    pub fn added(&self) -> Roused {
        after_rmw(edge!("task-or-idle"));
        if is_enough(self.word.load(edge!("task-or-idle", SeqCst))) {
            return Roused::Enough;
        }
        self.rouse()
    }

    /// Rule 1, for a task that was added in any other way. Never blocks.
    #[inline(always)]
    pub fn added_by_a_store(&self) -> Roused {
        fence_of(edge!("task-or-idle"));
        if is_enough(self.word.load(Ordering::Relaxed)) {
            return Roused::Enough;
        }
        self.rouse()
    }

    /// Makes one sleeper a searcher, and wakes it, unless somebody searches.
    #[cold]
    fn rouse(&self) -> Roused {
        let bucket = bucket_of::<P>(self.address());
        let mut roused = Roused::Enough;
        let mut batch = Batch::new();
        bucket.enter(|entered| {
            let mut word = self.word.load(Ordering::Relaxed);
            while !is_enough(word) {
                // Counted and listed inside the guard: if there is a sleeper in the word, there is a node.
                let Some(node) = entered.last(self.address()) else {
                    roused = Roused::Grow;
                    return;
                };
                let change = self.word.compare_exchange_weak(
                    word,
                    word - (SLEEPER - SEARCHER),
                    edge!("task-or-idle", SeqCst),
                    Ordering::Relaxed,
                );
                match change {
                    Ok(_) => {
                        roused = Roused::Woken;
                        let node = core::ptr::from_ref(node);
                        // SAFETY: it is listed, hence alive and on this list; after `remove` we are its one notifier.
                        batch.push(unsafe {
                            entered.remove(&*node);
                            Node::notify(node, Outcome::Plain)
                        });
                        return;
                    }
                    Err(now) => word = now,
                }
            }
        });
        batch.run(|| {});
        roused
    }

    /// From now on nobody falls asleep, and all sleepers are woken. Who calls this has changed something that they will see.
    pub fn stop(&self) {
        self.word.fetch_or(STOP, edge!("task-or-idle", SeqCst));
        let mut is_done = false;
        while !is_done {
            let mut batch = Batch::new();
            bucket_of::<P>(self.address()).enter(|entered| {
                while !batch.is_full() {
                    let Some(node) = entered.last(self.address()) else {
                        is_done = true;
                        break;
                    };
                    self.word
                        .fetch_sub(SLEEPER - SEARCHER, edge!("task-or-idle", SeqCst));
                    let node = core::ptr::from_ref(node);
                    // SAFETY: as in `rouse`.
                    batch.push_even_if_done(unsafe {
                        entered.remove(&*node);
                        Node::notify(node, Outcome::Plain)
                    });
                }
            });
            batch.run(|| {});
        }
    }

    /// Rule 2: the calling worker has no task, and begins to search.
    #[inline]
    pub fn begin_search(&self) {
        self.word.fetch_add(SEARCHER, edge!("task-or-idle", SeqCst));
        after_rmw(edge!("task-or-idle"));
    }

    /// Rule 3: a searcher has found a task, or ends its search for another reason. `is_more` says whether there is any other task, or one in the making.
    #[inline]
    pub fn end_search(&self, is_more: impl FnOnce() -> bool) -> Roused {
        let before = self.word.fetch_sub(SEARCHER, edge!("task-or-idle", SeqCst));
        debug_assert_ne!(before & SEARCHING, 0);
        after_rmw(edge!("task-or-idle"));
        // With nobody to wake and nobody to make there is no need to look.
        if before & SEARCHING == SEARCHER && !is_enough(before - SEARCHER) && is_more() {
            self.rouse()
        } else {
            Roused::Enough
        }
    }

    /// Searches for a short while, awake. The caller counts as a searcher, and goes on counting as one.
    #[inline]
    pub fn search<A: Attempt>(&self, attempt: &mut A) -> Option<A::Output> {
        let mut turn = 0;
        while P::Relax::moment_turn(turn) {
            if let Some(found) = attempt.attempt() {
                return Some(found);
            }
            turn += 1;
        }
        turn = 0;
        while P::Relax::answer_turn(turn) {
            if let Some(found) = attempt.attempt() {
                return Some(found);
            }
            turn += 1;
        }
        None
    }

    /// Rule 4: a searcher that has found nothing sleeps until it is woken.
    pub fn sleep<A: Attempt>(&self, attempt: &mut A) -> Slept<A::Output> {
        match self.sleep_limited(attempt, &Forever) {
            Ok(slept) => slept,
            Err(never) => match never {},
        }
    }

    /// As [`sleep`](Self::sleep), until `deadline`.
    pub fn sleep_deadline<A: Attempt>(
        &self,
        attempt: &mut A,
        deadline: P::Instant,
    ) -> Slept<A::Output>
    where
        P: TimedPort,
    {
        match self.sleep_limited(attempt, &Until::<P>::deadline(deadline)) {
            Ok(slept) => slept,
            Err(TimedOut) => Slept::TimedOut,
        }
    }

    fn sleep_limited<A: Attempt, L: Limit<P>>(
        &self,
        attempt: &mut A,
        limit: &L,
    ) -> Result<Slept<A::Output>, L::Expired> {
        let node = pin!(Node::<P>::for_task());
        let node = node.into_ref().get_ref();
        bucket_of::<P>(self.address()).enter(|entered| {
            self.word
                .fetch_add(SLEEPER - SEARCHER, edge!("task-or-idle", SeqCst));
            // SAFETY: pinned in this frame, new, and off every list when this function returns or unwinds: see below.
            unsafe { entered.push(node, self.address(), |_| true) };
        });
        let leave = || {
            unlist(node, |_| {
                self.word.fetch_sub(SLEEPER, edge!("task-or-idle", SeqCst));
                true
            })
        };
        let on_unwind = OnUnwind::new(|| {
            if !leave() {
                // Woken, and so a searcher: somebody else is to search.
                let _ = self.end_search(|| true);
            }
        });
        let found = self.look_again(attempt);
        on_unwind.defuse();
        let is_stopped = self.word.load(edge!("task-or-idle", SeqCst)) & STOP != 0;
        if found.is_some() || is_stopped {
            let was_listed = leave();
            let Some(found) = found else {
                if !was_listed {
                    let _ = self.end_search(|| false);
                }
                return Ok(Slept::Stopped);
            };
            let roused = if !was_listed {
                self.end_search(|| attempt.is_more())
            } else {
                after_rmw(edge!("task-or-idle"));
                if !is_enough(self.word.load(edge!("task-or-idle", SeqCst))) && attempt.is_more() {
                    self.rouse()
                } else {
                    Roused::Enough
                }
            };
            return Ok(Slept::Found(found, roused));
        }
        P::assert_may_block();
        sleep_until_notified(node, limit, |_| {
            self.word.fetch_sub(SLEEPER, edge!("task-or-idle", SeqCst));
            true
        })?;
        Ok(Slept::Woken)
    }

    /// Rule 4, after listing: a look that misses no task whose adder has not seen the listing.
    fn look_again<A: Attempt>(&self, attempt: &mut A) -> Option<A::Output> {
        after_rmw(edge!("task-or-idle"));
        let found = attempt.attempt();
        if found.is_some() || attempt.is_quiet() {
            return found;
        }
        heavy_fence_of::<P>(edge!("task-or-idle"));
        attempt.attempt()
    }

    fn address(&self) -> usize {
        core::ptr::from_ref(&self.word).addr()
    }
}

/// Rule 1: whether nothing is to be done.
#[inline(always)]
const fn is_enough(word: u32) -> bool {
    word & SEARCHING != 0 || word & (ASLEEP | GROW) == 0
}

impl<P: Port> Default for RawIdle<P> {
    fn default() -> Self {
        Self::new()
    }
}

impl<P: Port> core::fmt::Debug for RawIdle<P> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("RawIdle")
            .field("searching", &self.searching())
            .field("asleep", &self.asleep())
            .field("stopped", &self.is_stopped())
            .finish()
    }
}
