//! [`FifoQueue`]: first in, first out, of a capacity that is known when the program is compiled.

use super::Queue;
use crate::port::Port;
use crate::raw::{Inline, Ring};

/// A queue for up to `N` items, first in, first out, that allocates nothing and works in a `static` (row Q-01).
///
/// Everything that never waits may be called from interrupt handlers where the port's guard masks interrupts. A put and a get that meet no one cost one atomic read-modify-write each. `N` is 1 at least: the compiler refuses a queue without
/// room. See [`Queue`] for everything else.
///
/// ```
/// use selvedge_core::{port::Spin, queue::{FifoQueue, TryGetError, TryPutError}};
///
/// static JOBS: FifoQueue<Spin, u32, 2> = FifoQueue::new();
///
/// JOBS.put(1).unwrap();
/// JOBS.put(2).unwrap();
/// assert_eq!(JOBS.try_put(3), Err(TryPutError::Full(3)));
/// assert_eq!(JOBS.get(), Ok(1));
/// JOBS.shutdown(false);
/// assert_eq!(JOBS.iter().collect::<Vec<_>>(), [2]);
/// assert_eq!(JOBS.try_get(), Err(TryGetError::ShutDown));
/// ```
///
/// ```compile_fail
/// use selvedge_core::{port::Spin, queue::FifoQueue};
///
/// static NO_ROOM: FifoQueue<Spin, u32, 0> = FifoQueue::new();
/// ```
pub type FifoQueue<P, T, const N: usize> = Queue<P, Ring<T, Inline<T, N>>>;

impl<P: Port, T, const N: usize> FifoQueue<P, T, N> {
    maybe_const! {
        /// An empty queue.
        pub fn new() -> Self {
            Self::with_store(Ring::new(Inline::new()))
        }
    }
}

impl<T, const N: usize> Default for Ring<T, Inline<T, N>> {
    fn default() -> Self {
        Self::new(Inline::new())
    }
}
