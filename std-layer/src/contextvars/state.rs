//! The state behind a [`Context`](super::Context), and the rule by which its owner and those that look at it from outside share it.
//!
//! # Who may do what
//!
//! While a context is entered, the thread that entered it is its *owner*, and there is one at a time (`entered` is taken by an exchange). Anybody else who has a reference may look at it meanwhile (row C-15).
//!
//! | who | does | how |
//! |---|---|---|
//! | the owner | reads | without the lock: nobody else changes anything |
//! | the owner | changes | under the lock, unless nobody else can have a reference (`watched`) |
//! | anybody | takes a snapshot | under the lock; what is looked at is the snapshot |
//!
//! Nothing foreign runs under the lock: a change moves counted pointers, and hands the old one out. So it is held for a few instructions, and never wanted by its own holder.
//!
//! The edge is `entered` from one owner to the next (Release in [`State::leave`], Acquire in [`State::take`]), the lock between the owner and those that look.
//!
//! # Fork
//!
//! A look from another thread would leave the lock taken in the child. So a handler of `fork` makes the locks of all contexts new that the forking thread is inside of (they are linked by `outer`), and the child goes on in its
//! context. Nothing can be half done there: only looks are cut off, and they change nothing but counts, so that at worst a node is never freed. Contexts of other threads stay as they were: entered for ever, and
//! perhaps locked.
//!
//! # Safety
//!
//! The rule above. `id`, `watched` and `outer` belong to the owner, `vars` is as in the table.
#![allow(
    unsafe_code,
    reason = "the owner reads without the lock that others look under"
)]

use std::cell::{Cell, UnsafeCell};
use std::ptr;
use std::sync::atomic::{AtomicBool, Ordering};

use super::id::Id;
use super::vars::Vars;
use crate::threading::fork_lock::ForkLock;

pub(super) struct State {
    lock: ForkLock<()>,
    entered: AtomicBool,
    watched: Cell<bool>,
    outer: Cell<*const State>,
    id: Cell<Option<Id>>,
    vars: UnsafeCell<Vars>,
}

// SAFETY: the fields that are not `Sync` follow the rule above. What `vars` holds is `Send` and `Sync`.
unsafe impl Sync for State {}
// SAFETY: `outer` is a pointer that is used only while the context is entered; then it is borrowed and does not move.
unsafe impl Send for State {}

impl State {
    pub(super) const fn new(vars: Vars) -> Self {
        Self {
            lock: ForkLock::new(()),
            entered: AtomicBool::new(false),
            watched: Cell::new(false),
            outer: Cell::new(ptr::null()),
            id: Cell::new(None),
            vars: UnsafeCell::new(vars),
        }
    }

    /// A copy of what is in it now.
    pub(super) fn snapshot(&self) -> Vars {
        let _lock = self.lock.lock();
        // SAFETY: changes are made under the lock. Those of an unwatched context are not, but then nobody but its owner has a reference.
        unsafe { (*self.vars.get()).clone() }
    }

    /// Becomes the owner, unless there is one.
    pub(super) fn take(&self) -> bool {
        !self.entered.swap(true, Ordering::Acquire)
    }

    /// Whether it has an owner.
    pub(super) fn is_taken(&self) -> bool {
        self.entered.load(Ordering::Relaxed)
    }

    /// Links it into the chain of the calling thread.
    ///
    /// # Safety
    ///
    /// The caller has just [taken](Self::take) it. `watched` is false only if nobody else can have a reference until it [leaves](Self::leave).
    pub(super) unsafe fn enter(&self, watched: bool, outer: *const Self) {
        self.watched.set(watched);
        self.outer.set(outer);
    }

    /// The context around it.
    ///
    /// # Safety
    ///
    /// The caller is the owner.
    pub(super) unsafe fn outer(&self) -> *const Self {
        self.outer.get()
    }

    /// Ends the ownership.
    ///
    /// # Safety
    ///
    /// The caller is the owner.
    pub(super) unsafe fn leave(&self) {
        self.entered.store(false, Ordering::Release);
    }

    /// What is in it, for the owner.
    ///
    /// # Safety
    ///
    /// The caller is the owner, and lets go of the reference before anything is [changed](Self::change): nothing foreign runs meanwhile.
    #[inline]
    pub(super) unsafe fn vars(&self) -> &Vars {
        // SAFETY: only the owner changes it, and does not now.
        unsafe { &*self.vars.get() }
    }

    /// Changes what is in it. `change` runs nothing foreign.
    ///
    /// # Safety
    ///
    /// The caller is the owner, and holds no reference from [`vars`](Self::vars).
    #[inline]
    pub(super) unsafe fn change<R>(&self, change: impl FnOnce(&mut Vars) -> R) -> R {
        let _lock = self.watched.get().then(|| self.lock.lock());
        // SAFETY: the owner has no reference, and the others look under the lock, if there are any.
        change(unsafe { &mut *self.vars.get() })
    }

    /// Its name, if it has one, and a way to give it one.
    ///
    /// # Safety
    ///
    /// The caller is the owner.
    #[inline]
    pub(super) unsafe fn id(&self) -> &Cell<Option<Id>> {
        &self.id
    }
}

#[cfg(unix)]
impl State {
    /// In a forked child: whoever was looking is not here.
    ///
    /// # Safety
    ///
    /// The caller is the owner, the only thread, and in none of the functions above.
    pub(super) unsafe fn renew(&self) {
        // SAFETY: nobody else is there to hold the lock or wait for it, and nothing but `()` is behind it.
        unsafe { self.lock.renew(|()| {}) };
    }
}
