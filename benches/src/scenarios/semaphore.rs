//! Semaphores.

use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use crate::contender::Semaphore;
use crate::row::{Plan, Sample};
use crate::scenarios::{repeat, unknown};
use crate::team::{Apart, for_a_while};

/// One thread takes a permit and gives it back.
pub(crate) fn uncontended<S: Semaphore>(plan: &Plan) -> Sample {
    let semaphore = Apart(S::new(1));
    let semaphore = unknown(&semaphore.0);
    let mut count = 0;
    let time = repeat(plan.ops, || semaphore.with(|| count = unknown(&count) + 1));
    assert_eq!(count, plan.ops);
    Sample::new(plan.ops, time)
}

/// More threads than permits. The section is short: it counts who is in there.
pub(crate) fn contended<S: Semaphore>(plan: &Plan, threads: usize, permits: u32) -> Sample {
    let semaphore = Apart(S::new(permits));
    let inside = Apart(AtomicU32::new(0));
    let (time, counts) = for_a_while(threads, plan.window, |_, _| {
        semaphore.0.with(|| {
            let others = inside.0.fetch_add(1, Relaxed);
            assert!(others < permits, "more are inside than there are permits");
            inside.0.fetch_sub(1, Relaxed);
        });
    });
    assert_eq!(inside.0.load(Relaxed), 0, "all are out");
    Sample::shared(&counts, time)
}
