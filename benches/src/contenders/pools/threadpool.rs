//! `threadpool`: no results; who wants one has it sent.

use std::sync::mpsc::{Receiver, channel};

use threadpool::ThreadPool;

use crate::contender::names;
use crate::contender::pool::{Pool, Submit};

pub(crate) struct Threads(ThreadPool);

names!(Threads = "threadpool");

impl Pool for Threads {
    fn new(workers: usize) -> Self {
        Self(ThreadPool::new(workers))
    }

    #[inline]
    fn spawn(&self, task: impl FnOnce() + Send + 'static) {
        self.0.execute(task);
    }
}

impl Submit for Threads {
    type Handle = Receiver<u64>;

    #[inline]
    fn submit(&self, task: impl FnOnce() -> u64 + Send + 'static) -> Receiver<u64> {
        let (sender, receiver) = channel();
        self.0
            .execute(move || sender.send(task()).expect("somebody waits"));
        receiver
    }

    #[inline]
    fn join(&self, handle: Receiver<u64>) -> u64 {
        handle.recv().expect("it is sent")
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        self.0.join();
    }
}
