//! Waking on ports that leave the guard as soon as can be ([`Port::SHORT_SECTIONS`]): one waiter is notified in each section, and a search past waiters of other objects leaves the guard after a few
//! of them. So no section is longer than a constant, however many wait; and with one waiter, which is the usual case, there is nothing to collect and to carry out later.
//!
//! # Where a search goes on
//!
//! While the guard is left, any node may come and go. So the searcher leaves a node of its own at the place that it has come to. That is listed under no address, so nobody finds it; whoever takes a neighbour off mends its
//! links as those of any other. What is before it was passed for being somebody else's, or came later than the search began.
//!
//! # Where it ends
//!
//! At those that came after it began: tickets tell.
//!
//! # Why nobody is missed
//!
//! Nobody looks from outside whether anybody is listed: whoever has changed a word enters the guard. A waiter looks at the word inside. So either it finds the change, or the other one finds it listed, and no fence is needed.
//!
//! # Safety
//!
//! Follows raw pointers between nodes, inside the guard only. Lists a node in its own frame, which is off the list before that ends: nothing that is foreign or may panic runs while it is listed.
#![allow(
    unsafe_code,
    reason = "an intrusive list is raw pointers, one of them to a node in its own frame"
)]

use core::pin::pin;
use core::task::Waker;

use super::batch::OnUnwind;
use super::bucket::{Entered, bucket_of};
use super::node::{Node, Outcome};
use crate::atomics::{AtomicU32, Ordering};
use crate::port::Port;

/// How many waiters a search passes in one section. Where a task may be deleted while it searches, its mark would be left behind: there it is all of them.
const fn steps<P: Port>() -> usize {
    if P::UNBLOCK_NEEDS_LIVE_TASK {
        usize::MAX
    } else if cfg!(loom) {
        1
    } else {
        8
    }
}

/// Notifies up to `n` tasks and `n` futures that wait on `address` and are listed now, and says how many tasks there were. Each is taken from what `count` counts.
///
/// The first one is found and woken here, as there is rarely a second.
#[cold]
#[inline(never)]
pub(crate) fn notify<P: Port>(address: usize, n: u32, count: Option<&AtomicU32>) -> u32 {
    let mut wanted = Wanted {
        address,
        tasks: n,
        futures: n,
        count,
        before: u64::MAX,
    };
    let step = bucket_of::<P>(address).enter(|entered| {
        let mut next = entered.list.head;
        let mut steps = steps::<P>();
        // SAFETY: inside the guard: what is listed is alive.
        while !next.is_null() && unsafe { (*next).key() }.load(Ordering::Relaxed) != address {
            steps -= 1;
            if steps == 0 {
                return None;
            }
            // SAFETY: as above.
            next = unsafe { (*next).next() };
        }
        let found = wanted.take(entered, next);
        if !found.is_last {
            wanted.before = entered.ticket();
        }
        Some(found)
    });
    match step {
        None => wanted.notify_far::<P>(),
        Some(found) if !found.is_last => wanted.wake_and_go_on::<P>(found.waker),
        Some(found) => {
            if let Some(waker) = found.waker {
                waker.wake();
            }
        }
    }
    n - wanted.tasks
}

/// Who is looked for.
struct Wanted<'a> {
    address: usize,
    tasks: u32,
    futures: u32,
    /// What counts those of the address, changed inside the guard.
    count: Option<&'a AtomicU32>,
    /// Tickets from this one on came too late.
    before: u64,
}

/// What came of a section.
struct Found {
    /// A future was notified: by this it is to be woken, outside of the guard.
    waker: Option<Waker>,
    /// Nobody else is to be notified.
    is_last: bool,
}

impl Wanted<'_> {
    /// Inside the guard: takes a node off that is looked for, and notifies it; a task is woken at once. Null is nobody.
    #[inline(always)]
    fn take<P: Port>(&mut self, entered: &mut Entered<'_, P>, node: *const Node<P>) -> Found {
        let mut found = Found {
            waker: None,
            is_last: true,
        };
        if node.is_null() {
            return found;
        }
        if let Some(count) = self.count {
            // No read-modify-write: it is written inside the guard only.
            count.store(count.load(Ordering::Relaxed) - 1, Ordering::Relaxed);
        }
        // SAFETY: it is listed, hence alive and on this list; after `remove` we are its one notifier.
        unsafe {
            // Who comes before it is not looked for.
            found.is_last = (*node).next().is_null();
            entered.remove(&*node);
            if (*node).is_future() {
                self.futures -= 1;
                found.waker = Node::notify_future(node);
            } else {
                self.tasks -= 1;
                notify_task(node);
            }
        }
        found.is_last |= self.tasks | self.futures == 0;
        found
    }

    /// After a section that was not the last one.
    #[cold]
    #[inline(never)]
    fn wake_and_go_on<P: Port>(&mut self, waker: Option<Waker>) {
        self.wake::<P>(waker);
        self.notify_far::<P>();
    }

    /// Notifies all of them, past any number of waiters of other objects.
    #[cold]
    #[inline(never)]
    fn notify_far<P: Port>(&mut self) {
        loop {
            let found = self.search::<P>();
            if found.is_last {
                if let Some(waker) = found.waker {
                    waker.wake();
                }
                return;
            }
            self.wake::<P>(found.waker);
        }
    }

    /// Wakes a future. If the waker panics, that keeps the wake-up from nobody else.
    fn wake<P: Port>(&mut self, waker: Option<Waker>) {
        let on_unwind = OnUnwind::new(|| self.notify_far::<P>());
        if let Some(waker) = waker {
            waker.wake();
        }
        on_unwind.defuse();
    }

    /// Looks from the beginning, a few in each section, and notifies one.
    #[inline(always)]
    fn search<P: Port>(&mut self) -> Found {
        let bucket = bucket_of::<P>(self.address);
        let mark = pin!(Node::<P>::for_arm());
        let mark = mark.into_ref().get_ref();
        let mut is_listed = false;
        loop {
            let found = bucket.enter(|entered| {
                let mut next = entered.list.head;
                if is_listed {
                    next = mark.next();
                    // SAFETY: inside the guard, and on this list.
                    unsafe { entered.list.remove(mark) };
                }
                let mut steps = steps::<P>();
                // SAFETY: inside the guard: what is listed is alive.
                while !next.is_null() && !self.is_one(unsafe { &*next }) {
                    steps -= 1;
                    if steps == 0 {
                        // SAFETY: inside the guard; `next` is listed; the mark is pinned, on no list, and taken off above before this function returns: sections do not panic.
                        unsafe { entered.list.insert_after(next, mark) };
                        is_listed = true;
                        return None;
                    }
                    // SAFETY: as above.
                    next = unsafe { (*next).next() };
                }
                let found = self.take(entered, next);
                if self.before == u64::MAX {
                    self.before = entered.ticket();
                }
                Some(found)
            });
            if let Some(found) = found {
                return found;
            }
        }
    }

    /// Inside the guard: whether it is one of them.
    #[inline(always)]
    fn is_one<P: Port>(&self, node: &Node<P>) -> bool {
        let left = if node.is_future() {
            self.futures
        } else {
            self.tasks
        };
        node.key().load(Ordering::Relaxed) == self.address
            && left != 0
            && node.ticket() < self.before
    }
}

/// Inside the guard: notifies a task, and wakes it. What a port does for that is not foreign, and short.
///
/// # Safety
///
/// As [`Node::notify`].
#[cold]
#[inline(never)]
unsafe fn notify_task<P: Port>(node: *const Node<P>) {
    // SAFETY: the contract.
    unsafe {
        // Whoever was moved here by a notifier was registered with the lock on the way (`RawLock::adopt`).
        let outcome = if (*node).is_moved() {
            Outcome::Registered
        } else {
            Outcome::Plain
        };
        Node::notify(node, outcome).run();
    }
}
