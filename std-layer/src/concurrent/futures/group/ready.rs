//! The line of the futures that are done.

use std::collections::VecDeque;
use std::mem;
use std::task::{Context, Poll, Waker};

use crate::concurrent::futures::future::Until;
use crate::concurrent::futures::task::Group;
use crate::threading::{Event, Mutex, TimedOut};

/// Members in the order in which they were completed, for one that takes them.
///
/// `came` is set after each one that comes, and taken down inside the lock by the one who finds the line empty: so it is up whenever somebody is in the line and nobody is just about to put it up.
pub(super) struct Ready {
    line: Mutex<Line>,
    came: Event,
}

struct Line {
    /// Has room for all.
    members: VecDeque<usize>,
    waker: Option<Waker>,
}

impl Group for Ready {
    fn completed(&self, index: usize, _failed: bool) {
        let waker = {
            let mut line = self.line.lock();
            line.members.push_back(index);
            line.waker.take()
        };
        self.came.set();
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

impl Ready {
    /// Nobody yet, and room for so many.
    pub(super) fn new(members: usize) -> Self {
        Self {
            line: Mutex::new(Line {
                members: VecDeque::with_capacity(members),
                waker: None,
            }),
            came: Event::new(),
        }
    }

    /// The first one in the line.
    pub(super) fn pop(&self) -> Option<usize> {
        let mut line = self.line.lock();
        let first = line.members.pop_front();
        if first.is_none() {
            self.came.clear();
        }
        first
    }

    /// Waits until there may be one.
    pub(super) fn sleep(&self, until: Until) -> Result<(), TimedOut> {
        match until {
            Until::Ever => {
                self.came.wait();
                Ok(())
            }
            Until::Instant(deadline) => self.came.wait_deadline(deadline),
        }
    }

    /// The first one in the line; otherwise the waker of the context is called when one comes.
    pub(super) fn poll(&self, context: &Context<'_>) -> Poll<usize> {
        // Cloned and dropped outside the lock: foreign code.
        let mut waker = Some(context.waker().clone());
        let first = {
            let mut line = self.line.lock();
            let first = line.members.pop_front();
            if first.is_none() {
                mem::swap(&mut line.waker, &mut waker);
            }
            first
        };
        drop(waker);
        first.map_or(Poll::Pending, Poll::Ready)
    }
}
