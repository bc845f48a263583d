//! What the tests of futures share: a watchdog, ways to run a future, and futures in each state.
#![allow(dead_code, reason = "each test file uses a part of it")]

use std::future::Future as StdFuture;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::Duration;

use selvedge::concurrent::futures::{Future, Promise, TaskError};

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

/// How often a test of races tries.
pub(crate) fn rounds(many: usize) -> usize {
    if cfg!(miri) { many.div_ceil(100) } else { many }
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Runs a future in this thread, sleeping in between: a lost wake-up hangs.
pub(crate) fn block_on<F: StdFuture>(future: F) -> F::Output {
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

/// Counts how often it is woken.
#[derive(Default)]
pub(crate) struct Woken(AtomicU32);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

impl Woken {
    pub(crate) fn times(&self) -> u32 {
        self.0.load(Ordering::SeqCst)
    }

    pub(crate) fn poll<F: StdFuture>(self: &Arc<Self>, future: Pin<&mut F>) -> Poll<F::Output> {
        future.poll(&mut Context::from_waker(&Waker::from(self.clone())))
    }
}

/// A pending one. Its promise must be kept.
pub(crate) fn pending<T>() -> (Promise<T>, Future<T>) {
    Promise::new()
}

/// One that somebody works on.
pub(crate) fn running<T>() -> (Promise<T>, Future<T>) {
    let (promise, future) = Promise::new();
    assert_eq!(promise.set_running_or_notify_cancel(), Ok(true));
    (promise, future)
}

pub(crate) fn cancelled<T>() -> Future<T> {
    let (_promise, future) = Promise::new();
    assert!(future.cancel());
    future
}

pub(crate) fn finished<T>(value: T) -> Future<T> {
    let (promise, future) = Promise::new();
    promise.set_result(value).unwrap();
    future
}

/// What went wrong in the failed one.
pub(crate) const REASON: &str = "out of paper";

pub(crate) fn failed<T>() -> Future<T> {
    let (promise, future) = Promise::new();
    promise.set_exception(reason()).unwrap();
    future
}

pub(crate) fn reason() -> TaskError {
    TaskError::Failed(REASON.into())
}

pub(crate) fn is_reason(error: &TaskError) -> bool {
    matches!(error, TaskError::Failed(error) if error.to_string() == REASON)
}

/// Completes it in another thread, after a moment.
pub(crate) fn later<T: Send + 'static>(promise: Promise<T>, value: T) -> thread::JoinHandle<()> {
    thread::spawn(move || {
        a_moment();
        assert!(promise.set_result(value).is_ok());
    })
}
