//! One thread puts and gets: what the queue itself costs.

use futures_lite::future::block_on;

use crate::contender::queue::{Channel, Get, GetAsync, Message, Put, PutAsync, TryGet, TryPut};
use crate::row::{Plan, Sample};
use crate::scenarios::queue::Tally;
use crate::scenarios::repeat;
use std::hint::black_box;
use std::time::Instant;

/// Puts one and gets it, by the forms that never block; an operation is both.
pub(crate) fn tried<C: Channel<u64>>(plan: &Plan, capacity: usize) -> Sample
where
    C::Putter: TryPut<u64>,
    C::Getter: TryGet<u64>,
{
    once_and_again::<C>(plan, capacity, |putter, getter, number| {
        assert!(putter.try_put(number), "it is not full");
        getter.try_get()
    })
}

/// The same by the forms that would block.
pub(crate) fn blocking<C: Channel<u64>>(plan: &Plan, capacity: usize) -> Sample
where
    C::Putter: Put<u64>,
    C::Getter: Get<u64>,
{
    once_and_again::<C>(plan, capacity, |putter, getter, number| {
        putter.put(number);
        getter.get()
    })
}

fn once_and_again<C: Channel<u64>>(
    plan: &Plan,
    capacity: usize,
    mut operation: impl FnMut(&mut C::Putter, &mut C::Getter, u64) -> Option<u64>,
) -> Sample {
    // Where the compiler does not follow.
    let mut ends = black_box(Box::new(C::new(capacity)));
    let (putter, getter) = &mut *ends;
    let mut tally = Tally::default();
    let mut number = Tally::number(0, 0);
    let time = repeat(plan.ops, || {
        let got = operation(putter, getter, number);
        tally.add(got.expect("it is not empty"));
        number += 1;
    });
    tally.expect(&[plan.ops]);
    Sample::new(plan.ops, time)
}

/// Puts 64 and gets 64; an operation is one of each. Queues that touch the other side's line for each message show it here.
pub(crate) fn by_the_batch<C: Channel<u64>>(plan: &Plan, capacity: usize) -> Sample
where
    C::Putter: TryPut<u64>,
    C::Getter: TryGet<u64>,
{
    const BATCH: u64 = 64;
    let mut ends = black_box(Box::new(C::new(capacity)));
    let (putter, getter) = &mut *ends;
    let mut tally = Tally::default();
    let mut number = Tally::number(0, 0);
    let batches = plan.ops.div_ceil(BATCH);
    let time = repeat(batches, || {
        for _ in 0..BATCH {
            assert!(putter.try_put(number), "it is not full");
            number += 1;
        }
        for _ in 0..BATCH {
            tally.add(getter.try_get().expect("it is not empty"));
        }
    });
    tally.expect(&[batches * BATCH]);
    Sample::new(batches * BATCH, time)
}

/// One task puts one and gets it.
pub(crate) fn awaited<C: Channel<u64>>(plan: &Plan, capacity: usize) -> Sample
where
    C::Putter: PutAsync<u64>,
    C::Getter: GetAsync<u64>,
{
    let mut ends = black_box(Box::new(C::new(capacity)));
    let (putter, getter) = &mut *ends;
    let mut tally = Tally::default();
    let time = block_on(async {
        let start = Instant::now();
        for index in 0..plan.ops {
            putter.put_async(u64::new(Tally::number(0, index))).await;
            tally.add(getter.get_async().await);
        }
        start.elapsed()
    });
    tally.expect(&[plan.ops]);
    Sample::new(plan.ops, time)
}
