//! What the tests of pools share: a watchdog, and a gate to hold workers with.
#![allow(dead_code, reason = "each test file uses a part of it")]

mod common;

use std::thread;
use std::time::Duration;

use selvedge::concurrent::futures::{Future, ThreadPoolExecutor};

pub(crate) use common::*;

/// Polls until `done`; the watchdog ends it if that never happens.
pub(crate) fn eventually(mut done: impl FnMut() -> bool) {
    while !done() {
        thread::sleep(Duration::from_millis(1));
    }
}

/// Opens a gate when it goes.
pub(crate) struct Opens(pub(crate) Gate);

impl Drop for Opens {
    fn drop(&mut self) {
        self.0.open();
    }
}

/// Keeps `n` workers of a pool in a gate, and returns when they are there.
pub(crate) fn hold(pool: &ThreadPoolExecutor, n: usize) -> (Opens, Vec<Future<()>>) {
    let gate = Gate::default();
    let futures = (0..n)
        .map(|_| {
            let gate = gate.clone();
            pool.spawn(move || gate.pass()).unwrap()
        })
        .collect();
    gate.wait_for(n);
    (Opens(gate), futures)
}
