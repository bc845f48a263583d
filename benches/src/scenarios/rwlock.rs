//! Locks for many readers or one writer.

use crate::contender::ReadWrite;
use crate::row::{Plan, Sample};
use crate::scenarios::{repeat, unknown};
use crate::section::Section;
use crate::team::{Apart, for_a_while};

/// One thread reads.
pub(crate) fn read<L: ReadWrite>(plan: &Plan) -> Sample {
    let lock = Apart(L::new());
    let lock = unknown(&lock.0);
    let mut reads = 0;
    let time = repeat(plan.ops, || {
        lock.read(|section| reads += 1 + unknown(section).get(0));
    });
    assert_eq!(reads, plan.ops, "each reads a zero");
    Sample::new(plan.ops, time)
}

/// One thread writes.
pub(crate) fn write<L: ReadWrite>(plan: &Plan) -> Sample {
    let lock = Apart(L::new());
    let lock = unknown(&lock.0);
    let time = repeat(plan.ops, || lock.write(Section::tick));
    lock.read(|section| section.expect(plan.ops));
    Sample::new(plan.ops, time)
}

/// Threads that read, and write once in so many times.
pub(crate) fn read_mostly<L: ReadWrite>(plan: &Plan, threads: usize, one_in: u64) -> Sample {
    let lock = Apart(L::new());
    let writes = |index: usize, turn: u64| {
        // Not all at the same time.
        (turn + index as u64 * one_in / threads as u64) % one_in == one_in - 1
    };
    let (time, counts) = for_a_while(threads, plan.window, |index, turn| {
        if writes(index, turn) {
            lock.0.write(Section::bump);
        } else {
            lock.0.read(Section::look);
        }
    });
    let written = counts.iter().enumerate().map(|(index, &count)| {
        let ahead = index as u64 * one_in / threads as u64;
        (count + ahead) / one_in
    });
    let written = written.sum();
    lock.0.read(|section| section.expect(written));
    Sample::shared(&counts, time)
}
