//! What one writes with the standard library: threads for each call.

use std::ops::Range;
use std::slice::ChunksMut;
use std::thread;

use crate::contender::pool::{Map, Pool, Scoped};
use crate::contender::{Role, names};

/// A thread for each part; parts are as many as there are workers.
pub(crate) struct Threads(usize);
/// No pool at all: what the program takes by itself.
pub(crate) struct Nothing;

names!(Threads = "std scope");
names!(Role::Reference("there is no pool") => Nothing = "no pool");

impl Map for Threads {
    fn new(workers: usize) -> Self {
        Self(workers)
    }

    fn map(
        &self,
        items: Range<u64>,
        act: impl Fn(u64) -> u64 + Copy + Send + Sync + 'static,
    ) -> Vec<u64> {
        let mut values = vec![0; (items.end - items.start) as usize];
        let size = values.len().div_ceil(self.0).max(1);
        thread::scope(|scope| {
            for (index, part) in values.chunks_mut(size).enumerate() {
                let first = items.start + (index * size) as u64;
                scope.spawn(move || {
                    for (value, item) in part.iter_mut().zip(first..) {
                        *value = act(item);
                    }
                });
            }
        });
        values
    }
}

impl Scoped for Threads {
    fn new(workers: usize) -> Self {
        Self(workers)
    }

    fn each(&self, parts: ChunksMut<'_, u64>, act: impl Fn(&mut [u64]) + Sync) {
        let act = &act;
        thread::scope(|scope| {
            for part in parts {
                scope.spawn(move || act(part));
            }
        });
    }
}

impl Pool for Nothing {
    fn new(_workers: usize) -> Self {
        Self
    }

    fn spawn(&self, task: impl FnOnce() + Send + 'static) {
        task();
    }
}
