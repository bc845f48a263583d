//! A watchdog, and a gate to hold tasks with: for the tests of pools and of what runs on them.

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
    thread::sleep(Duration::from_millis(20));
}

/// Where tasks wait until they are let through.
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
