//! There and back.

use futures_lite::future::block_on;

use crate::contender::queue::{Channel, Get, GetAsync, Put, PutAsync};
use crate::row::{Plan, Sample};
use crate::scenarios::queue::Handout;
use crate::team::until_done;

/// Two threads and two queues: each puts into the other's and gets from its own; an operation is once there and back.
pub(crate) fn ping_pong<C: Channel<u64>>(plan: &Plan, capacity: usize) -> Sample
where
    C::Putter: Put<u64>,
    C::Getter: Get<u64>,
{
    let ends = crossed::<C>(capacity);
    let time = until_done(2, |index, gate| {
        let (mut putter, mut getter) = ends.take(index).expect("there is one for each");
        gate.pass();
        for round in 0..plan.ops {
            if index == 0 {
                putter.put(2 * round);
                assert_eq!(getter.get(), Some(2 * round + 1), "it is back");
            } else {
                assert_eq!(getter.get(), Some(2 * round), "it is here");
                putter.put(2 * round + 1);
            }
        }
    });
    Sample::new(plan.ops, time)
}

/// The same with a future on each thread.
pub(crate) fn ping_pong_awaited<C: Channel<u64>>(plan: &Plan, capacity: usize) -> Sample
where
    C::Putter: PutAsync<u64>,
    C::Getter: GetAsync<u64>,
{
    let ends = crossed::<C>(capacity);
    let time = until_done(2, |index, gate| {
        let (putter, getter) = ends.take(index).expect("there is one for each");
        gate.pass();
        block_on(play(index, plan.ops, putter, getter));
    });
    Sample::new(plan.ops, time)
}

/// One of two tasks.
pub(super) async fn play(
    index: usize,
    rounds: u64,
    mut putter: impl PutAsync<u64>,
    mut getter: impl GetAsync<u64>,
) {
    for round in 0..rounds {
        if index == 0 {
            putter.put_async(2 * round).await;
            assert_eq!(getter.get_async().await, 2 * round + 1, "it is back");
        } else {
            assert_eq!(getter.get_async().await, 2 * round, "it is here");
            putter.put_async(2 * round + 1).await;
        }
    }
}

/// For each of two players an end to put into the other's queue and an end to get from its own.
pub(super) fn crossed<C: Channel<u64>>(capacity: usize) -> Handout<(C::Putter, C::Getter)> {
    let (to_first, first) = C::new(capacity);
    let (to_second, second) = C::new(capacity);
    Handout::of(vec![(to_second, first), (to_first, second)])
}
