//! Locks.

use crate::contender::Lock;
use crate::row::{Plan, Sample};
use crate::scenarios::{repeat, unknown};
use crate::section::{Section, Work, act};
use crate::team::{Apart, for_a_while};

/// One thread acquires and releases.
pub(crate) fn uncontended<L: Lock>(plan: &Plan) -> Sample {
    let lock = Apart(L::new());
    let lock = unknown(&lock.0);
    let time = repeat(plan.ops, || lock.with(Section::tick));
    lock.with(|section| section.expect(plan.ops));
    Sample::new(plan.ops, time)
}

/// Threads that want the lock all the time.
pub(crate) fn contended<L: Lock>(plan: &Plan, threads: usize, work: Work) -> Sample {
    let turns = work.turns();
    let lock = Apart(L::new());
    let (time, counts) = for_a_while(threads, plan.window, |_, _| {
        lock.0.with(|section| act(section, turns));
    });
    lock.0.with(|section| section.expect(counts.iter().sum()));
    Sample::shared(&counts, time)
}
