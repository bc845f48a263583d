//! Who is to be told when a task is done: groups that wait for several, callbacks, and the task of an asynchronous program that awaits this one.
//!
//! A list with a lock beside the state word. The word says in one bit whether there is anything on it, so that completing a task which nobody observes costs nothing here (rules 2 and 3 of `core/src/raw/future.rs`).
//!
//! * **Order.** Groups come first, then callbacks in the order of their registration, the waker at the end.
//! * **Lifetime.** A node of a callback belongs to the list. A node of a group belongs to its owner, who takes it off before it goes; both touch the links inside the lock only. What is called afterwards has been moved out of the node
//!   inside the lock. An owner that is leaked leaks its nodes, too, so they stay where they are.
//! * **Foreign code** (callbacks, wakers, their destructors) runs outside the lock, and shielded.
//! * **No value is moved** before the list is empty and the word says so: the last look at the list and [`settle`](selvedge_core::raw::RawFuture::settle) are one step inside the lock.
//!
//! # Safety
//!
//! Follows raw pointers between nodes, by the argument above.
#![allow(unsafe_code, reason = "an intrusive list")]

use std::cell::{Cell, UnsafeCell};
use std::ptr::{self, NonNull};
use std::sync::Arc;
use std::task::Waker;

use selvedge_core::raw::FutureState;

use super::header::{Header, header, is_settled};
use crate::threading::{Mutex, shielded};

/// Several futures that somebody waits for at once.
pub(in crate::concurrent::futures) trait Group: Send + Sync {
    /// Member number so-and-so is done. Called once for each that was registered. It may call a waker.
    fn completed(&self, index: usize, failed: bool);
}

/// A callback that knows the type of the value.
type Callback = Box<dyn FnOnce(NonNull<Header>) + Send>;

enum What {
    Nothing,
    Callback(Callback),
    Member(Arc<dyn Group>, usize),
}

/// A place on the list of one task.
pub(in crate::concurrent::futures) struct Node(UnsafeCell<Links>);

struct Links {
    prev: *const Node,
    next: *const Node,
    listed: bool,
    what: What,
}

impl Node {
    /// A member of a group.
    pub(in crate::concurrent::futures) fn member(group: Arc<dyn Group>, index: usize) -> Self {
        Self::new(What::Member(group, index))
    }

    fn new(what: What) -> Self {
        Self(UnsafeCell::new(Links {
            prev: ptr::null(),
            next: ptr::null(),
            listed: false,
            what,
        }))
    }
}

/// Makes two neighbours of each other.
///
/// # Safety
///
/// Inside the lock; both are alive.
unsafe fn join(before: *const Node, after: *const Node) {
    // SAFETY: the contract.
    unsafe {
        (*(*before).0.get()).next = after;
        (*(*after).0.get()).prev = before;
    }
}

/// The list of one task.
pub(super) struct Observers(Mutex<List>);

struct List {
    /// Of a ring of groups, then callbacks.
    first: *const Node,
    /// The one who awaits the value.
    waker: Option<Waker>,
}

// SAFETY: nodes are reached inside the lock only, and what they hold is `Send`.
unsafe impl Send for List {}

impl Observers {
    pub(super) fn new() -> Self {
        Self(Mutex::new(List {
            first: ptr::null(),
            waker: None,
        }))
    }
}

impl List {
    /// # Safety
    ///
    /// Inside the lock; the node is alive until it is taken off, and on no list.
    unsafe fn push(&mut self, node: *const Node, at_front: bool) {
        // SAFETY: inside the lock, and listed nodes are alive.
        unsafe {
            let links = (*node).0.get();
            (*links).listed = true;
            if self.first.is_null() {
                join(node, node);
                self.first = node;
                return;
            }
            let last = (*(*self.first).0.get()).prev;
            join(last, node);
            join(node, self.first);
            if at_front {
                self.first = node;
            }
        }
    }

    /// # Safety
    ///
    /// Inside the lock; the node is on this list.
    unsafe fn remove(&mut self, node: *const Node) {
        // SAFETY: inside the lock, and listed nodes are alive.
        unsafe {
            let links = (*node).0.get();
            (*links).listed = false;
            let next = (*links).next;
            join((*links).prev, next);
            if self.first == node {
                self.first = if next == node { ptr::null() } else { next };
            }
        }
    }

    /// Takes off the first node, and what it says.
    fn pop(&mut self) -> Option<What> {
        let node = self.first;
        if node.is_null() {
            return None;
        }
        // SAFETY: inside the lock, and listed nodes are alive. A callback's node is the list's own, made by `Box`.
        unsafe {
            self.remove(node);
            let what = std::mem::replace(&mut (*(*node).0.get()).what, What::Nothing);
            if matches!(what, What::Callback(_)) {
                drop(Box::from_raw(node.cast_mut()));
            }
            Some(what)
        }
    }
}

/// Lists a member of a group; false if the task is done.
///
/// # Safety
///
/// The caller has a handle. The node stays where it is until [`withdraw`] was called with it, or for ever.
pub(in crate::concurrent::futures) unsafe fn enlist(
    task: NonNull<Header>,
    node: NonNull<Node>,
) -> bool {
    // SAFETY: the contract.
    let header = unsafe { header(task) };
    let mut list = header.observers.0.lock();
    let observed = header.state.observe();
    if observed {
        // SAFETY: inside the lock; the contract.
        unsafe { list.push(node.as_ptr(), true) };
    }
    observed
}

/// Takes the node of a member off, if it is listed.
///
/// # Safety
///
/// The caller has a handle to the task that the node was given to, if to any.
pub(in crate::concurrent::futures) unsafe fn withdraw(task: NonNull<Header>, node: NonNull<Node>) {
    // SAFETY: the contract.
    let mut list = unsafe { header(task) }.observers.0.lock();
    // SAFETY: inside the lock.
    unsafe {
        if (*node.as_ref().0.get()).listed {
            list.remove(node.as_ptr());
        }
    }
}

/// Adds a callback; it comes back if the task is done.
///
/// # Safety
///
/// The caller has a handle.
pub(in crate::concurrent::futures) unsafe fn add_callback<F>(
    task: NonNull<Header>,
    callback: F,
) -> Result<(), F>
where
    F: FnOnce(NonNull<Header>) + Send + 'static,
{
    // SAFETY: the contract.
    let header = unsafe { header(task) };
    let mut list = header.observers.0.lock();
    if !header.state.observe() {
        return Err(callback);
    }
    let node = Box::new(Node::new(What::Callback(Box::new(callback))));
    // SAFETY: inside the lock; the node belongs to the list from here on.
    unsafe { list.push(Box::into_raw(node), false) };
    Ok(())
}

/// Leaves a waker for the time when the value may be taken; false if that is now.
///
/// # Safety
///
/// The caller has the one unique handle.
pub(in crate::concurrent::futures) unsafe fn set_waker(
    task: NonNull<Header>,
    waker: &Waker,
) -> bool {
    // SAFETY: the contract.
    let header = unsafe { header(task) };
    // Cloning and dropping is foreign code: outside the lock.
    let mut waker = Some(waker.clone());
    let mut list = header.observers.0.lock();
    // Who calls the callbacks looks for the waker inside the lock, before it says that it is settled.
    let waits = header.state.observe() || !is_settled(header);
    if waits {
        std::mem::swap(&mut list.waker, &mut waker);
    }
    drop(list);
    drop(waker);
    waits
}

/// Whoever awaited it is not interested any more.
///
/// # Safety
///
/// The caller has the one unique handle.
pub(in crate::concurrent::futures) unsafe fn clear_waker(task: NonNull<Header>) {
    // SAFETY: the contract.
    let header = unsafe { header(task) };
    if header.state.is_observed() {
        let waker = header.observers.0.lock().waker.take();
        drop(waker);
    }
}

thread_local! {
    /// The tasks whose callbacks this thread is calling, innermost first.
    static CALLING: Cell<*const Calling> = const { Cell::new(ptr::null()) };
}

struct Calling {
    task: NonNull<Header>,
    outer: *const Self,
}

/// Whether the calling thread is inside a callback of this task: then it must not wait for the end of the callbacks.
pub(in crate::concurrent::futures) fn is_called_here(task: NonNull<Header>) -> bool {
    let mut calling = CALLING.get();
    // SAFETY: frames of this thread, which are still being executed.
    while let Some(frame) = unsafe { calling.as_ref() } {
        if frame.task == task {
            return true;
        }
        calling = frame.outer;
    }
    false
}

/// Calls everybody, and lets go of the value. Never unwinds.
///
/// # Safety
///
/// The caller has a handle, and has completed the task.
pub(super) unsafe fn call(task: NonNull<Header>) {
    // SAFETY: the contract.
    let header = unsafe { header(task) };
    let failed = header.state.state() == FutureState::Failed;
    let frame = Calling {
        task,
        outer: CALLING.get(),
    };
    CALLING.set(&raw const frame);
    let (waker, must_wake) = loop {
        let mut list = header.observers.0.lock();
        let Some(what) = list.pop() else {
            break (list.waker.take(), header.state.settle());
        };
        drop(list);
        match what {
            What::Nothing => {}
            What::Member(group, index) => shielded(|| group.completed(index, failed)),
            What::Callback(callback) => shielded(|| callback(task)),
        }
    };
    CALLING.set(frame.outer);
    if must_wake {
        shielded(|| header.state.wake());
    }
    if let Some(waker) = waker {
        shielded(|| waker.wake());
    }
}
