//! `tokio`: futures on its workers, and functions on its threads for what blocks.

use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinHandle;

use crate::contender::names;
use crate::contender::pool::{Pool, Submit};

/// `spawn`: the task is a future that is ready at its first poll.
pub(crate) struct Spawn(Runtime);
pub(crate) struct SpawnBlocking(Runtime);

names!(
    Spawn = "tokio spawn",
    SpawnBlocking = "tokio spawn_blocking"
);

impl Pool for Spawn {
    fn new(workers: usize) -> Self {
        let mut builder = Builder::new_multi_thread();
        Self(builder.worker_threads(workers).build().expect("it starts"))
    }

    #[inline]
    fn spawn(&self, task: impl FnOnce() + Send + 'static) {
        drop(self.0.spawn(async move { task() }));
    }

    #[inline]
    fn spawn_inside(&self, task: impl FnOnce() + Send + 'static) {
        drop(tokio::spawn(async move { task() }));
    }
}

impl Submit for Spawn {
    type Handle = JoinHandle<u64>;

    #[inline]
    fn submit(&self, task: impl FnOnce() -> u64 + Send + 'static) -> JoinHandle<u64> {
        self.0.spawn(async move { task() })
    }

    #[inline]
    fn join(&self, handle: JoinHandle<u64>) -> u64 {
        self.0.block_on(handle).expect("it did not panic")
    }
}

impl Pool for SpawnBlocking {
    fn new(workers: usize) -> Self {
        let mut builder = Builder::new_multi_thread();
        builder.worker_threads(1).max_blocking_threads(workers);
        Self(builder.build().expect("it starts"))
    }

    #[inline]
    fn spawn(&self, task: impl FnOnce() + Send + 'static) {
        drop(self.0.spawn_blocking(task));
    }

    #[inline]
    fn spawn_inside(&self, task: impl FnOnce() + Send + 'static) {
        drop(tokio::task::spawn_blocking(task));
    }
}

impl Submit for SpawnBlocking {
    type Handle = JoinHandle<u64>;

    #[inline]
    fn submit(&self, task: impl FnOnce() -> u64 + Send + 'static) -> JoinHandle<u64> {
        self.0.spawn_blocking(task)
    }

    #[inline]
    fn join(&self, handle: JoinHandle<u64>) -> u64 {
        self.0.block_on(handle).expect("it did not panic")
    }
}
