//! Tasks of a runtime.

use std::time::Instant;

use tokio::runtime::Builder;

use crate::contender::queue::{Channel, GetAsync, PutAsync};
use crate::row::{Plan, Sample};
use crate::scenarios::async_lock::runtime;
use crate::scenarios::queue::hand_over::{crossed, play};
use crate::scenarios::queue::{Tally, shares};

/// Two tasks on one thread, and two queues; an operation is once there and back.
pub(crate) fn ping_pong<C: Channel<u64>>(plan: &Plan, capacity: usize) -> Sample
where
    C::Putter: PutAsync<u64>,
    C::Getter: GetAsync<u64>,
{
    let ends = crossed::<C>(capacity);
    let runtime = Builder::new_current_thread().build().expect("it starts");
    let rounds = plan.ops;
    let time = runtime.block_on(async {
        let start = Instant::now();
        let players = [0, 1].map(|index| {
            let (putter, getter) = ends.take(index).expect("there is one for each");
            tokio::spawn(play(index, rounds, putter, getter))
        });
        for player in players {
            player.await.expect("it did not panic");
        }
        start.elapsed()
    });
    Sample::new(plan.ops, time)
}

/// Tasks on two threads, some of which put and one gets; an operation is a message.
pub(crate) fn many_to_one<C: Channel<u64>>(plan: &Plan, capacity: usize, putters: usize) -> Sample
where
    C::Putter: PutAsync<u64> + Clone,
    C::Getter: GetAsync<u64>,
{
    let (putter, getter) = C::new(capacity);
    flow(plan, vec![putter; putters], vec![getter])
}

/// The same, and some get. Each gets its share and no more, since not all of them know an end.
pub(crate) fn many_to_many<C: Channel<u64>>(
    plan: &Plan,
    capacity: usize,
    putters: usize,
    getters: usize,
) -> Sample
where
    C::Putter: PutAsync<u64> + Clone,
    C::Getter: GetAsync<u64> + Clone,
{
    let (putter, getter) = C::new(capacity);
    flow(plan, vec![putter; putters], vec![getter; getters])
}

fn flow(
    plan: &Plan,
    putters: Vec<impl PutAsync<u64> + Send + 'static>,
    getters: Vec<impl GetAsync<u64> + Send + 'static>,
) -> Sample {
    let runtime = runtime(2);
    let counts = shares(plan.ops, putters.len());
    let (tally, time) = runtime.block_on(async {
        let start = Instant::now();
        let quotas = shares(plan.ops, getters.len());
        let getting: Vec<_> = getters
            .into_iter()
            .zip(quotas)
            .map(|(getter, quota)| tokio::spawn(get(getter, quota)))
            .collect();
        let putting: Vec<_> = putters
            .into_iter()
            .zip(&counts)
            .enumerate()
            .map(|(index, (putter, &count))| tokio::spawn(put(putter, index, count)))
            .collect();
        for task in putting {
            task.await.expect("it did not panic");
        }
        let mut all = Tally::default();
        for task in getting {
            all = all.and(task.await.expect("it did not panic"));
        }
        (all, start.elapsed())
    });
    tally.expect(&counts);
    Sample::new(plan.ops, time)
}

async fn put(mut putter: impl PutAsync<u64>, index: usize, count: u64) {
    for turn in 0..count {
        putter.put_async(Tally::number(index, turn)).await;
    }
}

async fn get(mut getter: impl GetAsync<u64>, count: u64) -> Tally {
    let mut tally = Tally::default();
    for _ in 0..count {
        tally.add(getter.get_async().await);
    }
    tally
}
