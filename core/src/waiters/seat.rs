//! The place of a future among the waiters, or one of the places of a task that waits for several things.
//!
//! # Safety
//!
//! Lists a node that is part of a pinned future or frame; [`Seat::leave`] must run before its memory ends, which `Drop` sees to.
#![allow(unsafe_code, reason = "lists a node in a pinned future or frame")]

use core::pin::Pin;
use core::task::{Context, Poll, Waker};

use super::bucket::{Entered, bucket_of, unlist};
use super::node::{IDLE, LISTED, NOTIFIED, Node, Outcome, Owner};
use super::sleeper::Sitter;
use crate::atomics::{Ordering, edge};
use crate::port::Port;

/// A waiter that is a future, or an arm of a select.
pub(crate) struct Seat<P: Port> {
    node: Node<P>,
}

/// How a seat was left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Left {
    /// It was empty.
    Empty,
    /// It was taken, and nobody had notified it.
    Waiting,
    /// It had been notified, and the future has not looked since: the notification must be passed on.
    Notified(Outcome),
}

impl<P: Port> Seat<P> {
    #[inline(always)]
    pub(crate) fn new() -> Self {
        Self {
            node: Node::for_future(),
        }
    }

    /// For a task that waits in several places: each [`sit`](Self::sit) brings its [`Sleeper`](super::Sleeper).
    pub(crate) fn for_arm() -> Self {
        Self {
            node: Node::for_arm(),
        }
    }

    /// Takes the seat under `address` if `check` holds, or stays seated.
    ///
    /// `Ready` says that the caller must look again: it was notified, or `check` did not hold (then the outcome is
    /// [`Outcome::Plain`], and the seat is empty).
    pub(crate) fn poll(
        self: Pin<&Self>,
        address: usize,
        context: &mut Context<'_>,
        check: impl FnOnce() -> bool,
    ) -> Poll<Outcome> {
        self.poll_entered(address, context, |_| check())
    }

    /// As [`poll`](Self::poll), for a `check` that does more inside the guard than to look.
    pub(crate) fn poll_entered(
        self: Pin<&Self>,
        address: usize,
        context: &mut Context<'_>,
        check: impl FnOnce(&Entered<'_, P>) -> bool,
    ) -> Poll<Outcome> {
        self.sit(address, &Sitter::Future(context.waker()), check)
    }

    /// As [`poll_entered`](Self::poll_entered), for a sitter of either kind: the one that the seat was made for.
    pub(crate) fn sit(
        self: Pin<&Self>,
        address: usize,
        sitter: &Sitter<'_, P>,
        check: impl FnOnce(&Entered<'_, P>) -> bool,
    ) -> Poll<Outcome> {
        self.sit_by(address, sitter, |entered, node| {
            // SAFETY: pinned, idle, and left by `Drop` at the latest.
            unsafe { entered.push(node, address, check) }
        })
    }

    /// As [`sit`](Self::sit), for an `address` whose notifiers have a word of their own that says whether anybody is listed; `count` raises it, inside the guard.
    #[inline]
    pub(crate) fn sit_told(
        self: Pin<&Self>,
        address: usize,
        sitter: &Sitter<'_, P>,
        count: impl FnOnce(),
    ) -> Poll<Outcome> {
        self.sit_by(address, sitter, |entered, node| {
            count();
            // SAFETY: as above.
            unsafe { entered.push_told(node, address) };
            true
        })
    }

    #[inline]
    fn sit_by(
        self: Pin<&Self>,
        address: usize,
        sitter: &Sitter<'_, P>,
        list: impl FnOnce(&mut Entered<'_, P>, &Node<P>) -> bool,
    ) -> Poll<Outcome> {
        let node = &self.get_ref().node;
        match node.state().load(edge!("notified", Acquire)) {
            NOTIFIED => Poll::Ready(self.take_outcome()),
            IDLE => {
                let owner = sitter.owner();
                // SAFETY: an idle node is its owner's. What is replaced is `Gone`, and needs no drop.
                unsafe {
                    node.inner(|inner| {
                        core::mem::forget(core::mem::replace(&mut inner.owner, owner));
                    });
                };
                let listed = bucket_of::<P>(address).enter(|entered| list(entered, node));
                if listed {
                    return Poll::Pending;
                }
                // SAFETY: still idle.
                unsafe { node.inner(|inner| inner.owner = Owner::Gone) };
                Poll::Ready(Outcome::Plain)
            }
            _ => match sitter {
                Sitter::Future(waker) => self.stay(waker),
                // The sleeper is the same one as long as the seat is taken.
                Sitter::Arm(_) => Poll::Pending,
            },
        }
    }

    /// Polled while seated: the waker may be another one now.
    #[cold]
    fn stay(self: Pin<&Self>, waker: &Waker) -> Poll<Outcome> {
        let node = &self.get_ref().node;
        // Wakers are foreign code: the new one is cloned, and the old one (or the new one, if it comes too late) is dropped, outside of the guard.
        let mut waker = Owner::Waker(waker.clone());
        let address = node.key().load(Ordering::Relaxed);
        let seated = bucket_of::<P>(address).enter(|_| {
            let seated = node.state().load(edge!("notified", Acquire)) == LISTED;
            if seated {
                // SAFETY: inside the guard of the bucket it is listed in.
                unsafe { node.inner(|inner| core::mem::swap(&mut inner.owner, &mut waker)) };
            }
            seated
        });
        if seated {
            Poll::Pending
        } else {
            Poll::Ready(self.take_outcome())
        }
    }

    fn take_outcome(self: Pin<&Self>) -> Outcome {
        let node = &self.get_ref().node;
        let outcome = node.outcome();
        node.state().store(IDLE, Ordering::Relaxed);
        outcome
    }

    /// True while the seat is taken or a notification has not been looked at.
    pub(crate) fn is_taken(&self) -> bool {
        self.node.state().load(Ordering::Relaxed) != IDLE
    }

    /// True if the sitter was notified and has not looked at it.
    pub(crate) fn is_notified(&self) -> bool {
        self.node.state().load(edge!("notified", Acquire)) == NOTIFIED
    }

    /// Leaves the seat, where that is all there is to do.
    #[inline]
    pub(crate) fn empty(self: Pin<&Self>) {
        let state = self.node.state().load(edge!("notified", Acquire));
        // The notifier of an arm may be at work still: see `rise`.
        if state == NOTIFIED && (!P::UNBLOCK_NEEDS_LIVE_TASK || self.node.is_future()) {
            self.node.state().store(IDLE, Ordering::Relaxed);
        } else if state != IDLE {
            self.empty_listed();
        }
    }

    #[cold]
    #[inline(never)]
    fn empty_listed(self: Pin<&Self>) {
        self.leave(|_| {});
    }

    /// Leaves the seat, calling `also` inside the guard if it was still waiting.
    pub(crate) fn leave(self: Pin<&Self>, also: impl FnOnce(&mut Entered<'_, P>)) -> Left {
        self.rise(also)
            .unwrap_or_else(|| Left::Notified(self.take_outcome()))
    }

    /// As [`leave`](Self::leave), but a notification stays where it is, to be taken by `leave`: then it is `None`.
    pub(crate) fn rise(self: Pin<&Self>, also: impl FnOnce(&mut Entered<'_, P>)) -> Option<Left> {
        let node = &self.get_ref().node;
        match node.state().load(edge!("notified", Acquire)) {
            IDLE => Some(Left::Empty),
            LISTED
                if unlist(node, |entered| {
                    also(entered);
                    true
                }) =>
            {
                node.state().store(IDLE, Ordering::Relaxed);
                // SAFETY: off the list and idle: ours.
                unsafe { node.inner(|inner| inner.owner = Owner::Gone) };
                Some(Left::Waiting)
            }
            _ => {
                if P::UNBLOCK_NEEDS_LIVE_TASK && !node.is_future() {
                    // The notifier of an arm calls `unblock` inside the guard: once we have been in after it, it is done with us.
                    bucket_of::<P>(node.key().load(Ordering::Relaxed)).enter(|_| {});
                }
                None
            }
        }
    }
}

impl<P: Port> Drop for Seat<P> {
    fn drop(&mut self) {
        // Every future leaves its seat itself, to pass on what it was told; this is for one that forgets.
        // SAFETY: dropped in place, and not moved any more.
        unsafe { Pin::new_unchecked(&*self) }.empty();
    }
}
