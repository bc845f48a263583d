//! Waiting as a task.

use std::cell::Cell;
use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use selvedge::concurrent::futures::block_on;

/// Waits as a task; every third time another one has begun to wait before, and given up.
pub(crate) fn wait<F: Future>(mut begin: impl FnMut() -> F) -> F::Output {
    thread_local! {
        static TURN: Cell<u32> = const { Cell::new(0) };
    }
    TURN.set(TURN.get().wrapping_add(1));
    if TURN.get().is_multiple_of(3) {
        let mut gives_up = pin!(begin());
        let mut context = Context::from_waker(Waker::noop());
        if let Poll::Ready(outcome) = gives_up.as_mut().poll(&mut context) {
            return outcome;
        }
    }
    block_on(begin())
}
