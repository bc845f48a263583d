//! Locks, conditions, semaphores, barriers, events, timers, threads.

use crate::contender::Notify;
use crate::contenders::{
    async_lock, maitake, ours, ours_timers, parking_lot, pthread, spin, std, std_timers, tokio,
    tokio_timers, usync,
};
use crate::groups::entries;
use crate::row::{Pace, Row};
use crate::section::Work;

pub(crate) fn rows() -> Vec<Row> {
    let families = [
        locks(),
        rlocks(),
        rwlocks(),
        conditions(),
        semaphores(),
        barriers(),
        events(),
        async_locks(),
        timers(),
        threads(),
    ];
    families.into_iter().flatten().collect()
}

fn locks() -> Vec<Row> {
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

fn rlocks() -> Vec<Row> {
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

fn rwlocks() -> Vec<Row> {
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

fn conditions() -> Vec<Row> {
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

fn semaphores() -> Vec<Row> {
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

fn barriers() -> Vec<Row> {
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

fn events() -> Vec<Row> {
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

fn async_locks() -> Vec<Row> {
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

fn timers() -> Vec<Row> {
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

fn threads() -> Vec<Row> {
    let plain = entries!([thread::start_join()] ours::Threads, std::Threads);
    let named = entries!([thread::start_join_named()] ours::Threads, std::Threads);
    vec![
        Row::new("thread", "start and join", 1.0, Pace::Counted, plain),
        Row::new("thread", "start and join, named", 1.0, Pace::Counted, named),
    ]
}
