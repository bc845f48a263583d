//! One thread.

use crate::contenders::queues::{
    async_channel, crossbeam, crossfire, embassy, flume, heapless, kanal, ours, ours_core, std,
    tokio,
};
use crate::groups::entries;
use crate::row::{Entry, Pace, Row};

const CAPACITY: usize = 128;

pub(super) fn put_get() -> Vec<Row> {
    let row = |name, entries: Vec<Entry>| Row::new("put+get", name, 1.0, Pace::Counted, entries);
    macro_rules! bounded {
        ([$($call:tt)+] $($more:ty),*) => {
            entries!([$($call)+]
                ours::Queue,
                crossbeam::Channel,
                kanal::Channel,
                flume::Channel,
                crossfire::Bounded,
                std::Bounded,
                tokio::Bounded,
                async_channel::Channel,
                $($more),*
            )
        };
    }
    macro_rules! unbounded {
        ([$($call:tt)+] $($more:ty),*) => {
            entries!([$($call)+]
                ours::Queue,
                crossbeam::Channel,
                kanal::Channel,
                flume::Channel,
                crossfire::Unbounded,
                std::Unbounded,
                tokio::Unbounded,
                async_channel::Channel,
                $($more),*
            )
        };
    }
    vec![
        row(
            "bounded 128, blocking forms",
            bounded!([queue::alone::blocking(CAPACITY)] ours_core::Fifo128),
        ),
        row(
            "bounded 128, try forms",
            bounded!([queue::alone::tried(CAPACITY)] ours_core::Fifo128, crossbeam::ArrayQueue, heapless::Mpmc, embassy::Channel128),
        ),
        row(
            "bounded 128, 64 in and 64 out",
            bounded!([queue::alone::by_the_batch(CAPACITY)] ours_core::Fifo128, crossbeam::ArrayQueue, heapless::Mpmc, embassy::Channel128),
        ),
        row(
            "unbounded, blocking forms",
            unbounded!([queue::alone::blocking(0)] ours::Simple),
        ),
        row(
            "unbounded, try forms",
            unbounded!([queue::alone::tried(0)] ours::Simple, crossbeam::SegQueue),
        ),
        row(
            "unbounded, 64 in and 64 out",
            unbounded!([queue::alone::by_the_batch(0)] crossbeam::SegQueue),
        ),
        row(
            "one on each side, try forms",
            entries!([queue::alone::tried(CAPACITY)] ours_core::Spsc, crossfire::OneToOne, heapless::Spsc),
        ),
        row(
            "bounded 128, futures",
            entries!([queue::alone::awaited(CAPACITY)]
                ours::Queue,
                ours_core::Fifo128,
                kanal::Async,
                flume::Channel,
                crossfire::Async,
                tokio::Bounded,
                embassy::Channel128,
                async_channel::Channel,
            ),
        ),
    ]
}
