//! How many workers there are, and may be; starting and ending them.
//!
//! A worker *counts* unless its task waits for another task. There are as many that count as there are tasks to run, up to `max_workers`: one more is started when a task is added and nobody is idle (row F-12), and also when a task begins to wait while others
//! are queued, so that waiting tasks do not keep the processors from the others. When those that waited go on there are too many for a while, and the next worker that looks for a task, and has none of its own, goes.
//!
//! All of this changes inside the lock of the roster, and with it the mark `GROW` of the idle word, which says whether a worker may be started.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use crossbeam_deque::Worker as Deque;

use super::exit;
use super::shared::{EXITING, Shared};
use super::worker;
use crate::concurrent::futures::task::TaskRef;
use crate::threading::{Builder, ThreadRef, get_ident};

/// Who works.
#[derive(Default)]
pub(super) struct Roster {
    /// Threads of the pool.
    pub(super) live: usize,
    /// Of these, whose tasks wait for other tasks.
    blocked: usize,
    /// Numbers of workers that went; those from `next` on have not been used.
    free: BinaryHeap<Reverse<usize>>,
    next: usize,
    /// The threads, those included that are about to end.
    threads: Vec<ThreadRef>,
}

impl Roster {
    /// Those that count.
    fn active(&self) -> usize {
        self.live.saturating_sub(self.blocked)
    }

    /// The threads that may be there still.
    pub(super) fn threads(&mut self) -> Vec<ThreadRef> {
        self.threads.retain(ThreadRef::is_alive);
        self.threads.clone()
    }
}

impl Shared {
    fn update(&self, roster: &Roster) {
        let may_grow =
            roster.active() < self.max_workers() && roster.live < self.places.slots.limit();
        self.idle.may_grow(may_grow);
        self.is_crowded
            .store(roster.active() > self.max_workers(), Ordering::Relaxed);
    }

    /// Starts a worker, if there may be one more.
    #[cold]
    pub(super) fn grow(self: &Arc<Self>) {
        if !self.is_listed.swap(true, Ordering::Relaxed) && exit::list(self).is_err() {
            // The process is ending: what was put is run, and nothing more is taken.
            self.close_for(EXITING);
        }
        let mut roster = self.roster.lock();
        if self.is_over() {
            // What was put was run, by others: no thread appears after the end (`join` looks inside the same lock).
            return;
        }
        if roster.active() >= self.max_workers() || roster.live >= self.places.slots.limit() {
            return;
        }
        let index = match roster.free.pop() {
            Some(Reverse(index)) => index,
            None if roster.next < self.places.slots.limit() => {
                roster.next += 1;
                roster.next - 1
            }
            // Those who go have not given theirs back yet; they look again when they do.
            None => return,
        };
        self.places.slots.make(index);
        roster.live += 1;
        self.update(&roster);
        let mut builder = Builder::new()
            .name(format_args!("{}_{index}", self.options.prefix))
            .daemon(false)
            .inherit_context(false);
        if let Some(bytes) = self.options.stack_size {
            builder = builder.stack_size(bytes);
        }
        let berth = Berth::new(self.clone(), index);
        match builder.spawn(move || berth.begin()) {
            Ok(thread) => {
                if roster.threads.len() > 2 * roster.live {
                    roster.threads.retain(ThreadRef::is_alive);
                }
                roster.threads.push(thread.thread());
            }
            Err(error) => {
                roster.live -= 1;
                roster.free.push(Reverse(index));
                self.update(&roster);
                let is_alone = roster.live == 0;
                if !is_alone {
                    // The others do it; when one of them comes or goes it is tried again.
                    self.idle.may_grow(false);
                }
                drop(roster);
                if is_alone {
                    self.fail_all(&format!("no worker could be started: {error}"));
                }
            }
        }
    }

    /// A worker does not count any more, and takes no more tasks.
    pub(super) fn leave(&self) {
        let mut roster = self.roster.lock();
        roster.live = roster.live.saturating_sub(1);
        self.update(&roster);
    }

    /// Whether the calling worker is one too many; then it does not count any more.
    #[cold]
    pub(super) fn leave_if_crowded(&self) -> bool {
        let mut roster = self.roster.lock();
        let is_crowded = roster.active() > self.max_workers();
        if is_crowded {
            roster.live -= 1;
            self.update(&roster);
        }
        is_crowded
    }

    /// The last that a worker does, after it left: its number and its empty deque are for others.
    pub(super) fn give_back(self: &Arc<Self>, index: usize, deque: Deque<TaskRef>) {
        if let Some(slot) = self.places.slots.get(index) {
            slot.give_back(deque);
        }
        self.roster.lock().free.push(Reverse(index));
        // Somebody may have wanted a worker while no number was free; or relied on this one.
        self.rouse();
    }

    /// The task of a worker begins to wait: another worker may take its place.
    pub(super) fn begin_to_wait(self: &Arc<Self>) {
        {
            let mut roster = self.roster.lock();
            roster.blocked += 1;
            self.update(&roster);
        }
        self.rouse();
    }

    /// It goes on.
    pub(super) fn end_to_wait(&self) {
        let mut roster = self.roster.lock();
        roster.blocked = roster.blocked.saturating_sub(1);
        self.update(&roster);
    }
}

/// The work of a thread that has been asked for. The thread may end before it comes to it: by a panic in one of the program's start hooks.
struct Berth {
    shared: Option<Arc<Shared>>,
    index: usize,
    /// Who asked for the thread: if that one drops this, there is no thread.
    starter: NonZeroUsize,
}

impl Berth {
    fn new(shared: Arc<Shared>, index: usize) -> Self {
        Self {
            shared: Some(shared),
            index,
            starter: get_ident(),
        }
    }

    fn begin(mut self) {
        if let Some(shared) = self.shared.take() {
            worker::live(shared, self.index);
        }
    }
}

impl Drop for Berth {
    fn drop(&mut self) {
        let Some(shared) = self.shared.take() else {
            return;
        };
        if get_ident() != self.starter {
            shared.break_down("a start hook of the thread panicked");
            shared.leave();
            shared.roster.lock().free.push(Reverse(self.index));
        }
    }
}
