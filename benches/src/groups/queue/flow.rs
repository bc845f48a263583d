//! Threads on both sides.

use crate::contenders::queues::{
    async_channel, crossbeam, crossfire, embassy, flume, heapless, kanal, ours, ours_core, std,
    tokio,
};
use crate::groups::entries;
use crate::row::{Entry, Pace, Row};

/// Everybody who takes several getters; more may follow.
macro_rules! many {
    ([$($call:tt)+] $crossfire:ty $(, $more:ty)*) => {
        entries!([$($call)+]
            ours::Queue,
            crossbeam::Channel,
            kanal::Channel,
            flume::Channel,
            async_channel::Channel,
            $crossfire
            $(, $more)*
        )
    };
}

fn row(family: &'static str, name: &str, entries: Vec<Entry>) -> Row {
    Row::new(family, name, 1.0, Pace::Streamed, entries)
}

pub(super) fn bounded() -> Vec<Row> {
    const CAPACITY: usize = 128;
    macro_rules! to_one {
        ([$($call:tt)+] $($more:ty),*) => {
            many!([$($call)+] crossfire::Bounded, crossfire::BoundedToOne, std::Bounded, tokio::Bounded $(, $more)*)
        };
    }
    let row = |name, entries| row("bounded", name, entries);
    vec![
        row(
            "128, 1:1",
            to_one!([queue::flow::one_to_one(CAPACITY)] ours_core::Fifo128, ours::Channel, ours_core::Spsc, crossfire::OneToOne),
        ),
        row(
            "128, 1:1, 64-byte messages",
            to_one!([queue::flow::one_to_one_large(CAPACITY)] ours_core::Fifo128, crossfire::OneToOne),
        ),
        row(
            "128, 4:1",
            to_one!([queue::flow::many_to_one(CAPACITY, 4)] ours_core::Fifo128),
        ),
        row(
            "128, 1:4",
            many!([queue::flow::many_to_many(CAPACITY, 1, 4)] crossfire::Bounded, ours_core::Fifo128),
        ),
        row(
            "128, 4:4",
            many!([queue::flow::many_to_many(CAPACITY, 4, 4)] crossfire::Bounded, ours_core::Fifo128, ours::Channel),
        ),
        row(
            "128, 1:1, spinning on the try forms",
            entries!([queue::flow::spinning(CAPACITY)]
                ours_core::Spsc,
                ours::Queue,
                ours_core::Fifo128,
                crossbeam::Channel,
                crossbeam::ArrayQueue,
                kanal::Channel,
                crossfire::OneToOne,
                heapless::Mpmc,
                heapless::Spsc,
                embassy::Channel128,
            ),
        ),
    ]
}

pub(super) fn unbounded() -> Vec<Row> {
    macro_rules! to_one {
        ([$($call:tt)+]) => {
            many!([$($call)+] crossfire::Unbounded, crossfire::UnboundedToOne, std::Unbounded, tokio::Unbounded)
        };
    }
    let row = |name, entries| row("unbounded", name, entries);
    vec![
        row("1:1", to_one!([queue::flow::one_to_one(0)])),
        row(
            "1:1, 64-byte messages",
            to_one!([queue::flow::one_to_one_large(0)]),
        ),
        row("4:1", to_one!([queue::flow::many_to_one(0, 4)])),
        row(
            "1:4",
            many!([queue::flow::many_to_many(0, 1, 4)] crossfire::Unbounded),
        ),
        row(
            "4:4",
            many!([queue::flow::many_to_many(0, 4, 4)] crossfire::Unbounded),
        ),
    ]
}

pub(super) fn hand_over() -> Vec<Row> {
    macro_rules! all {
        ([$($call:tt)+]) => {
            many!([$($call)+]
                crossfire::Bounded,
                ours_core::Fifo1,
                crossfire::BoundedToOne,
                crossfire::OneToOne,
                std::Bounded,
                tokio::Bounded
            )
        };
    }
    let row = |name, entries| row("hand-over", name, entries);
    vec![
        row("capacity 1, 1:1", all!([queue::flow::one_to_one(1)])),
        row(
            "capacity 1, 4:4",
            many!([queue::flow::many_to_many(1, 4, 4)] ours_core::Fifo1),
        ),
        row(
            "ping-pong over two queues",
            all!([queue::hand_over::ping_pong(1)]),
        ),
        row(
            "ping-pong, a future on each thread",
            entries!([queue::hand_over::ping_pong_awaited(1)]
                ours::Queue,
                ours_core::Fifo1,
                kanal::Async,
                flume::Channel,
                crossfire::Async,
                tokio::Bounded,
                embassy::Channel1,
                async_channel::Channel,
            ),
        ),
    ]
}
