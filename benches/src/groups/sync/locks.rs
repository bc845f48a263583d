//! Locks of every kind.

use crate::contenders::{async_lock, maitake, ours, parking_lot, pthread, spin, std, tokio, usync};
use crate::groups::entries;
use crate::row::{Pace, Row};
use crate::section::Work;

pub(super) fn locks() -> Vec<Row> {
    macro_rules! all {
        ($($call:tt)+) => {
            entries!([$($call)+]
                ours::Mutex,
                ours::Lock,
                std::Mutex,
                parking_lot::Mutex,
                usync::Mutex,
                pthread::Mutex,
                async_lock::Mutex,
                tokio::Mutex,
                spin::Mutex,
            )
        };
    }
    let uncontended = all!(lock::uncontended());
    let mut rows = vec![Row::new(
        "lock",
        "uncontended",
        1.0,
        Pace::Counted,
        uncontended,
    )];
    for (work, length) in [(Work::Short, "short"), (Work::Long, "long")] {
        for threads in [2, 4, 16] {
            let name = format!("{threads} threads, {length} section");
            // Each thread should have some turns on a processor.
            let pace = Pace::Timed(if threads > 4 { 3 } else { 1 });
            let entries = all!(lock::contended(threads, work));
            rows.push(Row::new("lock", name, 1.0, pace, entries));
        }
    }
    rows
}

pub(super) fn rlocks() -> Vec<Row> {
    let entries = entries!([rlock::nested()]
        ours::RLock,
        parking_lot::ReentrantMutex,
        usync::ReentrantMutex,
        pthread::RecursiveMutex,
    );
    vec![Row::new(
        "rlock",
        "nested twice",
        1.0,
        Pace::Counted,
        entries,
    )]
}

pub(super) fn rwlocks() -> Vec<Row> {
    macro_rules! all {
        ($($call:tt)+) => {
            entries!([$($call)+]
                ours::RwLock,
                std::RwLock,
                parking_lot::RwLock,
                usync::RwLock,
                pthread::RwLock,
                async_lock::RwLock,
                tokio::RwLock,
                spin::RwLock,
            )
        };
    }
    let row = |name, pace, entries| Row::new("rwlock", name, 1.0, pace, entries);
    vec![
        row("uncontended read", Pace::Counted, all!(rwlock::read())),
        row("uncontended write", Pace::Counted, all!(rwlock::write())),
        row(
            "4 threads, 1 write in 64",
            Pace::Timed(1),
            all!(rwlock::read_mostly(4, 64)),
        ),
        row(
            "2 threads, 1 write in 1000",
            Pace::Timed(1),
            all!(rwlock::read_mostly(2, 1000)),
        ),
    ]
}

pub(super) fn async_locks() -> Vec<Row> {
    macro_rules! all {
        ($($call:tt)+) => {
            entries!([$($call)+] ours::Mutex, tokio::Mutex, async_lock::Mutex, maitake::Mutex)
        };
    }
    let row = |name, pace, entries| Row::new("async-lock", name, 1.0, pace, entries);
    vec![
        row(
            "uncontended",
            Pace::Counted,
            all!(async_lock::uncontended()),
        ),
        row(
            "4 tasks, short section",
            Pace::Timed(1),
            all!(async_lock::contended(4, false)),
        ),
        row(
            "4 tasks, section with a pause",
            Pace::Timed(1),
            all!(async_lock::contended(4, true)),
        ),
    ]
}
