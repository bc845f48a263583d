//! What is done with a contender, a file a family. Each function is one round: it checks what it did, and says how long it took.

pub(crate) mod async_lock;
pub(crate) mod barrier;
pub(crate) mod condition;
pub(crate) mod context;
pub(crate) mod event;
pub(crate) mod lock;
pub(crate) mod pool;
#[cfg(target_os = "linux")]
pub(crate) mod process;
pub(crate) mod queue;
pub(crate) mod rlock;
pub(crate) mod rwlock;
pub(crate) mod sched;
pub(crate) mod semaphore;
#[cfg(target_os = "linux")]
pub(crate) mod shared;
pub(crate) mod thread;
pub(crate) mod timer;

use std::hint::black_box;
use std::iter;
use std::time::{Duration, Instant};

/// The same in each round: pseudo-random numbers.
pub(crate) fn numbers() -> impl Iterator<Item = u64> {
    let mut state = 0x2545_F491_4F6C_DD1D_u64;
    iter::repeat_with(move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    })
}

/// The time for so many operations on one thread.
fn repeat(count: u64, mut operation: impl FnMut()) -> Duration {
    let start = Instant::now();
    for _ in 0..count {
        operation();
    }
    start.elapsed()
}

/// Something that only this scenario knows, and the compiler does not know that.
fn unknown<T>(value: &T) -> &T {
    black_box(value)
}
