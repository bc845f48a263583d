//! A small executor, without reference counts that loom would have to interleave.

use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};

use loom::sync::{Condvar, Mutex};

/// What a waker sets and a blocked executor waits for.
#[derive(Debug)]
pub struct Signal {
    woken: Mutex<bool>,
    changed: Condvar,
}

impl Signal {
    /// One that nobody has set.
    pub fn new() -> Arc<Self> {
        Arc::new(Self {
            woken: Mutex::new(false),
            changed: Condvar::new(),
        })
    }

    /// Sleeps until it is set and takes it down.
    pub fn wait(&self) {
        let mut woken = self.woken.lock().unwrap();
        while !*woken {
            woken = self.changed.wait(woken).unwrap();
        }
        *woken = false;
    }
}

impl Wake for Signal {
    fn wake(self: Arc<Self>) {
        *self.woken.lock().unwrap() = true;
        self.changed.notify_one();
    }
}

/// Polls once.
pub fn poll<F: Future>(future: Pin<&mut F>, signal: &Arc<Signal>) -> Poll<F::Output> {
    let waker = Waker::from(signal.clone());
    future.poll(&mut Context::from_waker(&waker))
}

/// Runs a future on the calling thread.
pub fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let signal = Signal::new();
    loop {
        match poll(future.as_mut(), &signal) {
            Poll::Ready(output) => return output,
            Poll::Pending => signal.wait(),
        }
    }
}
