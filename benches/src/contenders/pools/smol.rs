//! `async-executor`, run by threads; and `blocking`, which has one pool for the whole program.

use std::sync::Arc;
use std::thread::{self, JoinHandle};

use async_channel::Sender;
use async_executor::{Executor, Task};
use futures_lite::future::block_on;

use crate::contender::names;
use crate::contender::pool::{Pool, Submit};

pub(crate) struct Threads {
    executor: Arc<Executor<'static>>,
    threads: Vec<JoinHandle<()>>,
    /// The threads run the executor until it is dropped.
    stop: Option<Sender<()>>,
}
/// It has up to 500 threads, whatever is asked for.
pub(crate) struct Blocking;

names!(Threads = "async-executor", Blocking = "blocking");

impl Pool for Threads {
    fn new(workers: usize) -> Self {
        let executor = Arc::new(Executor::new());
        let (sender, receiver) = async_channel::bounded::<()>(1);
        let start = |_| {
            let (executor, stop) = (Arc::clone(&executor), receiver.clone());
            thread::spawn(move || {
                let stopped = block_on(executor.run(stop.recv()));
                assert!(stopped.is_err(), "nobody sends");
            })
        };
        let threads = (0..workers).map(start).collect();
        Self {
            executor,
            threads,
            stop: Some(sender),
        }
    }

    #[inline]
    fn spawn(&self, task: impl FnOnce() + Send + 'static) {
        self.executor.spawn(async move { task() }).detach();
    }
}

impl Submit for Threads {
    type Handle = Task<u64>;

    #[inline]
    fn submit(&self, task: impl FnOnce() -> u64 + Send + 'static) -> Task<u64> {
        self.executor.spawn(async move { task() })
    }

    #[inline]
    fn join(&self, handle: Task<u64>) -> u64 {
        block_on(handle)
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        drop(self.stop.take());
        for thread in self.threads.drain(..) {
            thread.join().expect("it did not panic");
        }
    }
}

impl Pool for Blocking {
    fn new(_workers: usize) -> Self {
        Self
    }

    #[inline]
    fn spawn(&self, task: impl FnOnce() + Send + 'static) {
        blocking::unblock(task).detach();
    }
}

impl Submit for Blocking {
    type Handle = blocking::Task<u64>;

    #[inline]
    fn submit(&self, task: impl FnOnce() -> u64 + Send + 'static) -> Self::Handle {
        blocking::unblock(task)
    }

    #[inline]
    fn join(&self, handle: Self::Handle) -> u64 {
        block_on(handle)
    }
}
