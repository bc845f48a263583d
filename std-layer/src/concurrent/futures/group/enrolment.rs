//! The places of one waiter on the lists of several futures.
//!
//! # Safety
//!
//! The nodes are in one allocation that is neither moved nor borrowed exclusively, and outlives their stay on the lists: they are withdrawn before it goes. Who leaks an enrolment leaks the allocation.
#![allow(unsafe_code, reason = "nodes that others reach")]

use std::cell::Cell;
use std::ptr::NonNull;
use std::sync::Arc;

use selvedge_core::raw::FutureState;

use crate::concurrent::futures::task::{Group, Header, Node, enlist, header, is_settled, withdraw};

/// Dropping it takes all places back.
pub(super) struct Enrolment {
    /// Never grows.
    places: Vec<Place>,
}

struct Place {
    /// While the task is known to be there.
    task: Cell<Option<NonNull<Header>>>,
    node: Node,
}

// SAFETY: the tasks are there, in any thread, by the contract of `begin`; nodes are used inside the locks.
unsafe impl Send for Enrolment {}
// SAFETY: by reference it does nothing but in `leave`, which takes it exclusively.
unsafe impl Sync for Enrolment {}

impl Enrolment {
    /// Enlists the group with each task in turn, until `enough` says so; a task that is done counts at once.
    ///
    /// # Safety
    ///
    /// Each task is alive until it has left, or the enrolment is dropped or leaked.
    pub(super) unsafe fn begin<G: Group + 'static>(
        group: &Arc<G>,
        tasks: impl Iterator<Item = NonNull<Header>>,
        enough: impl Fn(&G) -> bool,
    ) -> Self {
        let places = tasks.enumerate().map(|(index, task)| Place {
            task: Cell::new(Some(task)),
            node: Node::member(group.clone(), index),
        });
        let enrolment = Self {
            places: places.collect(),
        };
        for (index, place) in enrolment.places.iter().enumerate() {
            if enough(group) {
                break;
            }
            let Some(task) = place.task.get() else {
                continue;
            };
            // SAFETY: the contract; withdrawn by `drop`.
            if !unsafe { enlist(task, NonNull::from(&place.node)) } {
                // SAFETY: the contract.
                let state = unsafe { header(task) }.state.state();
                group.completed(index, state == FutureState::Failed);
            }
        }
        enrolment
    }

    /// Member number so-and-so has been completed, and may go.
    pub(super) fn leave(&mut self, index: usize) {
        self.places[index].task.set(None);
    }
}

impl Drop for Enrolment {
    fn drop(&mut self) {
        for place in &self.places {
            if let Some(task) = place.task.take() {
                // SAFETY: alive, by the contract of `begin`. Nothing is on the list of what is settled.
                unsafe {
                    if !is_settled(header(task)) {
                        withdraw(task, NonNull::from(&place.node));
                    }
                }
            }
        }
    }
}
