//! One waiter.
//!
//! # Safety
//!
//! Nodes are reached through raw pointers from the list. A listed node is alive, because its owner takes it off the list (or sees that it was
//! taken off) before the node's memory ends; the links are touched only inside the bucket's guard. The flag that the nodes of a select share outlives the last of
//! them that is listed, for the same reason.
#![allow(
    unsafe_code,
    reason = "the memory of a node belongs to its owner and is lent to the list"
)]

use core::marker::PhantomPinned;
use core::mem::MaybeUninit;
use core::ptr;
use core::task::Waker;

use crate::atomics::{AtomicU32, AtomicUsize, Ordering, UnsafeCell, edge};
use crate::port::Port;
use crate::raw::RawLock;

/// Not waiting.
pub(super) const IDLE: u32 = 0;
/// Waiting; the owner is awake: it spins, or it is a future between polls.
pub(super) const LISTED: u32 = 1;
/// Waiting; the owner sleeps on this very word, or is about to.
pub(super) const ASLEEP: u32 = 2;
/// Waiting, asleep, on its way from the list it was on to the list of a lock, or on that: nobody can take it off but a notifier.
pub(super) const MOVED: u32 = 4;
/// Notified: off every list for good, and nobody but the owner will touch the node again.
pub(super) const NOTIFIED: u32 = 3;

/// What the notifier tells the waiter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Your turn: look again.
    Plain,
    /// What you waited for will not come (a broken barrier).
    Broken,
    /// You were let through, as number so-and-so.
    Index(u32),
    /// Your turn, and you are counted among the waiters of your lock already.
    Registered,
}

/// One waiter, in its owner's frame or future.
///
/// The roles of `state`, which only the bucket's guard lets change, but for the first:
/// * `LISTED` -> `ASLEEP` (owner, compare-exchange): the notifier must wake a sleeper from now on.
/// * any -> `NOTIFIED` (notifier, swap or store, Release; read by the owner with Acquire): edge `notified`. It carries the outcome and whatever the
///   notifier did before. The notifier does not touch the node after it.
pub(crate) struct Node<P: Port> {
    state: AtomicU32,
    /// The address it is listed under. Changes while the node is `IDLE` or `MOVED`, so that an owner who finds neither inside the guard has
    /// entered the right bucket.
    key: AtomicUsize,
    inner: UnsafeCell<Inner<P>>,
    /// The lock that the owner will want next: a notifier may move it there instead of waking it. Null for none.
    lock: *const RawLock<P>,
    is_future: bool,
    _pinned: PhantomPinned,
}

pub(super) struct Inner<P: Port> {
    /// Written when the node is listed; before, it would be written in vain by every future that need not wait.
    links: MaybeUninit<Links<P>>,
    /// Which cycle of its barrier it waits for; of no meaning elsewhere.
    pub(super) cycle: u32,
    pub(super) owner: Owner<P>,
    outcome: Outcome,
}

/// The place of a listed node.
pub(super) struct Links<P: Port> {
    pub(super) prev: *const Node<P>,
    pub(super) next: *const Node<P>,
    /// When it was listed, by the bucket's counter: a notify-all stops at those that came after it.
    pub(super) ticket: u64,
}

impl<P: Port> Inner<P> {
    /// Gives the node its place.
    pub(super) fn link(&mut self, links: Links<P>) {
        self.links.write(links);
    }

    /// The place.
    ///
    /// # Safety
    ///
    /// The node has been listed.
    pub(super) unsafe fn links(&mut self) -> &mut Links<P> {
        // SAFETY: written by `link` then.
        unsafe { self.links.assume_init_mut() }
    }
}

/// How the owner is woken.
pub(super) enum Owner<P: Port> {
    Task(P::Task),
    /// A task that waits in several places at once (a select), and sleeps on a flag that all their nodes share: see `sleeper.rs`.
    Arm(*const AtomicU32, P::Task),
    Waker(Waker),
    /// The waker has been taken by a notifier.
    Gone,
}

impl<P: Port> Owner<P> {
    /// How urgent it is, on a port that tells. A future is as urgent as the least urgent task: who will poll it is not known here.
    pub(super) fn priority(&self) -> u32 {
        self.task().map_or(0, P::priority)
    }

    /// The task, if it is one.
    pub(super) fn task(&self) -> Option<&P::Task> {
        match self {
            Self::Task(task) | Self::Arm(_, task) => Some(task),
            Self::Waker(_) | Self::Gone => None,
        }
    }
}

/// What is left to do for a notified waiter once the guard has been left.
pub(crate) enum Wake<P: Port> {
    /// It was awake, or it has been woken inside the guard.
    Done,
    /// It sleeps on its flag. The pointer is used as an address only.
    Unblock(*const AtomicU32, P::Task),
    /// It is a future.
    Waker(Waker),
}

impl<P: Port> Node<P> {
    /// A waiter that is a future; its waker comes with each [`Seat::poll`](super::Seat::poll).
    #[inline(always)]
    pub(super) fn for_future() -> Self {
        Self::new(Owner::Gone, true, ptr::null())
    }

    /// A place of a task that waits in several; who it is comes when the node is listed.
    pub(super) fn for_arm() -> Self {
        Self::new(Owner::Gone, false, ptr::null())
    }

    /// The calling task as a waiter.
    pub(crate) fn for_task() -> Self {
        Self::new(Owner::Task(P::task()), false, ptr::null())
    }

    /// The calling task as a waiter that will take `lock` after it was notified.
    pub(crate) fn for_task_with_lock(lock: &RawLock<P>) -> Self {
        Self::new(Owner::Task(P::task()), false, lock)
    }

    #[inline(always)]
    fn new(owner: Owner<P>, is_future: bool, lock: *const RawLock<P>) -> Self {
        Self {
            state: AtomicU32::new(IDLE),
            key: AtomicUsize::new(0),
            inner: UnsafeCell::new(Inner {
                links: MaybeUninit::uninit(),
                cycle: 0,
                owner,
                outcome: Outcome::Plain,
            }),
            lock,
            is_future,
            _pinned: PhantomPinned,
        }
    }

    pub(super) fn state(&self) -> &AtomicU32 {
        &self.state
    }

    pub(super) fn key(&self) -> &AtomicUsize {
        &self.key
    }

    /// The guarded part.
    ///
    /// # Safety
    ///
    /// The caller is inside the guard of the bucket that the node is (or is about to be) listed in, or is the notifier that took it off the list as `MOVED`
    /// and has not listed or notified it since, or is the owner of a node that is `IDLE` or `NOTIFIED`. References do not outlive that.
    #[inline]
    pub(super) unsafe fn inner<R>(&self, f: impl FnOnce(&mut Inner<P>) -> R) -> R {
        // SAFETY: exclusive by the caller's contract: each of the three situations excludes the others.
        self.inner.with_mut(|inner| f(unsafe { &mut *inner }))
    }

    /// Tells the owner `outcome` and says what is left to be done to wake it.
    ///
    /// # Safety
    ///
    /// The caller took the node off its list, and nobody has notified it. The node may be gone when this returns, and even before: so it comes as a pointer, because a
    /// reference among the arguments of a running function promises that it is there until the end.
    #[inline]
    pub(crate) unsafe fn notify(node: *const Self, outcome: Outcome) -> Wake<P> {
        // SAFETY: alive until it is notified below.
        let state = unsafe { &raw const (*node).state };
        // SAFETY: the notifier before `NOTIFIED`, by the contract.
        let wake = unsafe {
            (*node).inner(|inner| {
                inner.outcome = outcome;
                match &inner.owner {
                    Owner::Task(task) => Wake::Unblock(state, task.clone()),
                    Owner::Arm(flag, task) => Wake::Unblock(*flag, task.clone()),
                    Owner::Waker(_) => match core::mem::replace(&mut inner.owner, Owner::Gone) {
                        Owner::Waker(waker) => Wake::Waker(waker),
                        Owner::Task(_) | Owner::Arm(..) | Owner::Gone => Wake::Done,
                    },
                    Owner::Gone => Wake::Done,
                }
            })
        };
        // A flag that is shared is set while this node still counts as listed, and so is alive.
        let shared = match &wake {
            Wake::Unblock(flag, _) if !ptr::eq(*flag, state) => {
                // SAFETY: its owner has not seen `NOTIFIED` here, and cannot take the node off any more: it is still inside its wait.
                Some(unsafe { (**flag).swap(NOTIFIED, Ordering::Relaxed) })
            }
            _ => None,
        };
        // From here on the node belongs to its owner, and may be gone.
        if matches!(wake, Wake::Waker(_) | Wake::Done) {
            // A future never sleeps on its node: it does not matter what was there.
            // SAFETY: alive until this very write.
            unsafe { (*state).store(NOTIFIED, edge!("notified", Release)) };
            return wake;
        }
        // SAFETY: as above.
        let own = unsafe { (*state).swap(NOTIFIED, edge!("notified", Release)) };
        let before = shared.unwrap_or(own);
        match wake {
            Wake::Unblock(..) if before != ASLEEP && before != MOVED => Wake::Done,
            Wake::Unblock(flag, task) if P::UNBLOCK_NEEDS_LIVE_TASK => {
                P::unblock(flag, &task);
                Wake::Done
            }
            wake => wake,
        }
    }

    /// As [`notify`](Self::notify), for a future, which is told to look again. Nobody else changes the state of that while it is listed, so that a store does.
    ///
    /// # Safety
    ///
    /// As there, inside the guard; and it is a future's.
    #[inline(always)]
    pub(super) unsafe fn notify_future(node: *const Self) -> Option<Waker> {
        // SAFETY: the notifier before `NOTIFIED`, by the contract.
        unsafe {
            let owner = (*node).inner(|inner| {
                inner.outcome = Outcome::Plain;
                core::mem::replace(&mut inner.owner, Owner::Gone)
            });
            // From here on the node belongs to its owner, and may be gone.
            (*node).state.store(NOTIFIED, edge!("notified", Release));
            match owner {
                Owner::Waker(waker) => Some(waker),
                Owner::Task(_) | Owner::Arm(..) | Owner::Gone => None,
            }
        }
    }

    /// Inside the guard, for a listed node: the one behind it.
    pub(super) fn next(&self) -> *const Self {
        // SAFETY: inside the guard, and listed.
        unsafe { self.inner(|inner| inner.links().next) }
    }

    /// Inside the guard, for a listed node: when it was listed.
    pub(super) fn ticket(&self) -> u64 {
        // SAFETY: inside the guard, and listed.
        unsafe { self.inner(|inner| inner.links().ticket) }
    }

    /// The lock that a sleeping owner will want next.
    ///
    /// Called inside the guard.
    pub(crate) fn lock_if_asleep(&self) -> Option<*const RawLock<P>> {
        if self.state.load(Ordering::Relaxed) != ASLEEP {
            return None;
        }
        let lock = self.lock();
        (!lock.is_null()).then_some(lock)
    }

    /// The lock that the owner will want next. Constant since the node was made.
    pub(crate) fn lock(&self) -> *const RawLock<P> {
        self.lock
    }

    /// Inside the guard, for a node that sleeps and is about to be taken off: its owner will leave it alone until it is notified.
    pub(crate) fn set_moved(&self) {
        self.state.store(MOVED, Ordering::Relaxed);
    }

    /// Whether the owner is a future. Constant since the node was made.
    pub(crate) fn is_future(&self) -> bool {
        self.is_future
    }

    /// Inside the guard: whether it was moved to the list it is on.
    pub(super) fn is_moved(&self) -> bool {
        self.state.load(Ordering::Relaxed) == MOVED
    }

    /// As [`notify`](Self::notify), for a `MOVED` node that is on no list.
    ///
    /// # Safety
    ///
    /// As there.
    pub(crate) unsafe fn notify_moved(node: *const Self, outcome: Outcome) -> Wake<P> {
        if P::UNBLOCK_NEEDS_LIVE_TASK {
            // SAFETY: alive until it is notified.
            let address = unsafe { (*node).key.load(Ordering::Relaxed) };
            // SAFETY: the contract; inside the guard that the owner passes through before it goes.
            super::bucket_of::<P>(address).enter(|_| unsafe { Self::notify(node, outcome) })
        } else {
            // SAFETY: the contract.
            unsafe { Self::notify(node, outcome) }
        }
    }

    /// What the notifier said.
    ///
    /// The owner calls it after it saw `NOTIFIED`.
    pub(super) fn outcome(&self) -> Outcome {
        debug_assert_eq!(self.state.load(Ordering::Relaxed), NOTIFIED);
        // SAFETY: the owner of a `NOTIFIED` node.
        unsafe { self.inner(|inner| inner.outcome) }
    }
}

impl<P: Port> Wake<P> {
    /// Does it. Outside every guard: a waker is foreign code.
    pub(crate) fn run(self) {
        match self {
            Self::Done => {}
            Self::Unblock(flag, task) => P::unblock(flag, &task),
            Self::Waker(waker) => waker.wake(),
        }
    }
}

// SAFETY: what the pointers lead to is used by the protocol of this file only, which is made for several threads; tasks and wakers are
// `Send`.
unsafe impl<P: Port> Send for Node<P> {}
// SAFETY: as above; every access to the unguarded part is atomic.
unsafe impl<P: Port> Sync for Node<P> {}
