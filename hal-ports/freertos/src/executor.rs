//! Futures in a task.
//!
//! # Safety
//!
//! A waker is a pointer to a `'static` executor, of which it uses an event: so it may be kept, cloned, sent and called for ever, from tasks and handlers.
#![allow(unsafe_code, reason = "a waker is a table of functions and a pointer")]

use core::future::Future;
use core::pin::pin;
use core::task::{Context, Poll, RawWaker, RawWakerVTable, Waker};

use crate::{Event, Lock};

/// Drives one future at a time, in the task that calls it; the task sleeps while there is nothing to poll.
///
/// ```ignore
/// static EXECUTOR: Executor = Executor::new();
///
/// let value = EXECUTOR.block_on(async { QUEUE.get_async().await });
/// ```
#[derive(Debug)]
pub struct Executor {
    woken: Event,
    busy: Lock,
}

static TABLE: RawWakerVTable = RawWakerVTable::new(
    |data| RawWaker::new(data, &TABLE),
    // SAFETY: what `waker` put there.
    |data| unsafe { (*data.cast::<Executor>()).woken.set() },
    // SAFETY: as above.
    |data| unsafe { (*data.cast::<Executor>()).woken.set() },
    |_| {},
);

impl Executor {
    /// An executor without a future.
    #[allow(clippy::new_without_default, reason = "for statics")]
    pub const fn new() -> Self {
        Self {
            woken: Event::new(),
            busy: Lock::new(),
        }
    }

    fn waker(&'static self) -> Waker {
        let data = core::ptr::from_ref(self).cast();
        // SAFETY: the functions of the table use the pointer as one to a static executor, and are safe to call from anywhere.
        unsafe { Waker::from_raw(RawWaker::new(data, &TABLE)) }
    }

    /// Polls `future` until it is ready, asleep in between.
    ///
    /// # Panics
    ///
    /// In an interrupt handler, if it has to wait; and if another task uses this executor.
    pub fn block_on<F: Future>(&'static self, future: F) -> F::Output {
        let Some(_busy) = self.busy.try_acquire() else {
            panic!("an executor drives one future at a time");
        };
        let waker = self.waker();
        let mut context = Context::from_waker(&waker);
        let mut future = pin!(future);
        loop {
            self.woken.clear();
            if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
                return output;
            }
            self.woken.wait();
        }
    }
}
