//! Everyone who takes part, a file a library.

pub(crate) mod async_lock;
pub(crate) mod contexts;
pub(crate) mod maitake;
pub(crate) mod ours;
pub(crate) mod ours_timers;
pub(crate) mod parking_lot;
pub(crate) mod pools;
#[cfg(target_os = "linux")]
pub(crate) mod processes;
pub(crate) mod pthread;
pub(crate) mod python;
pub(crate) mod queues;
pub(crate) mod schedulers;
#[cfg(target_os = "linux")]
pub(crate) mod shared;
pub(crate) mod spin;
pub(crate) mod std;
pub(crate) mod std_timers;
pub(crate) mod tokio;
pub(crate) mod tokio_timers;
pub(crate) mod usync;

use ::std::pin::pin;
use ::std::task::{Context, Poll, Waker};

/// Polls a future once: the answer of something that is ready, or nothing.
fn poll_now<T>(future: impl Future<Output = T>) -> Option<T> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => Some(value),
        Poll::Pending => None,
    }
}
