//! Memory.

use crate::contenders::queues::{
    async_channel, crossbeam, crossfire, flume, kanal, ours, std, tokio,
};
use crate::groups::entries;
use crate::row::{Entry, Pace, Row};

pub(super) fn memory() -> Vec<Row> {
    // It is the same each time.
    let million = Pace::Fixed {
        ops: 1_000_000,
        smoke: 1000,
        rounds: 1,
    };
    let once = Pace::Fixed {
        ops: 1,
        smoke: 1,
        rounds: 1,
    };
    macro_rules! bounded {
        ($($call:tt)+) => {
            entries!([$($call)+]
                ours::Queue,
                crossbeam::Channel,
                kanal::Channel,
                flume::Channel,
                crossfire::Bounded,
                std::Bounded,
                tokio::Bounded,
                async_channel::Channel,
            )
        };
    }
    macro_rules! unbounded {
        ($($call:tt)+) => {
            entries!([$($call)+]
                ours::Queue,
                crossbeam::Channel,
                kanal::Channel,
                flume::Channel,
                crossfire::Unbounded,
                std::Unbounded,
                tokio::Unbounded,
                async_channel::Channel,
            )
        };
    }
    let row =
        |name, pace, entries: Vec<Entry>| Row::new("memory", name, 1.0, pace, entries).in_bytes();
    vec![
        row(
            "idle, bounded 128",
            once,
            bounded!(queue::memory::idle(128)),
        ),
        row("idle, unbounded", once, unbounded!(queue::memory::idle(0))),
        row(
            "each of a million queued u64, bounded",
            million,
            bounded!(queue::memory::queued(true)),
        ),
        row(
            "each of a million queued u64, unbounded",
            million,
            unbounded!(queue::memory::queued(false)),
        ),
        row(
            "empty again after a million, unbounded",
            million,
            unbounded!(queue::memory::kept()),
        ),
    ]
}
