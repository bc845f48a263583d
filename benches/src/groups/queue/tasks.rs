//! Tasks of a runtime.

use crate::contenders::queues::{
    async_channel, crossfire, embassy, flume, kanal, ours, ours_core, tokio,
};
use crate::groups::entries;
use crate::row::{Pace, Row};

pub(super) fn tasks() -> Vec<Row> {
    macro_rules! all {
        ([$($call:tt)+] $embassy:ty $(, $more:ty)*) => {
            entries!([$($call)+]
                ours::Queue,
                kanal::Async,
                flume::Channel,
                crossfire::Async,
                async_channel::Channel,
                $embassy
                $(, $more)*
            )
        };
    }
    let row = |name, entries| Row::new("tasks", name, 1.0, Pace::Streamed, entries);
    vec![
        row(
            "ping-pong on one thread",
            all!([queue::tasks::ping_pong(1)] embassy::Channel1, ours_core::Fifo1, tokio::Bounded),
        ),
        row(
            "4 to 1, bounded 128",
            all!([queue::tasks::many_to_one(128, 4)] embassy::Channel128, ours_core::Fifo128, tokio::Bounded),
        ),
        row(
            "4 to 4, bounded 128",
            all!([queue::tasks::many_to_many(128, 4, 4)] embassy::Channel128, ours_core::Fifo128),
        ),
        row(
            "4 to 4, capacity 1",
            all!([queue::tasks::many_to_many(1, 4, 4)] embassy::Channel1, ours_core::Fifo1),
        ),
    ]
}
