//! What the tests of pools share: a watchdog, and a gate to hold workers with.
#![allow(dead_code, reason = "each test file uses a part of it")]

use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::Duration;

use selvedge::concurrent::futures::{Future, ThreadPoolExecutor};

/// Runs a test, and fails loudly if it hangs.
pub(crate) fn watched<R: Send + 'static>(test: impl FnOnce() -> R + Send + 'static) -> R {
    let (send, receive) = mpsc::channel();
    let runner = thread::spawn(move || {
        let result = test();
        let _ = send.send(());
        result
    });
    match receive.recv_timeout(Duration::from_secs(120)) {
        Err(RecvTimeoutError::Timeout) => panic!("the test hangs"),
        // Disconnected: it panicked, and so does the join.
        Ok(()) | Err(RecvTimeoutError::Disconnected) => match runner.join() {
            Ok(result) => result,
            Err(panic) => std::panic::resume_unwind(panic),
        },
    }
}

/// Polls until `done`; the watchdog ends it if that never happens.
pub(crate) fn eventually(mut done: impl FnMut() -> bool) {
    while !done() {
        thread::sleep(Duration::from_millis(1));
    }
}

/// A time after which a sleeper sleeps, on any machine that is not asleep itself. No test depends on it for its outcome.
pub(crate) fn a_moment() {
    thread::sleep(Duration::from_millis(20));
}

/// Where tasks wait until they are let through. Dropping it opens it, so that a test that fails does not hang.
#[derive(Clone, Default)]
pub(crate) struct Gate(Arc<(Mutex<(bool, usize)>, Condvar)>);

impl Gate {
    /// Waits until it is open.
    pub(crate) fn pass(&self) {
        let (state, changed) = &*self.0;
        let mut state = state.lock().unwrap();
        state.1 += 1;
        changed.notify_all();
        while !state.0 {
            state = changed.wait(state).unwrap();
        }
    }

    pub(crate) fn open(&self) {
        self.0.0.lock().unwrap().0 = true;
        self.0.1.notify_all();
    }

    /// Waits until so many have come.
    pub(crate) fn wait_for(&self, n: usize) {
        let (state, changed) = &*self.0;
        let mut state = state.lock().unwrap();
        while state.1 < n {
            state = changed.wait(state).unwrap();
        }
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
