//! `rayon`: no futures; who wants a result of a spawned task has it sent.

use std::ops::Range;
use std::slice::ChunksMut;
use std::sync::mpsc::{Receiver, channel};

use rayon::iter::{IntoParallelIterator, ParallelIterator};
use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::contender::names;
use crate::contender::pool::{Map, Pool, Scoped, Submit};

pub(crate) struct Spawn(ThreadPool);
/// The caller waits until a thread of the pool has run it.
pub(crate) struct Install(ThreadPool);

names!(Spawn = "rayon", Install = "rayon install");

fn pool(workers: usize) -> ThreadPool {
    let builder = ThreadPoolBuilder::new().num_threads(workers);
    builder.build().expect("threads start")
}

impl Pool for Spawn {
    fn new(workers: usize) -> Self {
        Self(pool(workers))
    }

    #[inline]
    fn spawn(&self, task: impl FnOnce() + Send + 'static) {
        self.0.spawn(task);
    }

    #[inline]
    fn spawn_inside(&self, task: impl FnOnce() + Send + 'static) {
        rayon::spawn(task);
    }
}

impl Submit for Spawn {
    type Handle = Receiver<u64>;

    #[inline]
    fn submit(&self, task: impl FnOnce() -> u64 + Send + 'static) -> Receiver<u64> {
        let (sender, receiver) = channel();
        self.0
            .spawn(move || sender.send(task()).expect("somebody waits"));
        receiver
    }

    #[inline]
    fn join(&self, handle: Receiver<u64>) -> u64 {
        handle.recv().expect("it is sent")
    }
}

impl Pool for Install {
    fn new(workers: usize) -> Self {
        Self(pool(workers))
    }

    fn spawn(&self, task: impl FnOnce() + Send + 'static) {
        self.0.spawn(task);
    }
}

impl Submit for Install {
    type Handle = u64;

    #[inline]
    fn submit(&self, task: impl FnOnce() -> u64 + Send + 'static) -> u64 {
        self.0.install(task)
    }

    #[inline]
    fn join(&self, handle: u64) -> u64 {
        handle
    }
}

impl Map for Spawn {
    fn new(workers: usize) -> Self {
        Self(pool(workers))
    }

    fn map(
        &self,
        items: Range<u64>,
        act: impl Fn(u64) -> u64 + Copy + Send + Sync + 'static,
    ) -> Vec<u64> {
        self.0.install(|| items.into_par_iter().map(act).collect())
    }
}

impl Scoped for Spawn {
    fn new(workers: usize) -> Self {
        Self(pool(workers))
    }

    fn each(&self, parts: ChunksMut<'_, u64>, act: impl Fn(&mut [u64]) + Sync) {
        let act = &act;
        self.0.scope(|scope| {
            for part in parts {
                scope.spawn(move |_| act(part));
            }
        });
    }
}
