//! What a queue takes of memory: as asked from the allocator, the ends that its user has included.

use crate::allocator::Counter;
use crate::contender::queue::{Channel, Put, TryGet};
use crate::row::{Plan, Sample};
use crate::scenarios::queue::Tally;

/// Both ends, and whatever else there is from the start.
pub(crate) fn idle<C: Channel<u64>>(_plan: &Plan, capacity: usize) -> Sample {
    let counter = Counter::start();
    let ends = Box::new(C::new(capacity));
    let bytes = counter.bytes();
    drop(ends);
    Sample::bytes(1, bytes)
}

/// So many messages are in it, which is as many as it holds if it has a capacity; an operation is a message.
pub(crate) fn queued<C: Channel<u64>>(plan: &Plan, is_bounded: bool) -> Sample
where
    C::Putter: Put<u64>,
    C::Getter: TryGet<u64>,
{
    through::<C>(plan, is_bounded, |bytes, _| Sample::bytes(plan.ops, bytes))
}

/// So many messages were in it, and are gone; what is there still.
pub(crate) fn kept<C: Channel<u64>>(plan: &Plan) -> Sample
where
    C::Putter: Put<u64>,
    C::Getter: TryGet<u64>,
{
    through::<C>(plan, false, |_, bytes| Sample::bytes(1, bytes))
}

fn through<C: Channel<u64>>(
    plan: &Plan,
    is_bounded: bool,
    sample: impl FnOnce(usize, usize) -> Sample,
) -> Sample
where
    C::Putter: Put<u64>,
    C::Getter: TryGet<u64>,
{
    let capacity = if is_bounded { plan.ops as usize } else { 0 };
    let counter = Counter::start();
    let mut ends = Box::new(C::new(capacity));
    let (putter, getter) = &mut *ends;
    let mut tally = Tally::default();
    for index in 0..plan.ops {
        putter.put(Tally::number(0, index));
    }
    let full = counter.bytes();
    for _ in 0..plan.ops {
        tally.add(getter.try_get().expect("it is not empty"));
    }
    let empty = counter.bytes();
    drop(ends);
    drop(counter);
    tally.expect(&[plan.ops]);
    sample(full, empty)
}
