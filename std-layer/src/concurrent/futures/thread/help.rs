//! What a worker does while its task waits for another task.
//!
//! * The other one has not begun: the worker runs it here and now, on top of the one that waits. It is claimed by its state, so whoever finds it in a queue later passes it over.
//! * It runs on another stack, or belongs to another pool: the worker sleeps, and does not count as a worker of its pool for that time. If tasks are queued another worker takes its place.
//!
//! No *other* task is ever run on top of one that waits: it could take long, or wait for the very task that it was put on top of.
//!
//! # Nobody waits for ever
//!
//! Let the waits of tasks for tasks be without circles, within one pool with any number of workers. A task that waits and sleeps waits for one that runs on another stack. Follow the waits from there: each step leads to another task, as there are no circles, so after as many steps as there are tasks at
//! most there is one that runs and does not wait. It ends, and with it the wait before it; and so on. So two tasks deep or two hundred, on one worker or ten, nested waits do not block each other (rows F-18, F-E04). A circle is found and told (`cycle.rs`, row F-E03). Between pools the same holds as long as spare workers may be
//! started: the task of the other pool is run by one of that pool's workers, and of those that wait each has been replaced.

use super::cycle;
use super::worker::Worker;
use crate::concurrent::futures::task::{Awaited, Host};

/// The host of all workers: who it is is found by the thread.
pub(super) struct PoolHost;

pub(super) static HOST: PoolHost = PoolHost;

impl Worker {
    fn help(&self, task: Awaited<'_>) -> bool {
        if task.owner() != self.shared().id() || !task.is_pending() {
            return false;
        }
        self.running().borrow_mut().push(task.id());
        let ran = self.base().run(|| task.try_run());
        self.running().borrow_mut().pop();
        if let (true, Some(counters)) = (ran, self.counters()) {
            counters.help();
        }
        ran
    }

    fn sleep_for(&self, task: Option<Awaited<'_>>, sleep: &mut dyn FnMut()) {
        struct Waiting<'a>(&'a Worker);
        impl Drop for Waiting<'_> {
            fn drop(&mut self) {
                self.0.shared().end_to_wait();
            }
        }
        if !self.shared().is_here() {
            // The child of a fork: there is nobody to take its place.
            return sleep();
        }
        let listed = task.map(|task| cycle::list(task.id(), &self.running().borrow()));
        if let Some(Err(circle)) = listed {
            let others = circle.tasks;
            panic!("deadlock: the task waits for a task that waits for it (a circle of {others})");
        }
        self.shared().begin_to_wait();
        let _waiting = Waiting(self);
        sleep();
    }
}

impl Host for PoolHost {
    fn help(&self, task: Awaited<'_>) -> bool {
        Worker::with_current(|worker| worker.help(task)).unwrap_or(false)
    }

    fn sleep(&self, task: Option<Awaited<'_>>, sleep: &mut dyn FnMut()) {
        if Worker::with_current(|worker| worker.sleep_for(task, &mut *sleep)).is_none() {
            sleep();
        }
    }
}
