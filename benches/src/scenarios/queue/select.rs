//! The first of two queues that has something.

use std::hint::black_box;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use crate::contender::queue::{Put, Select};
use crate::row::{Plan, Sample};
use crate::scenarios::queue::{Handout, Tally, lock, shares};
use crate::team::until_done;

/// One thread puts 64 into each of them and then gets them all; an operation is one of the gets.
pub(crate) fn alone<S: Select>(plan: &Plan) -> Sample {
    const BATCH: u64 = 64;
    let (mut putters, mut getters) = black_box(S::new(2 * BATCH as usize));
    let mut got = Tally::default();
    let mut time = Duration::ZERO;
    let batches = plan.ops.div_ceil(2 * BATCH);
    for batch in 0..batches {
        for turn in batch * BATCH..(batch + 1) * BATCH {
            for (index, putter) in putters.iter_mut().enumerate() {
                putter.put(Tally::number(index, turn));
            }
        }
        let start = Instant::now();
        S::get_each(&mut getters, 2 * BATCH, |number| got.add(number));
        time += start.elapsed();
    }
    got.expect(&[batches * BATCH; 2]);
    Sample::new(2 * batches * BATCH, time)
}

/// Two threads put, each into its own, and one gets from both; an operation is a message.
pub(crate) fn two_to_one<S: Select>(plan: &Plan, capacity: usize) -> Sample {
    let counts = shares(plan.ops, 2);
    let (putters, getters) = S::new(capacity);
    let (putters, getters) = (Handout::of(putters.into()), Handout::of(vec![getters]));
    let tally = Mutex::new(Tally::default());
    let time = until_done(3, |index, gate| {
        if let Some(mut getters) = getters.take(index) {
            let mut own = Tally::default();
            gate.pass();
            S::get_each(&mut getters, plan.ops, |number| own.add(number));
            *lock(&tally) = own;
        } else {
            let index = index - 1;
            gate.pass();
            let mut putter = putters.take(index).expect("there is one for each");
            for turn in 0..counts[index] {
                putter.put(Tally::number(index, turn));
            }
            // Whoever gets does not expect that one of the two comes to its end.
            putters.put_back(index, putter);
        }
    });
    lock(&tally).expect(&counts);
    Sample::new(plan.ops, time)
}
