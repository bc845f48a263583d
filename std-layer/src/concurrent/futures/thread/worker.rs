//! One worker: its life, and how it is found by the code of its tasks.
//!
//! # Safety
//!
//! A thread-local points to the worker in the frame of [`live`], and is taken away before that frame ends. Nobody but the thread itself reads it, for the time of a call.
#![allow(
    unsafe_code,
    reason = "a thread-local pointer into a frame of the thread"
)]

use std::cell::{Cell, RefCell};
use std::ptr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use selvedge_core::port::Clock;
use selvedge_core::raw::{Attempt, Roused, Slept};

use super::context::Base;
use super::help::HOST;
use super::places::Local;
use super::shared::{FORKED, Shared};
use super::stats::Counters;
use crate::concurrent::futures::task::{self, Host, TaskRef};
use crate::port::Native;
use crate::threading::shielded;

/// A worker, in the frame of its thread.
pub(crate) struct Worker {
    shared: Arc<Shared>,
    index: usize,
    local: Local,
    /// Whether it counts as a searcher (`core/src/raw/idle.rs`).
    is_searching: Cell<bool>,
    /// The tasks on this stack, outermost first.
    running: RefCell<Vec<usize>>,
    base: Base,
}

thread_local! {
    static CURRENT: Cell<*const Worker> = const { Cell::new(ptr::null()) };
}

impl Worker {
    /// Calls `f` with the worker that the calling thread is.
    #[inline]
    pub(crate) fn with_current<R>(f: impl FnOnce(&Self) -> R) -> Option<R> {
        let current = CURRENT.try_with(Cell::get).unwrap_or(ptr::null());
        // SAFETY: set by `live` of this thread, and taken away before the worker goes; the reference ends with the call.
        unsafe { current.as_ref() }.map(f)
    }

    #[inline]
    pub(crate) fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    /// Puts a task into its own deque.
    #[inline]
    pub(super) fn push(&self, task: TaskRef) {
        self.local.deque.push(task);
    }

    pub(super) fn running(&self) -> &RefCell<Vec<usize>> {
        &self.running
    }

    pub(super) fn base(&self) -> &Base {
        &self.base
    }

    pub(super) fn counters(&self) -> Option<&Counters> {
        let slot = self.shared.places.slots.get(self.index)?;
        Some(&slot.counters)
    }

    /// Runs one task after the other until there is nothing to do any more, or one worker too many.
    fn work(&self) {
        while let Some(task) = self.next() {
            self.shared.note_taken(&task);
            self.run(task);
            if self.shared.gate.load(Ordering::Relaxed) == FORKED {
                // The child of a fork that a task called: the pool is not here.
                return;
            }
        }
    }

    fn run(&self, task: TaskRef) {
        let counters = self.counters();
        if let Some(counters) = counters {
            counters.begin();
        }
        let id = task.id();
        self.running.borrow_mut().push(id);
        let before_done = || {
            // Whoever has the outcome finds it counted.
            if let Some(counters) = counters {
                counters.end(true);
            }
            self.is_about_to_be_free();
        };
        let ran = task.run_then(before_done, || self.end_search());
        self.running.borrow_mut().pop();
        if let (false, Some(counters)) = (ran, counters) {
            counters.end(false);
        }
        self.base.tidy();
    }

    /// Runs a task on top of the one that the calling worker is running; on any other thread as it is.
    pub(super) fn run_here(task: TaskRef) {
        let mut task = Some(task);
        Self::with_current(|worker| {
            if let Some(task) = task.take() {
                worker.running.borrow_mut().push(task.id());
                let ran = worker.base.run(|| task.run());
                worker.running.borrow_mut().pop();
                if let (true, Some(counters)) = (ran, worker.counters()) {
                    counters.help();
                }
            }
        });
        if let Some(task) = task {
            task.run();
        }
    }

    /// The outcome of its task is there, and nobody has seen it: from here on it looks for another one, if there is none.
    ///
    /// So whoever waits for the outcome and submits the next task finds a searcher, and no worker is woken or started for it.
    #[inline]
    fn is_about_to_be_free(&self) {
        if !self.is_searching.get() && self.local.deque.is_empty() && self.shared.is_drained() {
            self.shared.idle.begin_search();
            self.is_searching.set(true);
        }
    }

    /// It has something else to do.
    #[inline]
    fn end_search(&self) {
        if self.is_searching.replace(false) {
            let roused = self.shared.idle.end_search(|| self.shared.places.is_any());
            self.heed(roused);
        }
    }

    #[inline]
    fn heed(&self, roused: Roused) {
        if roused == Roused::Grow {
            self.shared.grow();
        }
    }

    /// The next task. None: the worker does not count any more, and must go.
    #[inline]
    fn next(&self) -> Option<TaskRef> {
        let shared = &*self.shared;
        if shared.is_crowded.load(Ordering::Relaxed) && self.leaves_the_crowd() {
            return None;
        }
        if let Some(task) = self.local.look(&shared.places) {
            self.end_search();
            self.count_stolen();
            return Some(task);
        }
        self.wait_for_next()
    }

    fn count_stolen(&self) {
        let stolen = self.local.take_stolen();
        if let (1.., Some(counters)) = (stolen, self.counters()) {
            counters.steal();
        }
    }

    fn leaves_the_crowd(&self) -> bool {
        if !self.local.deque.is_empty() {
            return false;
        }
        let leaves = self.shared.leave_if_crowded();
        if leaves {
            self.end_search();
        }
        leaves
    }

    /// Searches, sleeps, and searches again.
    #[inline(never)]
    fn wait_for_next(&self) -> Option<TaskRef> {
        let shared = &*self.shared;
        let mut search = self.local.search(&shared.places);
        loop {
            if !self.is_searching.replace(true) {
                shared.idle.begin_search();
            }
            let found = search.attempt().or_else(|| shared.idle.search(&mut search));
            if let Some(task) = found {
                self.end_search();
                self.count_stolen();
                return Some(task);
            }
            // Neither a searcher nor anything else from here on, but if it is woken.
            self.is_searching.set(false);
            match self.sleep() {
                Slept::Found(task, roused) => {
                    self.heed(roused);
                    self.count_stolen();
                    return Some(task);
                }
                Slept::Woken => self.is_searching.set(true),
                Slept::TimedOut => {
                    shared.leave();
                    // It may have been the only one that somebody relied on.
                    self.shared.rouse();
                    return None;
                }
                Slept::Stopped => {
                    // The places are closed: what is in the making is taken, and then there is nothing any more.
                    if let Some(task) = shared.places.take_any() {
                        return Some(task);
                    }
                    shared.leave();
                    return None;
                }
            }
        }
    }

    fn sleep(&self) -> Slept<TaskRef> {
        let shared = &*self.shared;
        let mut search = self.local.search(&shared.places);
        let begun = Instant::now();
        let deadline = shared
            .options
            .keep_alive
            .and_then(|time| Native::after(begun, time));
        let slept = match deadline {
            Some(deadline) => shared.idle.sleep_deadline(&mut search, deadline),
            None => shared.idle.sleep(&mut search),
        };
        if let (Slept::Woken | Slept::TimedOut, Some(counters)) = (&slept, self.counters()) {
            counters.sleep(begun.elapsed());
        }
        slept
    }
}

/// The calling thread is a worker, until this is dropped.
struct Current(Option<&'static dyn Host>);

impl Current {
    fn set(worker: &Worker) -> Self {
        CURRENT.set(worker);
        Self(task::set_host(Some(&HOST)))
    }
}

impl Drop for Current {
    fn drop(&mut self) {
        task::set_host(self.0);
        CURRENT.set(ptr::null());
    }
}

/// The life of a worker's thread, which counts already.
pub(super) fn live(shared: Arc<Shared>, index: usize) {
    let Some(deque) = shared.places.slots.make(index).take() else {
        // Cannot be: the number was free.
        return shared.leave();
    };
    if let Err(why) = shared.initialize() {
        shared.break_down(&why);
        shared.leave();
        return shared.give_back(index, deque);
    }
    // Whoever had it started relies on it as on a searcher: for the task, and for whatever comes behind that.
    shared.idle.begin_search();
    let worker = Worker {
        local: Local::new(deque, index),
        index,
        is_searching: Cell::new(true),
        running: RefCell::new(Vec::new()),
        base: Base::of_this_thread(),
        shared,
    };
    {
        let _current = Current::set(&worker);
        let mut has_left = false;
        // Nothing foreign panics here. Should anything else do, the pool goes on without this thread.
        shielded(|| {
            worker.work();
            has_left = true;
        });
        if !has_left {
            worker.end_search();
            worker.shared.leave();
        }
    }
    let Worker { shared, local, .. } = worker;
    if shared.gate.load(Ordering::Relaxed) == FORKED {
        std::mem::forget((shared, local));
        return;
    }
    shared.give_back(index, local.deque);
    // The last reference may go here; what is left in the places then has destructors of others.
    shielded(|| drop(shared));
}
