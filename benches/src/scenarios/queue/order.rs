//! Queues that are not first in, first out.

use std::hint::black_box;

use crate::contender::queue::{Channel, Get, Put, TryGet};
use crate::row::{Plan, Sample};
use crate::scenarios::queue::Tally;
use crate::scenarios::{numbers, repeat};

/// The last one in is the first one out: puts one and gets it, with some more below; an operation is both.
pub(crate) fn last_first<C: Channel<u64>>(plan: &Plan, capacity: usize, below: u64) -> Sample
where
    C::Putter: Put<u64>,
    C::Getter: Get<u64> + TryGet<u64>,
{
    let mut ends = black_box(Box::new(C::new(capacity)));
    let (putter, getter) = &mut *ends;
    for number in 0..below {
        putter.put(number);
    }
    let mut number = below;
    let time = repeat(plan.ops, || {
        putter.put(number);
        assert_eq!(getter.get(), Some(number), "the last is the first");
        number += 1;
    });
    for number in (0..below).rev() {
        assert_eq!(
            getter.try_get(),
            Some(number),
            "the others are as they were"
        );
    }
    assert_eq!(getter.try_get(), None, "that is all");
    Sample::new(plan.ops, time)
}

/// The smallest one is the first one out: puts one somewhere among some others, and gets the smallest; an operation is both.
pub(crate) fn smallest_first<C: Channel<u64>>(plan: &Plan, capacity: usize, inside: u64) -> Sample
where
    C::Putter: Put<u64>,
    C::Getter: Get<u64> + TryGet<u64>,
{
    let mut ends = black_box(Box::new(C::new(capacity)));
    let (putter, getter) = &mut *ends;
    let (mut put, mut got) = (Tally::default(), Tally::default());
    let mut steps = numbers().map(|number| number % (2 * inside.max(1)));
    let mut step = || steps.next().unwrap_or_default();
    for _ in 0..inside {
        let number = step();
        put.add(number);
        putter.put(number);
    }
    let mut last = 0;
    let time = repeat(plan.ops, || {
        // As with deadlines: a little later than what was just due.
        let number = last + step();
        put.add(number);
        putter.put(number);
        let smallest = getter.get().expect("it is not empty");
        assert!(last <= smallest, "the smallest is the first");
        got.add(smallest);
        last = smallest;
    });
    while let Some(number) = getter.try_get() {
        assert!(last <= number, "the smallest is the first");
        got.add(number);
        last = number;
    }
    assert_eq!(got, put, "messages were lost or came twice");
    Sample::new(plan.ops, time)
}
