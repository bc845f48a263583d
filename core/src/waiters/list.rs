//! The intrusive FIFO of nodes in a bucket.
//!
//! On a port with [priorities](crate::port::Port::PRIORITIES) a node goes in front of the less urgent ones that came before it, so the first one that is found is the most urgent, and among equals the oldest.
//! Elsewhere the list is in order of arrival, and so of tickets.
//!
//! # Safety
//!
//! Follows raw pointers between nodes. Every function's contract is that the caller is inside the bucket's guard; then all listed nodes are
//! alive (see `node.rs`) and nobody else touches their links.
#![allow(unsafe_code, reason = "an intrusive list is raw pointers")]

use core::ptr;

use super::node::{Links, Node};
use crate::port::Port;

/// Which kinds of waiter are looked for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Kinds {
    pub(crate) tasks: bool,
    pub(crate) futures: bool,
}

impl Kinds {
    pub(crate) const ALL: Self = Self {
        tasks: true,
        futures: true,
    };
}

/// Nodes of several addresses, the most urgent first, equals in order of arrival.
pub(super) struct List<P: Port> {
    pub(super) head: *const Node<P>,
    tail: *const Node<P>,
    /// How many nodes were ever listed. Never wraps: a waiter may sleep for months beside busy ones.
    pub(super) tickets: u64,
}

impl<P: Port> List<P> {
    pub(super) const fn new() -> Self {
        Self {
            head: ptr::null(),
            tail: ptr::null(),
            tickets: 0,
        }
    }

    /// Adds a node: at the end, or behind the last one that is as urgent.
    ///
    /// # Safety
    ///
    /// Inside the guard; `node` is alive, pinned, on no list, and its owner keeps the contract of `node.rs`.
    pub(super) unsafe fn push(&mut self, node: &Node<P>, cycle: u32) {
        let ticket = self.tickets;
        self.tickets += 1;
        // SAFETY: the contract.
        let (prev, next) = unsafe { self.place(node) };
        // SAFETY: inside the guard, by the contract.
        unsafe {
            node.inner(|inner| {
                inner.link(Links { prev, next, ticket });
                inner.cycle = cycle;
            });
        }
        if prev.is_null() {
            self.head = node;
        } else {
            // SAFETY: a listed node is alive, and we are inside the guard.
            unsafe { (*prev).inner(|inner| inner.links().next = node) };
        }
        if next.is_null() {
            self.tail = node;
        } else {
            // SAFETY: as above.
            unsafe { (*next).inner(|inner| inner.links().prev = node) };
        }
    }

    /// Puts a node behind another one, in no order: it stands for nobody.
    ///
    /// # Safety
    ///
    /// Inside the guard; `prev` is on this list; `node` is alive, pinned, on no list, and taken off before its memory ends.
    pub(super) unsafe fn insert_after(&mut self, prev: *const Node<P>, node: &Node<P>) {
        // SAFETY: listed nodes are alive; inside the guard.
        unsafe {
            let next = (*prev).inner(|inner| core::mem::replace(&mut inner.links().next, node));
            node.inner(|inner| {
                inner.link(Links {
                    prev,
                    next,
                    ticket: u64::MAX,
                });
            });
            if next.is_null() {
                self.tail = node;
            } else {
                (*next).inner(|inner| inner.links().prev = node);
            }
        }
    }

    /// The neighbours that a new node will have.
    ///
    /// # Safety
    ///
    /// As [`push`](Self::push).
    unsafe fn place(&self, node: &Node<P>) -> (*const Node<P>, *const Node<P>) {
        let mut prev = self.tail;
        let mut next = ptr::null();
        if P::PRIORITIES {
            // SAFETY: inside the guard.
            let priority = unsafe { node.inner(|inner| inner.owner.priority()) };
            while !prev.is_null() {
                // SAFETY: listed nodes are alive; inside the guard.
                let (other, before) =
                    unsafe { (*prev).inner(|inner| (inner.owner.priority(), inner.links().prev)) };
                if other >= priority {
                    break;
                }
                next = prev;
                prev = before;
            }
        }
        (prev, next)
    }

    /// Takes a node out.
    ///
    /// # Safety
    ///
    /// Inside the guard; `node` is on this list.
    pub(super) unsafe fn remove(&mut self, node: &Node<P>) {
        // SAFETY: inside the guard.
        let (prev, next) = unsafe {
            node.inner(|inner| {
                let links = inner.links();
                (links.prev, links.next)
            })
        };
        if prev.is_null() {
            self.head = next;
        } else {
            // SAFETY: listed nodes are alive; inside the guard.
            unsafe { (*prev).inner(|inner| inner.links().next = next) };
        }
        if next.is_null() {
            self.tail = prev;
        } else {
            // SAFETY: as above.
            unsafe { (*next).inner(|inner| inner.links().prev = prev) };
        }
    }

    /// The first node of `address` of these kinds that was listed before ticket `before`.
    ///
    /// # Safety
    ///
    /// Inside the guard. The reference is valid while the guard is held.
    pub(super) unsafe fn first<'a>(
        &self,
        address: usize,
        before: u64,
        kinds: Kinds,
    ) -> Option<&'a Node<P>> {
        let mut next = self.head;
        while !next.is_null() {
            // SAFETY: listed nodes are alive; inside the guard.
            let node = unsafe { &*next };
            // SAFETY: inside the guard.
            let (ticket, following) = unsafe {
                node.inner(|inner| {
                    let links = inner.links();
                    (links.ticket, links.next)
                })
            };
            if ticket >= before && !P::PRIORITIES {
                return None;
            }
            let is_wanted = ticket < before
                && if node.is_future() {
                    kinds.futures
                } else {
                    kinds.tasks
                };
            if is_wanted && node.key().load(crate::atomics::Ordering::Relaxed) == address {
                return Some(node);
            }
            next = following;
        }
        None
    }

    /// The last node of `address`: the youngest of the least urgent.
    ///
    /// # Safety
    ///
    /// As [`first`](Self::first).
    pub(super) unsafe fn last<'a>(&self, address: usize) -> Option<&'a Node<P>> {
        let mut prev = self.tail;
        while !prev.is_null() {
            // SAFETY: listed nodes are alive; inside the guard.
            let node = unsafe { &*prev };
            if node.key().load(crate::atomics::Ordering::Relaxed) == address {
                return Some(node);
            }
            // SAFETY: inside the guard.
            prev = unsafe { node.inner(|inner| inner.links().prev) };
        }
        None
    }

    /// The first node of `address` that waits for this cycle.
    ///
    /// # Safety
    ///
    /// As [`first`](Self::first).
    pub(super) unsafe fn first_of_cycle<'a>(
        &self,
        address: usize,
        cycle: u32,
    ) -> Option<&'a Node<P>> {
        let mut next = self.head;
        while !next.is_null() {
            // SAFETY: listed nodes are alive; inside the guard.
            let node = unsafe { &*next };
            // SAFETY: inside the guard.
            let (of, following) = unsafe { node.inner(|inner| (inner.cycle, inner.links().next)) };
            if of == cycle && node.key().load(crate::atomics::Ordering::Relaxed) == address {
                return Some(node);
            }
            next = following;
        }
        None
    }

    /// The first node that is a task's, of any address.
    ///
    /// # Safety
    ///
    /// As [`first`](Self::first).
    pub(super) unsafe fn first_task<'a>(&self) -> Option<&'a Node<P>> {
        let mut next = self.head;
        while !next.is_null() {
            // SAFETY: listed nodes are alive; inside the guard.
            let node = unsafe { &*next };
            if !node.is_future() {
                return Some(node);
            }
            // SAFETY: inside the guard.
            next = unsafe { node.inner(|inner| inner.links().next) };
        }
        None
    }

    /// The first node of the task that `is_it` is true of.
    ///
    /// # Safety
    ///
    /// As [`first`](Self::first).
    pub(super) unsafe fn first_of_task<'a>(
        &self,
        is_it: impl Fn(&P::Task) -> bool,
    ) -> Option<&'a Node<P>> {
        let mut next = self.head;
        while !next.is_null() {
            // SAFETY: listed nodes are alive; inside the guard.
            let node = unsafe { &*next };
            // SAFETY: inside the guard.
            let (found, following) = unsafe {
                node.inner(|inner| (inner.owner.task().is_some_and(&is_it), inner.links().next))
            };
            if found {
                return Some(node);
            }
            next = following;
        }
        None
    }
}
