//! `DelayQueue` of `tokio-util`, on a runtime of one thread.

use std::future::poll_fn;
use std::time::{Duration, Instant};

use tokio_util::time::DelayQueue;

use crate::contender::sched::{Event, Scheduler, action};
use crate::contender::{Role, names};
use crate::contenders::tokio_timers::runtime;

pub(crate) struct Queue;

names!(
    Role::Reference("it has no priorities, and what is overdue comes in any order") =>
    Queue = "tokio DelayQueue"
);

type Actions = DelayQueue<Box<dyn FnOnce() + Send>>;

/// Runs all of them.
async fn run(queue: &mut Actions) {
    while let Some(expired) = poll_fn(|context| queue.poll_expired(context)).await {
        (expired.into_inner())();
    }
}

impl Scheduler for Queue {
    fn run_all(events: &[Event]) -> Duration {
        runtime().block_on(async {
            let mut queue = Actions::new();
            let start = Instant::now();
            for (index, event) in events.iter().enumerate() {
                let time = tokio::time::Instant::from_std(start - event.ago);
                queue.insert_at(Box::new(action(index)), time);
            }
            run(&mut queue).await;
            start.elapsed()
        })
    }

    fn cancel_all(events: &[Event], order: &[usize]) -> Duration {
        runtime().block_on(async {
            let mut queue = Actions::new();
            let start = Instant::now();
            let keys: Vec<_> = events
                .iter()
                .enumerate()
                .map(|(index, event)| {
                    let time = tokio::time::Instant::from_std(start - event.ago);
                    queue.insert_at(Box::new(action(index)), time)
                })
                .collect();
            for &index in order {
                queue.remove(&keys[index]);
            }
            run(&mut queue).await;
            start.elapsed()
        })
    }
}
