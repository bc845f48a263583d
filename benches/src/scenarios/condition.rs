//! Conditions.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

use crate::contender::{Monitor, Notify};
use crate::row::{Plan, Sample};
use crate::team::{Apart, until_done};

/// Two threads, whose turn it is by turns; an operation is one turn each.
pub(crate) fn ping_pong<M: Monitor>(plan: &Plan, notify: Notify) -> Sample {
    const TURN: usize = 0;
    let monitor = Apart(M::new());
    let time = until_done(2, |index, gate| {
        let index = index as u64;
        gate.pass();
        for round in 0..plan.ops {
            let mine = 2 * round + index;
            monitor.0.when(
                |section| section.get(TURN) == mine,
                |section| section.set(TURN, mine + 1),
                notify,
            );
        }
    });
    let all = 2 * plan.ops;
    monitor.0.when(
        |_| true,
        |section| assert_eq!(section.get(TURN), all),
        Notify::Nobody,
    );
    Sample::new(plan.ops, time)
}

const GENERATION: usize = 0;
const WAITING: usize = 1;
const RETURNED: usize = 2;

/// Some threads wait, one notifies all; the time from then until each of them has had the lock.
pub(crate) fn notify_all<M: Monitor>(plan: &Plan, waiters: u64) -> Sample {
    let monitor = Apart(M::new());
    let end = Apart(AtomicU64::new(0));
    let epoch = Instant::now();
    let notifier = thread::current();
    thread::scope(|scope| {
        for _ in 0..waiters {
            scope.spawn(|| {
                for generation in 1..=plan.ops {
                    let is_last = wait_for(&monitor.0, generation, waiters);
                    if is_last {
                        let now = u64::try_from(epoch.elapsed().as_nanos()).unwrap_or(u64::MAX);
                        end.0.store(now, Relaxed);
                        notifier.unpark();
                    }
                }
            });
        }
        let mut sum = Duration::ZERO;
        for generation in 1..=plan.ops {
            until_all_wait(&monitor.0, waiters);
            end.0.store(0, Relaxed);
            let mut start = Duration::ZERO;
            monitor.0.when(
                |_| true,
                |section| {
                    section.set(WAITING, 0);
                    section.set(RETURNED, 0);
                    section.set(GENERATION, generation);
                    start = epoch.elapsed();
                },
                Notify::All,
            );
            while end.0.load(Relaxed) == 0 {
                thread::park();
            }
            sum += Duration::from_nanos(end.0.load(Relaxed)) - start;
        }
        Sample::new(plan.ops, sum)
    })
}

/// A waiter; true for the last one to return.
fn wait_for<M: Monitor>(monitor: &M, generation: u64, waiters: u64) -> bool {
    let mut is_counted = false;
    let mut is_last = false;
    monitor.when(
        |section| {
            if !is_counted {
                is_counted = true;
                section.add(WAITING, 1);
            }
            assert!(
                section.get(GENERATION) <= generation,
                "it is not notified before it waits"
            );
            section.get(GENERATION) == generation
        },
        |section| is_last = section.add(RETURNED, 1) == waiters,
        Notify::Nobody,
    );
    is_last
}

/// Until all are counted, and a little longer: they should sleep, and not be on their way to it.
fn until_all_wait<M: Monitor>(monitor: &M, waiters: u64) {
    let mut waiting = 0;
    while waiting < waiters {
        thread::sleep(Duration::from_micros(50));
        monitor.when(
            |_| true,
            |section| waiting = section.get(WAITING),
            Notify::Nobody,
        );
    }
    thread::sleep(Duration::from_micros(100));
}
