//! What threads wait for besides locks.

use crate::contender::Notify;
use crate::contenders::{async_lock, maitake, ours, parking_lot, pthread, spin, std, tokio, usync};
use crate::groups::entries;
use crate::row::{Pace, Row};

pub(super) fn conditions() -> Vec<Row> {
    macro_rules! all {
        ($($call:tt)+) => {
            entries!([$($call)+]
                ours::Monitor,
                std::Monitor,
                parking_lot::Monitor,
                usync::Monitor,
                pthread::Monitor,
            )
        };
    }
    let row = |name, aim, entries| Row::new("condition", name, aim, Pace::Counted, entries);
    vec![
        row("ping-pong", 0.5, all!(condition::ping_pong(Notify::One))),
        row(
            "ping-pong, notify after release",
            0.5,
            all!(condition::ping_pong(Notify::OneAfter)),
        ),
        row("notify_all to 8", 1.0, all!(condition::notify_all(8))),
        row("notify_all to 64", 1.0, all!(condition::notify_all(64))),
    ]
}

pub(super) fn semaphores() -> Vec<Row> {
    macro_rules! all {
        ($($call:tt)+) => {
            entries!([$($call)+]
                ours::Semaphore,
                std::Semaphore,
                parking_lot::Semaphore,
                pthread::Semaphore,
                async_lock::Semaphore,
                tokio::Semaphore,
                maitake::Semaphore,
            )
        };
    }
    let row = |name, pace, entries| Row::new("semaphore", name, 1.0, pace, entries);
    vec![
        row("uncontended", Pace::Counted, all!(semaphore::uncontended())),
        row(
            "8 threads, 2 permits",
            Pace::Timed(2),
            all!(semaphore::contended(8, 2)),
        ),
    ]
}

pub(super) fn barriers() -> Vec<Row> {
    macro_rules! all {
        ([$($call:tt)+] $($more:ty)?) => {
            entries!([$($call)+]
                ours::Barrier,
                std::Barrier,
                pthread::Barrier,
                async_lock::Barrier,
                tokio::Barrier,
                $($more)?
            )
        };
    }
    let row = |name, aim, entries| Row::new("barrier", name, aim, Pace::Counted, entries);
    vec![
        row("2 parties", 0.5, all!([barrier::meet(2)] spin::Barrier)),
        // With more parties than processors, one that never sleeps takes a third of a second to meet.
        row("8 parties", 1.0, all!([barrier::meet(8)])),
    ]
}

pub(super) fn events() -> Vec<Row> {
    macro_rules! all {
        ($($call:tt)+) => {
            entries!([$($call)+]
                ours::Event,
                std::ParkEvent,
                std::CondvarEvent,
                parking_lot::CondvarEvent,
                async_lock::Event,
                tokio::Notify,
                maitake::WaitQueue,
            )
        };
    }
    vec![
        Row::new(
            "event",
            "ping-pong",
            1.0,
            Pace::Counted,
            all!(event::ping_pong()),
        ),
        Row::new(
            "event",
            "set and clear",
            1.0,
            Pace::Counted,
            all!(event::set_clear()),
        ),
    ]
}
