//! What the queue's tests share: a watchdog, and two ways to run a future.
#![allow(dead_code, reason = "each test file uses a part of it")]

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
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

/// Polls once, waking nobody.
pub(crate) fn poll_once<F: Future>(future: std::pin::Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Runs a future in this thread, sleeping in between: a lost wake-up hangs.
pub(crate) fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut context = Context::from_waker(&waker);
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(output) => return output,
            Poll::Pending => thread::park(),
        }
    }
}
