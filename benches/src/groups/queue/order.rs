//! Other orders than first in, first out; and several queues.

use crate::contenders::queues::{crossbeam, crossfire, flume, ours, ours_core, std_heaps};
use crate::groups::entries;
use crate::row::{Pace, Row};

pub(super) fn order() -> Vec<Row> {
    let row = |name, entries| Row::new("order", name, 1.0, Pace::Streamed, entries);
    vec![
        row(
            "last in, first out, 100 below",
            entries!([queue::order::last_first(1000, 100)] ours_core::Lifo, std_heaps::Stack),
        ),
        row(
            "smallest first, 100 inside",
            entries!([queue::order::smallest_first(1000, 100)] ours_core::Priority, std_heaps::Heap),
        ),
        row(
            "smallest first, 10,000 inside",
            entries!([queue::order::smallest_first(20_000, 10_000)] ours_core::Priority, std_heaps::Heap),
        ),
        row(
            "last in, first out, 128, 4:4",
            entries!([queue::flow::many_to_many(128, 4, 4)] ours_core::Lifo, std_heaps::Stack),
        ),
        row(
            "smallest first, 128, 4:4",
            entries!([queue::flow::many_to_many(128, 4, 4)] ours_core::Priority, std_heaps::Heap),
        ),
    ]
}

pub(super) fn select() -> Vec<Row> {
    macro_rules! all {
        ($($call:tt)+) => {
            entries!([$($call)+] ours::Queue, ours_core::Fifo128, crossbeam::Channel, flume::Channel, crossfire::Bounded)
        };
    }
    let row = |name, entries| Row::new("select", name, 1.0, Pace::Streamed, entries);
    vec![
        row("of two that are not empty", all!(queue::select::alone())),
        row(
            "of two, bounded 128, 2:1",
            all!(queue::select::two_to_one(128)),
        ),
    ]
}
