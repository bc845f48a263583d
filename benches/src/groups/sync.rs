//! Locks, conditions, semaphores, barriers, events, timers, threads.

mod locks;
mod threads;
mod waits;

use crate::row::Row;

pub(super) fn rows() -> Vec<Row> {
    let families = [
        locks::locks(),
        locks::rlocks(),
        locks::rwlocks(),
        waits::conditions(),
        waits::semaphores(),
        waits::barriers(),
        waits::events(),
        locks::async_locks(),
        threads::timers(),
        threads::threads(),
    ];
    families.into_iter().flatten().collect()
}
