//! A task that waits in several places at once: one flag for all of them.
//!
//! Each place is a node of its own, listed under its own address ([`Seat`](super::Seat)), and whoever notifies one sets the flag beside it (`node.rs`). The owner goes
//! round: it takes the flag down, lists the nodes, looks at everything once more, sleeps while the flag is down, and takes *all* nodes off before it looks again. So the flag is
//! written by the owner only while no node is listed, and by notifiers only while theirs is.
//!
//! The flag orders nothing. The owner passes through the guard of each node, or reads the `NOTIFIED` of it (edge `notified`), after it has seen the flag; either comes after what the notifier did.

use core::marker::PhantomPinned;
use core::task::Waker;

use super::limit::Limit;
use super::node::{ASLEEP, LISTED, NOTIFIED, Owner};
use crate::atomics::{AtomicU32, Ordering};
use crate::port::{Port, Relax};

/// The calling task, as the owner of several nodes. It stays where it is, and outlives the time during which any of them is listed.
pub(crate) struct Sleeper<P: Port> {
    /// `LISTED`: awake. `ASLEEP`: sleeps on this word, or is about to. `NOTIFIED`: one of the nodes was notified.
    flag: AtomicU32,
    task: P::Task,
    _pinned: PhantomPinned,
}

impl<P: Port> Sleeper<P> {
    /// The calling task.
    pub(crate) fn new() -> Self {
        Self {
            flag: AtomicU32::new(LISTED),
            task: P::task(),
            _pinned: PhantomPinned,
        }
    }

    /// Takes the flag down, for another round. None of the nodes is listed.
    pub(crate) fn again(&self) {
        self.flag.store(LISTED, Ordering::Relaxed);
    }

    /// Whether one of the nodes has been notified in this round.
    fn is_notified(&self) -> bool {
        self.flag.load(Ordering::Relaxed) == NOTIFIED
    }

    /// Waits until one of the nodes is notified, or time runs out; first awake, then asleep.
    pub(crate) fn sleep<L: Limit<P>>(&self, limit: &L) -> Result<(), L::Expired> {
        let mut turn = 0;
        while P::Relax::answer_turn(turn) {
            if self.is_notified() {
                return Ok(());
            }
            turn += 1;
        }
        let asleep =
            self.flag
                .compare_exchange(LISTED, ASLEEP, Ordering::Relaxed, Ordering::Relaxed);
        if asleep.is_ok() {
            while !self.is_notified() {
                limit.block(&self.flag, ASLEEP)?;
            }
        }
        Ok(())
    }
}

/// Who takes a [`Seat`](super::Seat).
pub(crate) enum Sitter<'a, P: Port> {
    /// A future, by the waker of this poll.
    Future(&'a Waker),
    /// A task, with this as one of its places.
    Arm(&'a Sleeper<P>),
}

impl<P: Port> Sitter<'_, P> {
    /// For the node.
    pub(super) fn owner(&self) -> Owner<P> {
        match self {
            Self::Future(waker) => Owner::Waker((*waker).clone()),
            Self::Arm(sleeper) => Owner::Arm(&raw const sleeper.flag, sleeper.task.clone()),
        }
    }
}
