//! What the tests of maps, scopes and spawned futures share: a watchdog, things that are counted, and a gate.
#![allow(dead_code, reason = "each test file uses a part of it")]

use std::sync::atomic::{AtomicIsize, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::Duration;

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

/// A time after which a sleeper sleeps, on any machine that is not asleep itself. No test depends on it for its outcome.
pub(crate) fn a_moment() {
    thread::sleep(Duration::from_millis(30));
}

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

/// Where tasks wait until the test lets them go on.
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
    pub(crate) fn wait_for(&self, count: usize) {
        let (state, changed) = &*self.0;
        let mut state = state.lock().unwrap();
        while state.1 < count {
            state = changed.wait(state).unwrap();
        }
    }
}
