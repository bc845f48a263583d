//! Threads.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use crate::contender::Threads;
use crate::row::{Plan, Sample};
use crate::scenarios::repeat;

/// Starts one, which does nearly nothing, and joins it.
pub(crate) fn start_join<T: Threads>(plan: &Plan) -> Sample {
    check(plan, |number| T::start_join(move || number))
}

/// The same, and it has a name.
pub(crate) fn start_join_named<T: Threads>(plan: &Plan) -> Sample {
    check(plan, |number| T::start_join_named("worker", move || number))
}

fn check(plan: &Plan, start_join: impl Fn(u64) -> u64) -> Sample {
    let next = AtomicU64::new(0);
    let time = repeat(plan.ops, || {
        let number = next.fetch_add(1, Relaxed);
        assert_eq!(start_join(number), number, "it returns what it computed");
    });
    Sample::new(plan.ops, time)
}
