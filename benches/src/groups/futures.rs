//! Pools of threads, and who waits for futures.

use crate::contender::Contender;
use crate::contenders::pools::{block_on, ours, rayon, smol, std, threadpool, tokio};
use crate::contenders::python;
use crate::groups::entries;
use crate::row::{Entry, Pace, Row};

/// So many as this machine has processors, and two at least.
fn workers() -> usize {
    ::std::thread::available_parallelism().map_or(2, |number| number.get().max(2))
}

pub(super) fn rows() -> Vec<Row> {
    let mut rows = tasks();
    rows.extend(calls());
    rows.extend(costs());
    rows.extend(waits());
    rows
}

fn tasks() -> Vec<Row> {
    let workers = workers();
    let many = Pace::Fixed {
        ops: 100_000,
        smoke: 1000,
        rounds: 15,
    };
    macro_rules! pools {
        ($($call:tt)+) => {
            entries!([$($call)+]
                ours::Threads,
                ours::SpawnAsync,
                rayon::Spawn,
                threadpool::Threads,
                tokio::Spawn,
                tokio::SpawnBlocking,
                smol::Threads,
                smol::Blocking,
            )
        };
    }
    let row = |name, aim, pace, mut entries: Vec<Entry>, python| {
        entries.extend(python);
        Row::new("tasks", name, aim, pace, entries)
    };
    let mut trips = pools!(pool::round_trip(workers));
    trips.extend(entries!([pool::round_trip(workers)] rayon::Install));
    vec![
        row(
            "100,000 tiny ones from outside",
            1.0,
            many,
            pools!(pool::outside(workers)),
            python::futures("outside", workers),
        ),
        row(
            "100,000 tiny ones, each result taken",
            1.0,
            many,
            pools!(pool::results(workers)),
            python::futures("results", workers),
        ),
        row(
            "a tree of 100,000 from inside",
            1.0,
            many,
            pools!(pool::nested(workers)),
            None,
        ),
        row(
            "submit and wait",
            0.25,
            Pace::Counted,
            trips,
            python::futures("round_trip", workers),
        ),
    ]
}

fn calls() -> Vec<Row> {
    let workers = workers();
    let million = Pace::Fixed {
        ops: 1_000_000,
        smoke: 10_000,
        rounds: 15,
    };
    let parts = Pace::Fixed {
        ops: 10_000,
        smoke: 100,
        rounds: 15,
    };
    let mut maps = entries!([pool::map(workers)]
        ours::Threads,
        ours::Chunked,
        ours::OneByOne,
        rayon::Spawn,
        std::Threads,
    );
    maps.extend(python::futures("map", workers));
    let scopes = entries!([pool::scoped(workers)]
        ours::Threads,
        ours::Chunked,
        rayon::Spawn,
        std::Threads,
    );
    vec![
        Row::new("map", "a million tiny items", 1.0, million, maps),
        Row::new("scope", "10,000 tasks that borrow", 1.0, parts, scopes),
    ]
}

fn costs() -> Vec<Row> {
    let workers = workers();
    let second = Pace::Fixed {
        ops: 1,
        smoke: 1,
        rounds: 3,
    };
    let queued = Pace::Fixed {
        ops: 100_000,
        smoke: 1000,
        rounds: 1,
    };
    let idle = entries!([pool::idle(workers)]
        ours::Threads,
        rayon::Spawn,
        threadpool::Threads,
        tokio::Spawn,
        tokio::SpawnBlocking,
        smol::Threads,
        std::Nothing,
    );
    let memory = entries!([pool::queued()]
        ours::Threads,
        rayon::Spawn,
        threadpool::Threads,
        tokio::Spawn,
        tokio::SpawnBlocking,
        smol::Threads,
    );
    vec![
        Row::new("idle", "processor time of a second", 1.0, second, idle)
            .aims_at(std::Nothing::NAME, 1_000_000.0),
        Row::new(
            "memory",
            "each of 100,000 queued tasks",
            1.0,
            queued,
            memory,
        )
        .in_bytes(),
    ]
}

fn waits() -> Vec<Row> {
    macro_rules! waiters {
        ($($call:tt)+) => {
            entries!([$($call)+] ours::Here, block_on::FuturesLite, block_on::Pollster)
        };
    }
    let row = |name, entries| Row::new("block_on", name, 1.0, Pace::Counted, entries);
    vec![
        row("what is ready", waiters!(pool::ready())),
        row("what wakes at once", waiters!(pool::woken())),
        row("another thread answers", waiters!(pool::answered())),
    ]
}
