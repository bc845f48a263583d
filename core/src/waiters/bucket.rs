//! One bucket of a port's table: a guard, a list and how long it is.
//!
//! # Safety
//!
//! Opens `unsafe` to reach the list inside the guard and to share the bucket between threads.
#![allow(unsafe_code, reason = "the list is plain memory behind the guard")]

use core::cell::Cell;

use super::Batch;
use super::list::{Kinds, List};
use super::node::{ASLEEP, LISTED, MOVED, Node, Outcome, Wake};
use crate::atomics::{AtomicU8, AtomicU32, Ordering, UnsafeCell, edge, fence_of};
use crate::port::{Guard, Port};

/// Waiters whose addresses fall together. A port declares a `static` array of them; see [`Port::table`].
///
/// `len` counts the listed nodes so that a waker can see without entering that there is nobody; see edge `listed-or-looked` in the
/// README.
pub struct Bucket<P: Port> {
    guard: P::Guard,
    len: AtomicU32,
    /// Whose turn it is when listed waiters and sleepers wait on one word: the sleepers', if it is odd.
    turn: AtomicU8,
    list: UnsafeCell<List<P>>,
}

// SAFETY: the list is reached inside the guard only, and nodes may be used from any thread (`node.rs`).
unsafe impl<P: Port> Sync for Bucket<P> {}
// SAFETY: as above.
unsafe impl<P: Port> Send for Bucket<P> {}

impl<P: Port> core::fmt::Debug for Bucket<P> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Bucket")
            .field("len", &self.len.load(Ordering::Relaxed))
            .finish_non_exhaustive()
    }
}

impl<P: Port> Default for Bucket<P> {
    fn default() -> Self {
        Self::new()
    }
}

/// The bucket of an address.
#[inline]
pub(crate) fn bucket_of<P: Port>(address: usize) -> &'static Bucket<P> {
    // Fibonacci hashing: the top bits of the product are well mixed; rotate them down.
    const GOLDEN: usize = 0x9E37_79B9_7F4A_7C15_u64 as usize;
    let table = P::table();
    let bits = table.len().trailing_zeros();
    let hash = address.wrapping_mul(GOLDEN).rotate_left(bits);
    &table[hash & (table.len() - 1)]
}

impl<P: Port> Bucket<P> {
    #[cfg(not(loom))]
    /// An empty bucket.
    pub const fn new() -> Self {
        Self {
            guard: P::Guard::NEW,
            len: AtomicU32::new(0),
            turn: AtomicU8::new(0),
            list: UnsafeCell::new(List::new()),
        }
    }

    #[cfg(loom)]
    /// An empty bucket.
    pub fn new() -> Self {
        Self {
            guard: P::Guard::new(),
            len: AtomicU32::new(0),
            turn: AtomicU8::new(0),
            list: UnsafeCell::new(List::new()),
        }
    }

    /// True when a waker need not look: nobody is listed. Second half of edge `listed-or-looked` for wakers, which put a fence before it.
    pub(crate) fn is_empty(&self) -> bool {
        self.len.load(Ordering::Relaxed) == 0
    }

    /// Calls `f` inside the guard.
    pub(crate) fn enter<R>(&self, f: impl FnOnce(&mut Entered<'_, P>) -> R) -> R {
        struct Leave<'a, P: Port>(&'a Bucket<P>, Option<<P::Guard as Guard>::State>);
        impl<P: Port> Drop for Leave<'_, P> {
            fn drop(&mut self) {
                if let Some(state) = self.1.take() {
                    // SAFETY: the state of our own `enter`, once.
                    unsafe { self.0.guard.leave(state) };
                }
            }
        }
        let _leave = Leave(self, Some(self.guard.enter()));
        self.list.with_mut(|list| {
            // SAFETY: inside the guard nobody else reaches the list.
            let list = unsafe { &mut *list };
            f(&mut Entered {
                list,
                len: &self.len,
                cycle: Cell::new(0),
            })
        })
    }

    /// Enters and stays inside, for the handlers of `fork`.
    ///
    /// # Safety
    ///
    /// The caller calls [`let_go`](Self::let_go) or [`let_go_alone`](Self::let_go_alone) with what it got, and until then uses nothing of this port that may wait or wake.
    pub unsafe fn hold(&self) -> <P::Guard as Guard>::State {
        self.guard.enter()
    }

    /// Ends [`hold`](Self::hold): in the parent.
    ///
    /// # Safety
    ///
    /// `state` is what the caller's `hold` of this bucket returned, used once.
    pub unsafe fn let_go(&self, state: <P::Guard as Guard>::State) {
        // SAFETY: the contract.
        unsafe { self.guard.leave(state) };
    }

    /// Ends [`hold`](Self::hold) in a child that has no other thread: takes all tasks off the list, because the threads they are nodes of do not exist here, and
    /// the memory of their stacks will be used again. Futures stay.
    ///
    /// # Safety
    ///
    /// As [`let_go`](Self::let_go); and no task that is listed exists.
    pub unsafe fn let_go_alone(&self, state: <P::Guard as Guard>::State) {
        self.list.with_mut(|list| {
            // SAFETY: inside the guard since `hold`.
            let list = unsafe { &mut *list };
            let mut entered = Entered {
                list,
                len: &self.len,
                cycle: Cell::new(0),
            };
            // SAFETY: inside the guard; the memory of the nodes is still as it was, and they are on this list.
            unsafe {
                while let Some(node) = entered.list.first_task() {
                    entered.remove(node);
                }
            }
        });
        // SAFETY: the contract.
        unsafe { self.guard.leave(state) };
    }

    /// Takes the nodes of a task off the list that its system ends from outside while it waits. For ports of systems that can do that, and say so in time; what the task waited for goes on counting it.
    ///
    /// # Safety
    ///
    /// The task that `is_it` is true of will not run again, and the memory of its nodes is as it left it.
    pub unsafe fn forget(&self, is_it: impl Fn(&P::Task) -> bool) {
        self.enter(|entered| {
            // SAFETY: inside the guard; the node is on this list, and its memory is there, by the contract.
            unsafe {
                while let Some(node) = entered.list.first_of_task(&is_it) {
                    entered.remove(node);
                }
            }
        });
    }

    /// Changes whose turn it is, and says whether it was the sleepers'. Two that do it at once may do it once: then one of them is served out of turn.
    pub(super) fn sleepers_turn(&self) -> bool {
        let turn = self.turn.load(Ordering::Relaxed);
        self.turn.store(turn ^ 1, Ordering::Relaxed);
        turn & 1 != 0
    }

    /// Notifies so many waiters of each kind that wait on `address` and are listed now, and says how many there were.
    pub(super) fn notify(&self, address: usize, wanted: Counts) -> Counts {
        let mut before = None;
        let mut found = Counts {
            tasks: 0,
            futures: 0,
        };
        loop {
            let mut batch = Batch::new();
            self.enter(|entered| {
                let before = *before.get_or_insert(entered.ticket());
                while !batch.is_full() {
                    let kinds = Kinds {
                        tasks: found.tasks < wanted.tasks,
                        futures: found.futures < wanted.futures,
                    };
                    let Some(node) = entered.first(address, before, kinds) else {
                        break;
                    };
                    if node.is_future() {
                        found.futures += 1;
                    } else {
                        found.tasks += 1;
                    }
                    // Whoever was moved here by a notifier was registered with the lock on the way (`RawLock::adopt`).
                    let outcome = if node.is_moved() {
                        Outcome::Registered
                    } else {
                        Outcome::Plain
                    };
                    let node = core::ptr::from_ref(node);
                    // SAFETY: it is listed, hence alive and on this list; after `remove` we are its one notifier.
                    batch.push_even_if_done(unsafe {
                        entered.remove(&*node);
                        Node::notify(node, outcome)
                    });
                }
            });
            let more = batch.is_full();
            batch.run(|| {
                let rest = Counts {
                    tasks: wanted.tasks - found.tasks,
                    futures: wanted.futures - found.futures,
                };
                self.notify(address, rest);
            });
            if !more {
                return found;
            }
        }
    }
}

/// Numbers of waiters, by kind.
#[derive(Debug, Clone, Copy)]
pub(super) struct Counts {
    pub(super) tasks: u32,
    pub(super) futures: u32,
}

/// What can be done inside the guard.
pub(crate) struct Entered<'a, P: Port> {
    pub(super) list: &'a mut List<P>,
    len: &'a AtomicU32,
    /// What [`wait_for_cycle`](Self::wait_for_cycle) said.
    cycle: Cell<u32>,
}

impl<P: Port> Entered<'_, P> {
    /// The ticket that the next node would get: all nodes listed now have earlier ones.
    pub(crate) fn ticket(&self) -> u64 {
        self.list.tickets
    }

    /// Lists a node under `address`, if `check` still holds once the node counts as listed.
    ///
    /// Edge `listed-or-looked`, the waiter's side: the length is raised, then the fence, then `check` looks at the word. A waker changes the word, then the
    /// fence, then looks at the length. One of them sees the other.
    ///
    /// # Safety
    ///
    /// `node` is alive and pinned, on no list, and its owner keeps the contract of `node.rs`. `address` belongs to the bucket.
    pub(crate) unsafe fn push(
        &mut self,
        node: &Node<P>,
        address: usize,
        check: impl FnOnce(&Self) -> bool,
    ) -> bool {
        // SAFETY: the contract.
        unsafe { self.push_as(LISTED, node, address, check) }
    }

    /// As [`push`](Self::push), for a node that is `MOVED` and stays so.
    ///
    /// # Safety
    ///
    /// As there.
    pub(crate) unsafe fn push_moved(
        &mut self,
        node: &Node<P>,
        address: usize,
        check: impl FnOnce(&Self) -> bool,
    ) -> bool {
        // SAFETY: the contract.
        unsafe { self.push_as(MOVED, node, address, check) }
    }

    #[inline(always)]
    unsafe fn push_as(
        &mut self,
        state: u32,
        node: &Node<P>,
        address: usize,
        check: impl FnOnce(&Self) -> bool,
    ) -> bool {
        if !P::SHORT_SECTIONS {
            self.add_to_len(1);
            fence_of(edge!("listed-or-looked"));
        }
        if !check(self) {
            self.add_to_len(u32::MAX);
            return false;
        }
        // SAFETY: the contract.
        unsafe { self.link(state, node, address) };
        true
    }

    /// Lists a node under `address` where notifiers do not go by the length: they have a word of their own that tells them to enter the guard.
    ///
    /// # Safety
    ///
    /// As [`push`](Self::push).
    #[inline]
    pub(crate) unsafe fn push_told(&mut self, node: &Node<P>, address: usize) {
        self.add_to_len(1);
        // SAFETY: the contract.
        unsafe { self.link(LISTED, node, address) };
    }

    /// The end of both.
    ///
    /// # Safety
    ///
    /// As [`push`](Self::push).
    #[inline]
    unsafe fn link(&mut self, state: u32, node: &Node<P>, address: usize) {
        node.key().store(address, Ordering::Relaxed);
        node.state().store(state, Ordering::Relaxed);
        // SAFETY: inside the guard; the rest is the caller's contract.
        unsafe { self.list.push(node, self.cycle.get()) };
    }

    /// The first node of `address` of these kinds that was listed before ticket `before`.
    pub(crate) fn first(&self, address: usize, before: u64, kinds: Kinds) -> Option<&Node<P>> {
        // SAFETY: inside the guard, and the reference borrows `self`.
        unsafe { self.list.first(address, before, kinds) }
    }

    /// The node of `address` that was listed last; among nodes of several priorities, the least urgent.
    pub(crate) fn last(&self, address: usize) -> Option<&Node<P>> {
        // SAFETY: inside the guard, and the reference borrows `self`.
        unsafe { self.list.last(address) }
    }

    /// Takes a listed node off.
    ///
    /// # Safety
    ///
    /// `node` is on this bucket's list.
    pub(crate) unsafe fn remove(&mut self, node: &Node<P>) {
        // SAFETY: inside the guard; listed, by the contract.
        unsafe { self.list.remove(node) };
        self.add_to_len(u32::MAX);
    }

    /// Not a read-modify-write: inside the guard nobody else changes it. With short sections nobody looks at it (`one_at_a_time.rs`).
    fn add_to_len(&self, difference: u32) {
        if P::SHORT_SECTIONS {
            return;
        }
        let len = self.len.load(Ordering::Relaxed);
        self.len
            .store(len.wrapping_add(difference), Ordering::Relaxed);
    }

    /// The node that is listed next will wait for this cycle.
    pub(crate) fn wait_for_cycle(&self, cycle: u32) {
        self.cycle.set(cycle);
    }

    /// Takes the first node of `address` that waits for this cycle off and notifies it.
    pub(crate) fn notify_first(
        &mut self,
        address: usize,
        cycle: u32,
        outcome: Outcome,
    ) -> Option<Wake<P>> {
        // SAFETY: inside the guard, which lasts longer than our use of the node.
        let node = core::ptr::from_ref(unsafe { self.list.first_of_cycle(address, cycle) }?);
        // SAFETY: it is listed, hence alive and on this list; after `remove` we are its one notifier.
        unsafe {
            self.remove(&*node);
            Some(Node::notify(node, outcome))
        }
    }
}

/// Takes the caller's own listed node off its list if `may_leave`, which is called inside the guard, agrees. False when it does not, or when a notifier
/// came first: it has notified the node, or moved it and will notify it.
pub(crate) fn unlist<P: Port>(
    node: &Node<P>,
    may_leave: impl FnOnce(&mut Entered<'_, P>) -> bool,
) -> bool {
    let address = node.key().load(Ordering::Relaxed);
    bucket_of::<P>(address).enter(
        |entered| match node.state().load(edge!("notified", Acquire)) {
            LISTED | ASLEEP => {
                let leaves = may_leave(entered);
                if leaves {
                    // SAFETY: these states mean "listed" inside the guard of the bucket of its key, which this is (`Node::key`).
                    unsafe { entered.remove(node) };
                }
                leaves
            }
            _ => false,
        },
    )
}
