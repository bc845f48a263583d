//! Pools of threads, what runs in them, and who waits for a future.

use std::ops::Range;
use std::slice::ChunksMut;

use crate::contender::Contender;

/// So many threads that run what they are given. Dropping one ends its threads.
pub(crate) trait Pool: Contender + Send + Sync + 'static {
    fn new(workers: usize) -> Self;
    /// Has a task run whose result nobody takes.
    fn spawn(&self, task: impl FnOnce() + Send + 'static);
    /// The same from a task of this pool.
    fn spawn_inside(&self, task: impl FnOnce() + Send + 'static) {
        self.spawn(task);
    }
}

/// Pools whose tasks can be waited for.
pub(crate) trait Submit: Pool {
    type Handle;
    fn submit(&self, task: impl FnOnce() -> u64 + Send + 'static) -> Self::Handle;
    fn join(&self, handle: Self::Handle) -> u64;
}

/// Who calls a function with many items.
pub(crate) trait Map: Contender {
    fn new(workers: usize) -> Self;
    /// In the order of the items.
    fn map(
        &self,
        items: Range<u64>,
        act: impl Fn(u64) -> u64 + Copy + Send + Sync + 'static,
    ) -> Vec<u64>;
}

/// Tasks that borrow.
pub(crate) trait Scoped: Contender {
    fn new(workers: usize) -> Self;
    /// Has each part worked on by a task of its own, and waits for all.
    fn each(&self, parts: ChunksMut<'_, u64>, act: impl Fn(&mut [u64]) + Sync);
}

/// Waits for a future.
pub(crate) trait BlockOn: Contender {
    fn block_on<T>(future: impl Future<Output = T>) -> T;
}
