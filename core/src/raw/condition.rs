//! The condition: a queue of waiters, found by the condition's address.
//!
//! # Why this shape
//!
//! A sequence number on which everybody sleeps (the usual futex condition) cannot say *who* is meant by a notify: a waiter that comes later can take it, two can return for one,
//! and one that times out can swallow it. Rows T-74, T-77 and T-80 promise exact counts, oldest first. So each waiter is a node in its own frame, and a notify takes nodes off the queue.
//!
//! Rows T-78 and T-79 ask for decisions. T-78: a waiter whose time has run out but that a notify reaches before it left the queue *was notified*: it says so. A notify is never
//! lost on one that gave up. T-79: who holds the lock is proved by the guard that `wait` takes, so "held by someone" cannot be mistaken for "held by me".
//!
//! # Moving instead of waking
//!
//! Whoever is notified wants the lock next, and as a rule the notifier holds it. A sleeper is then not woken to fall asleep again on the lock: its node is moved to the
//! lock's queue ([`RawLock::adopt`]), and the release wakes it. So `notify_all` wakes one waiter at a time, each when it can have the lock: no herd. A waiter that is still awake is just told.
//!
//! # Orderings
//!
//! `waiting` counts the queued nodes; it changes inside the bucket's guard only. A notifier reads it without: if it came after the waiter let go of the lock (edge
//! `released`) it sees the waiter; if it did not, the notify is not ordered after the wait, and may miss it (every condition variable says so). Edge `notified` (`waiters/node.rs`) carries what the
//! notifier did.
//!
//! # Safety
//!
//! Lists a node in its own frame, and reaches the lock of a waiter through the pointer in its node: the waiter is inside `wait`, so the lock it borrows is alive.
#![allow(
    unsafe_code,
    reason = "lists a node in its own frame and follows its pointer to the lock"
)]

use core::marker::PhantomData;
use core::pin::{Pin, pin};
use core::task::{Context, Poll};

use crate::atomics::{AtomicU32, Ordering};
use crate::port::Port;
use crate::raw::lock::{Acquire, Adopted};
use crate::raw::{RawLock, Suspend};
use crate::waiters::{
    AtOnce, Batch, Forever, Kinds, Left, Limit, Node, OnUnwind, Outcome, Seat, Turn, Waiting, Wake,
    bucket_of, sleep_until_notified,
};

/// A condition variable without a lock of its own, 4 bytes.
#[repr(transparent)]
pub struct RawCondition<P: Port> {
    waiting: AtomicU32,
    port: PhantomData<fn() -> P>,
}

impl<P: Port> RawCondition<P> {
    maybe_const! {
        /// A condition that nobody waits for.
        pub fn new() -> Self {
            Self { waiting: AtomicU32::new(0), port: PhantomData }
        }
    }

    /// How many wait: a snapshot.
    #[inline]
    pub fn waiting(&self) -> u32 {
        self.waiting.load(Ordering::Relaxed)
    }

    pub(super) fn address(&self) -> usize {
        core::ptr::from_ref(&self.waiting).addr()
    }

    /// Inside the guard: one more or one fewer is queued.
    pub(super) fn count(&self, change: i32) {
        let now = self
            .waiting
            .load(Ordering::Relaxed)
            .wrapping_add_signed(change);
        self.waiting.store(now, Ordering::Relaxed);
    }

    /// Releases `lock`, waits, takes it again, however the wait ended.
    ///
    /// # Safety
    ///
    /// The caller holds `lock`, and uses nothing that it protects until this returns.
    pub(crate) unsafe fn wait<S: Suspend<P>, L: Limit<P>>(
        &self,
        lock: &S,
        limit: &L,
    ) -> Result<(), L::Expired> {
        P::assert_may_block();
        let node = pin!(Node::<P>::for_task_with_lock(lock.raw_lock()));
        let node = node.into_ref().get_ref();
        bucket_of::<P>(self.address()).enter(|entered| {
            // SAFETY: pinned in this frame, new, and `sleep_until_notified` returns only when it is off every list.
            unsafe { entered.push(node, self.address(), |_| true) };
            self.count(1);
        });
        // SAFETY: the caller holds it.
        let saved = unsafe { lock.saved() };
        // A release may wake a future, and its waker may panic: the wait is ended in good order all the same.
        let on_unwind = OnUnwind::new(|| {
            if self.finish(node, lock, saved, &AtOnce).is_ok() {
                // It was told, and nobody will act on it: tell another.
                self.notify(1);
            }
        });
        // SAFETY: the caller holds it, and uses nothing under it.
        unsafe { lock.suspend() };
        on_unwind.defuse();
        self.finish(node, lock, saved, limit)
    }

    /// The second half of a wait: until the listed `node` is notified or time runs out, and then for the lock.
    fn finish<S: Suspend<P>, L: Limit<P>>(
        &self,
        node: &Node<P>,
        lock: &S,
        saved: S::Saved,
        limit: &L,
    ) -> Result<(), L::Expired> {
        let outcome = sleep_until_notified(node, limit, |_| {
            self.count(-1);
            true
        });
        let registered = matches!(outcome, Ok(Outcome::Registered));
        let Ok(()) = if registered {
            lock.raw_lock().acquire_registered(&Forever)
        } else {
            lock.raw_lock().acquire(&Forever)
        };
        // SAFETY: the inner lock is ours again, after `suspend` by this task.
        unsafe { lock.resume(saved) };
        outcome.map(|_| ())
    }

    /// Notifies up to `n` of those that wait now, oldest first, and says how many.
    pub fn notify(&self, n: u32) -> u32 {
        if self.waiting() == 0 || n == 0 {
            return 0;
        }
        let bucket = bucket_of::<P>(self.address());
        let mut before = None;
        let mut notified = 0;
        while notified < n {
            let mut batch = Batch::new();
            let mut moved = None;
            bucket.enter(|entered| {
                let before = *before.get_or_insert(entered.ticket());
                while notified < n && !batch.is_full() && moved.is_none() {
                    let Some(node) = entered.first(self.address(), before, Kinds::ALL) else {
                        break;
                    };
                    let movable = node.lock_if_asleep().is_some_and(|lock| {
                        // SAFETY: the waiter is listed, so it is inside `wait`, which borrows the lock.
                        unsafe { (*lock).is_locked() }
                    });
                    let node = core::ptr::from_ref(node);
                    notified += 1;
                    self.count(-1);
                    // SAFETY: it is on this list; after that it is ours to move or to notify, once.
                    unsafe {
                        if movable {
                            (*node).set_moved();
                            entered.remove(&*node);
                            moved = Some(node);
                        } else {
                            entered.remove(&*node);
                            batch.push_even_if_done(Node::notify(node, Outcome::Plain));
                        }
                    }
                }
            });
            let progress = batch.is_full() || moved.is_some();
            if let Some(node) = moved {
                // SAFETY: moved: its owner stays until it is notified, and nobody else touches it.
                batch.push(unsafe { move_to_lock(node) });
            }
            batch.run(|| {
                self.notify(n - notified);
            });
            if !progress {
                break;
            }
        }
        notified
    }
}

/// Puts a moved waiter into the queue of its lock, or wakes it if the lock is free by now.
///
/// # Safety
///
/// The node is `MOVED` and on no list. It may be gone before this returns.
unsafe fn move_to_lock<P: Port>(node: *const Node<P>) -> Wake<P> {
    // SAFETY: the waiter stays inside `wait` until it is notified, and `wait` borrows the lock.
    let lock: &RawLock<P> = unsafe { &*(*node).lock() };
    // SAFETY: `MOVED`, on no list.
    match unsafe { lock.adopt(node) } {
        Adopted::Queued => Wake::Done,
        // SAFETY: still ours to notify.
        Adopted::Registered => unsafe { Node::notify_moved(node, Outcome::Registered) },
        // SAFETY: as above.
        Adopted::Free => unsafe { Node::notify_moved(node, Outcome::Plain) },
    }
}

/// An asynchronous wait: first for a notification, then for the lock.
pub(crate) struct Wait<'a, P: Port, S: Suspend<P>> {
    condition: &'a RawCondition<P>,
    lock: &'a S,
    saved: Option<S::Saved>,
    /// The second half, once notified.
    acquire: Option<Acquire<'a, P>>,
}

impl<P: Port> RawCondition<P> {
    /// A wait that releases `lock` at its first poll and holds it again when it is ready. Dropped before, it leaves the lock released.
    ///
    /// # Safety
    ///
    /// The caller holds `lock` when the future is polled first, and uses nothing that it protects until it is ready.
    pub(crate) unsafe fn wait_async<'a, S: Suspend<P>>(
        &'a self,
        lock: &'a S,
    ) -> Waiting<P, Wait<'a, P, S>>
    where
        S::Saved: Unpin,
    {
        Waiting::new(Wait {
            condition: self,
            lock,
            saved: None,
            acquire: None,
        })
    }
}

impl<P: Port, S: Suspend<P>> Turn<P> for Wait<'_, P, S>
where
    S::Saved: Unpin,
{
    type Output = ();

    fn poll(&mut self, seat: Pin<&Seat<P>>, context: &mut Context<'_>) -> Poll<()> {
        if self.acquire.is_none() {
            let listed = seat.poll_entered(self.condition.address(), context, |_| {
                self.condition.count(1);
                true
            });
            if listed.is_pending() {
                if self.saved.is_none() {
                    // SAFETY: the first poll: the caller holds it, by the contract of `wait_async`.
                    self.saved = Some(unsafe { self.lock.saved() });
                    // SAFETY: as above.
                    unsafe { self.lock.suspend() };
                }
                return Poll::Pending;
            }
            self.acquire = Some(self.lock.raw_lock().acquire_turn());
        }
        let Some(acquire) = &mut self.acquire else {
            return Poll::Pending;
        };
        if acquire.poll(seat, context).is_pending() {
            return Poll::Pending;
        }
        if let Some(saved) = self.saved.take() {
            // SAFETY: the inner lock is ours again, after our own `suspend`.
            unsafe { self.lock.resume(saved) };
        }
        Poll::Ready(())
    }

    fn cancel(&mut self, seat: Pin<&Seat<P>>) {
        let notified = match &mut self.acquire {
            Some(acquire) => {
                acquire.cancel(seat);
                true
            }
            None => matches!(seat.leave(|_| self.condition.count(-1)), Left::Notified(_)),
        };
        if notified {
            // It was told, and nobody will act on it: tell another.
            self.condition.notify(1);
        }
    }
}

impl<P: Port> Default for RawCondition<P> {
    fn default() -> Self {
        Self::new()
    }
}

impl<P: Port> core::fmt::Debug for RawCondition<P> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("RawCondition")
            .field("waiting", &self.waiting())
            .finish()
    }
}
