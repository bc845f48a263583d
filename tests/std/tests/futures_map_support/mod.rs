//! What the tests of maps, scopes and spawned futures share: a watchdog, things that are counted, and a gate.
#![allow(dead_code, reason = "each test file uses a part of it")]

#[path = "../pool_support/common.rs"]
mod common;

use std::sync::Arc;
use std::sync::atomic::{AtomicIsize, Ordering};
use std::thread;
use std::time::Duration;

pub(crate) use common::*;

/// How many of something there are.
#[derive(Clone, Debug, Default)]
pub(crate) struct Census(Arc<AtomicIsize>);

/// One of them.
#[derive(Debug)]
pub(crate) struct Counted(pub(crate) usize, Census);

impl Census {
    pub(crate) fn one(&self, number: usize) -> Counted {
        self.0.fetch_add(1, Ordering::SeqCst);
        Counted(number, self.clone())
    }

    pub(crate) fn count(&self) -> isize {
        self.0.load(Ordering::SeqCst)
    }

    /// Waits until there are so many: what workers hold goes a moment after the result is there.
    pub(crate) fn expect(&self, count: isize) {
        for _ in 0..10_000 {
            if self.count() == count {
                return;
            }
            thread::sleep(Duration::from_millis(1));
        }
        panic!("there are {} of {count}", self.count());
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.1.0.fetch_sub(1, Ordering::SeqCst);
    }
}
