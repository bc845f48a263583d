//! Selvedge.

use std::ops::Range;
use std::slice::ChunksMut;

use selvedge::concurrent::futures::{self, Future, MapOptions, ThreadPoolExecutor};

use crate::contender::pool::{BlockOn, Map, Pool, Scoped, Submit};
use crate::contender::{Role, names};

pub(crate) struct Threads(ThreadPoolExecutor);
/// By chunks of ten thousand items, which are chosen by hand.
pub(crate) struct Chunked(ThreadPoolExecutor);
/// Results taken one by one.
pub(crate) struct OneByOne(ThreadPoolExecutor);
/// Each task is a future that is ready at its first poll.
pub(crate) struct SpawnAsync(ThreadPoolExecutor);
pub(crate) struct Here;

names!(
    Role::Ours =>
    Threads = "selvedge",
    Chunked = "selvedge, by hand",
    OneByOne = "selvedge one by one",
    SpawnAsync = "selvedge spawn_async",
    Here = "selvedge"
);

fn pool(workers: usize) -> ThreadPoolExecutor {
    ThreadPoolExecutor::new(workers).expect("there is one at least")
}

impl Pool for Threads {
    fn new(workers: usize) -> Self {
        Self(pool(workers))
    }

    #[inline]
    fn spawn(&self, task: impl FnOnce() + Send + 'static) {
        drop(self.0.spawn(task).expect("it is open"));
    }
}

impl Submit for Threads {
    type Handle = Future<u64>;

    #[inline]
    fn submit(&self, task: impl FnOnce() -> u64 + Send + 'static) -> Future<u64> {
        self.0.spawn(task).expect("it is open")
    }

    #[inline]
    fn join(&self, handle: Future<u64>) -> u64 {
        handle.result().expect("it did not panic")
    }
}

impl Pool for SpawnAsync {
    fn new(workers: usize) -> Self {
        Self(pool(workers))
    }

    #[inline]
    fn spawn(&self, task: impl FnOnce() + Send + 'static) {
        drop(self.0.spawn_async(async move { task() }));
    }
}

impl Submit for SpawnAsync {
    type Handle = Future<u64>;

    #[inline]
    fn submit(&self, task: impl FnOnce() -> u64 + Send + 'static) -> Future<u64> {
        let future = self.0.spawn_async(async move { task() });
        future.unwrap_or_else(|error| panic!("{error}"))
    }

    #[inline]
    fn join(&self, handle: Future<u64>) -> u64 {
        handle.result().expect("it did not panic")
    }
}

impl Map for Threads {
    fn new(workers: usize) -> Self {
        Self(pool(workers))
    }

    fn map(
        &self,
        items: Range<u64>,
        act: impl Fn(u64) -> u64 + Copy + Send + Sync + 'static,
    ) -> Vec<u64> {
        let map = self.0.map(act, items).expect("it is open");
        map.into_vec().expect("none panics")
    }
}

impl Map for Chunked {
    fn new(workers: usize) -> Self {
        Self(pool(workers))
    }

    fn map(
        &self,
        items: Range<u64>,
        act: impl Fn(u64) -> u64 + Copy + Send + Sync + 'static,
    ) -> Vec<u64> {
        let options = MapOptions::new().chunksize(10_000);
        let map = self.0.map_with(options, act, items).expect("it is open");
        map.into_vec().expect("none panics")
    }
}

impl Map for OneByOne {
    fn new(workers: usize) -> Self {
        Self(pool(workers))
    }

    fn map(
        &self,
        items: Range<u64>,
        act: impl Fn(u64) -> u64 + Copy + Send + Sync + 'static,
    ) -> Vec<u64> {
        let mut values = Vec::with_capacity((items.end - items.start) as usize);
        let map = self.0.map(act, items).expect("it is open");
        values.extend(map.map(|result| result.expect("none panics")));
        values
    }
}

impl Scoped for Threads {
    fn new(workers: usize) -> Self {
        Self(pool(workers))
    }

    fn each(&self, parts: ChunksMut<'_, u64>, act: impl Fn(&mut [u64]) + Sync) {
        let act = &act;
        self.0.scope(|scope| {
            for part in parts {
                scope.launch(move || act(part));
            }
        });
    }
}

/// The parts are the items of a map.
impl Scoped for Chunked {
    fn new(workers: usize) -> Self {
        Self(pool(workers))
    }

    fn each(&self, parts: ChunksMut<'_, u64>, act: impl Fn(&mut [u64]) + Sync) {
        let act = &act;
        self.0.scope(|scope| {
            let map = scope.map(act, parts).expect("it is open");
            map.into_vec().expect("none panics");
        });
    }
}

impl BlockOn for Here {
    #[inline]
    fn block_on<T>(future: impl std::future::Future<Output = T>) -> T {
        futures::block_on(future)
    }
}
