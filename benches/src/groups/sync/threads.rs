//! Threads and timers.

use crate::contenders::{ours, ours_timers, std, std_timers, tokio_timers};
use crate::groups::entries;
use crate::row::{Pace, Row};

pub(super) fn timers() -> Vec<Row> {
    macro_rules! all {
        ($($call:tt)+) => {
            entries!([$($call)+]
                ours_timers::Wheel,
                tokio_timers::Queue,
                tokio_timers::Sleeps,
                std_timers::Map,
            )
        };
    }
    let pace = Pace::Fixed {
        ops: 1_000_000,
        smoke: 1000,
        rounds: 5,
    };
    let row = |name, entries| Row::new("timer", name, 0.5, pace, entries);
    vec![
        row("start and cancel a million", all!(timer::cancel(false))),
        row(
            "start and cancel a million, in random order",
            all!(timer::cancel(true)),
        ),
        row("start and fire a million", all!(timer::fire())),
    ]
}

pub(super) fn threads() -> Vec<Row> {
    let plain = entries!([thread::start_join()] ours::Threads, std::Threads);
    let named = entries!([thread::start_join_named()] ours::Threads, std::Threads);
    vec![
        Row::new("thread", "start and join", 1.0, Pace::Counted, plain),
        Row::new("thread", "start and join, named", 1.0, Pace::Counted, named),
    ]
}
