//! Timers of `tokio`, on a runtime of one thread: futures of `tokio::time::sleep`, and `DelayQueue` of `tokio-util`.

use std::future::poll_fn;
use std::pin::Pin;
use std::time::{Duration, Instant};

use tokio::runtime::{Builder, Runtime};
use tokio::time::{Sleep, sleep, sleep_until};
use tokio_util::time::DelayQueue;

use crate::contender::{Timers, names};
use crate::contenders::poll_now;
use crate::scenarios::timer::{first_due, let_all_become_due};

pub(crate) struct Queue;
pub(crate) struct Sleeps;

names!(Queue = "tokio DelayQueue", Sleeps = "tokio sleep");

pub(super) fn runtime() -> Runtime {
    Builder::new_current_thread()
        .enable_time()
        .build()
        .expect("it starts")
}

impl Timers for Queue {
    fn cancel_all(delays: &[Duration], order: &[usize]) -> Duration {
        runtime().block_on(async {
            let mut queue = DelayQueue::new();
            let mut keys = Vec::with_capacity(delays.len());
            let start = Instant::now();
            for (index, &delay) in delays.iter().enumerate() {
                keys.push(queue.insert(index, delay));
            }
            for &index in order {
                queue.remove(&keys[index]);
            }
            let time = start.elapsed();
            assert!(queue.is_empty(), "all are cancelled");
            time
        })
    }

    fn fire_all(delays: &[Duration]) -> Duration {
        runtime().block_on(async {
            let mut queue = DelayQueue::new();
            let start = Instant::now();
            let base = tokio::time::Instant::from_std(start + first_due(delays.len()));
            for (index, &delay) in delays.iter().enumerate() {
                queue.insert_at(index, base + delay);
            }
            let inserted = start.elapsed();
            let_all_become_due(base.into_std(), delays);
            let start = Instant::now();
            let mut fired = 0;
            while poll_fn(|context| queue.poll_expired(context))
                .await
                .is_some()
            {
                fired += 1;
            }
            let time = inserted + start.elapsed();
            assert_eq!(fired, delays.len(), "all fire");
            time
        })
    }
}

/// A sleep is a timer from its first poll on.
fn started(sleep: Sleep) -> Pin<Box<Sleep>> {
    let mut sleep = Box::pin(sleep);
    assert!(poll_now(sleep.as_mut()).is_none(), "it is not due yet");
    sleep
}

impl Timers for Sleeps {
    fn cancel_all(delays: &[Duration], order: &[usize]) -> Duration {
        runtime().block_on(async {
            let start = Instant::now();
            let mut sleeps: Vec<_> = delays
                .iter()
                .map(|&delay| Some(started(sleep(delay))))
                .collect();
            let mut cancelled = 0;
            for &index in order {
                cancelled += usize::from(sleeps[index].take().is_some());
            }
            let time = start.elapsed();
            assert_eq!(cancelled, delays.len(), "all were pending");
            time
        })
    }

    fn fire_all(delays: &[Duration]) -> Duration {
        runtime().block_on(async {
            let start = Instant::now();
            let base = tokio::time::Instant::from_std(start + first_due(delays.len()));
            let mut sleeps: Vec<_> = delays
                .iter()
                .map(|&delay| started(sleep_until(base + delay)))
                .collect();
            let inserted = start.elapsed();
            let_all_become_due(base.into_std(), delays);
            let start = Instant::now();
            for sleep in &mut sleeps {
                sleep.as_mut().await;
            }
            let time = inserted + start.elapsed();
            assert!(sleeps.iter().all(|sleep| sleep.is_elapsed()), "all fire");
            time
        })
    }
}
