//! Schedules made up by shuttle instead of the machine: thousands of orders of a few steps each, and a deadlock is found when it happens.
//!
//! What is explored: a thread can be changed wherever an algorithm calls its port: entering and leaving the guard of a list, sleeping, waking, spinning, taking and releasing. Time is
//! made up as well, so that limits run out at every such point. What is *not* explored: orders between two accesses of one algorithm to its words, and weak memory; these
//! are what the loom models are for (`tests/loom`), which cannot run scenarios as large as these.
//!
//! `SELVEDGE_SCHEDULES` is the number of schedules for each scenario, 1000 by default. A failure prints the schedule, for `shuttle::replay`.

mod port;

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use port::Shuttled;
use selvedge_conformance::host::Watchdog;
use selvedge_conformance::probe::Probe;
use selvedge_core::error::BarrierError;
use selvedge_core::{Barrier, Condvar, Event, Lock, Mutex, RLock, RwLock, Semaphore};
use shuttle::future::block_on;
use shuttle::sync::Mutex as Model;
use shuttle::thread;

/// About as long as a few steps take.
const SHORT: Duration = Duration::from_nanos(12);

fn explore(name: &str, scenario: impl Fn() + Send + Sync + 'static) {
    let schedules = std::env::var("SELVEDGE_SCHEDULES")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(1_000);
    let _watchdog = Watchdog::new(name);
    let scenario = Arc::new(scenario);
    let again = scenario.clone();
    shuttle::check_random(move || scenario(), schedules);
    // With few changes of thread, but at the worst points.
    shuttle::check_pct(move || again(), schedules, 3);
}

/// Runs `n` threads; each gets its number.
fn threads<T: Send + Sync + 'static>(n: usize, shared: &Arc<T>, work: fn(&T, usize)) {
    let threads: Vec<_> = (0..n)
        .map(|i| {
            let shared = shared.clone();
            thread::spawn(move || work(&shared, i))
        })
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
}

fn poll_and_drop<F: Future>(future: F) -> Option<F::Output> {
    let probe = Probe::new();
    let mut future = pin!(Some(future));
    for _ in 0..2 {
        if let std::task::Poll::Ready(output) = probe.poll(&mut future) {
            return Some(output);
        }
        thread::yield_now();
    }
    None
}

/// Holders that block, have little time, poll, give up and release fairly: nobody sleeps beside a free lock.
#[test]
fn lock() {
    explore("lock", || {
        let shared = Arc::new(Mutex::<Shuttled, u32>::new(0));
        let taken = Arc::new((shared, Model::new(0)));
        threads(3, &taken, |(mutex, taken), i| {
            for round in 0..2 {
                let guard = match (i + round) % 4 {
                    0 => Some(mutex.lock()),
                    1 => mutex.lock_timeout(SHORT).ok(),
                    2 => poll_and_drop(mutex.lock_async()),
                    _ => Some(block_on(mutex.lock_async())),
                };
                let Some(mut guard) = guard else { continue };
                let n = *guard;
                thread::yield_now();
                *guard = n + 1;
                *taken.lock().unwrap() += 1;
                if i == 0 {
                    guard.unlock_fair();
                }
            }
        });
        assert!(!taken.0.is_locked());
        assert_eq!(*taken.0.lock(), *taken.1.lock().unwrap());
    });
}

/// A lock as a signal: acquired here, released there.
#[test]
fn released_elsewhere() {
    explore("released_elsewhere", || {
        let locks = Arc::new([Lock::<Shuttled>::new(), Lock::new()]);
        locks[0].acquire().keep();
        locks[1].acquire().keep();
        threads(2, &locks, |[ping, pong], i| {
            for _ in 0..2 {
                if i == 0 {
                    ping.release().unwrap();
                    pong.acquire().keep();
                } else {
                    ping.acquire().keep();
                    pong.release().unwrap();
                }
            }
        });
    });
}

/// Permits that are released while waits run out and futures give up: taken or there.
#[test]
fn semaphore() {
    explore("semaphore", || {
        let shared = Arc::new((Semaphore::<Shuttled>::new(1), Model::new(0_i32)));
        threads(4, &shared, |(semaphore, inside), i| {
            for round in 0..2 {
                let permit = match (i + round) % 4 {
                    0 => Some(semaphore.acquire()),
                    1 => semaphore.acquire_timeout(SHORT).ok(),
                    2 => poll_and_drop(semaphore.acquire_async()),
                    _ => Some(block_on(semaphore.acquire_async())),
                };
                let Some(_permit) = permit else { continue };
                *inside.lock().unwrap() += 1;
                thread::yield_now();
                let mut inside = inside.lock().unwrap();
                assert_eq!(*inside, 1);
                *inside -= 1;
            }
        });
        assert_eq!(shared.0.value(), 1);
    });
}

/// Whoever waits when the flag goes up returns, even if it goes down at once.
#[test]
fn event() {
    explore("event", || {
        let shared = Arc::new((
            Event::<Shuttled>::new(),
            Event::<Shuttled>::new(),
            Model::new(0),
        ));
        threads(3, &shared, |(event, done, passed), i| match i {
            0 => {
                while *passed.lock().unwrap() < 2 {
                    event.set();
                    event.clear();
                    thread::yield_now();
                }
                done.set();
            }
            _ => {
                if i == 1 {
                    event.wait();
                } else {
                    let _ = event.wait_timeout(SHORT);
                    block_on(event.wait_async());
                }
                *passed.lock().unwrap() += 1;
                done.wait();
            }
        });
    });
}

/// The notifier's count and the waiters' outcomes agree (row T-78).
#[test]
fn condition() {
    explore("condition", || {
        let shared = Arc::new((
            Mutex::<Shuttled, u32>::new(0),
            Condvar::<Shuttled>::new(),
            Model::new(0),
        ));
        threads(4, &shared, |(mutex, condvar, notified), i| match i {
            0 => {
                for n in [1, 2] {
                    let guard = mutex.lock();
                    *notified.lock().unwrap() += condvar.notify(n);
                    drop(guard);
                    thread::yield_now();
                    *notified.lock().unwrap() += condvar.notify(n);
                }
            }
            _ => {
                let mut told = mutex.lock();
                for _ in 0..2 {
                    if condvar.wait_timeout(&mut told, SHORT).is_ok() {
                        *told += 1;
                    }
                }
            }
        });
        let (mutex, condvar, notified) = &*shared;
        assert_eq!(*mutex.lock(), *notified.lock().unwrap());
        assert_eq!(condvar.waiting(), 0);
    });
}

/// A small buffer, notified one by one, with a consumer that gives up now and then.
#[test]
fn buffer() {
    explore("buffer", || {
        let shared = Arc::new((
            Mutex::<Shuttled, u32>::new(0),
            Condvar::<Shuttled>::new(),
            Condvar::<Shuttled>::new(),
        ));
        threads(4, &shared, |(filled, not_empty, not_full), i| {
            for _ in 0..2 {
                if i % 2 == 0 {
                    let mut filled = filled.lock();
                    not_full.wait_for(&mut filled, |filled| **filled < 1);
                    *filled += 1;
                    not_empty.notify_one();
                } else {
                    if i == 1 {
                        // What it was told is for another, who may be waiting.
                        let guard = filled.lock();
                        if *guard == 0 {
                            let _ = poll_and_drop(not_empty.wait_async(guard));
                        }
                    }
                    let mut filled = filled.lock();
                    not_empty.wait_for(&mut filled, |filled| **filled > 0);
                    *filled -= 1;
                    not_full.notify_one();
                }
            }
        });
        assert_eq!(*shared.0.lock(), 0);
        assert_eq!((shared.1.waiting(), shared.2.waiting()), (0, 0));
    });
}

/// Time runs out while the last one comes: all pass or none, and the next cycle is whole.
#[test]
fn barrier_runs_out() {
    explore("barrier_runs_out", || {
        let shared = Arc::new((Barrier::<Shuttled>::new(3), Model::new((0, 0))));
        threads(3, &shared, |(barrier, results), i| {
            let outcome = if i == 0 {
                barrier.wait().map_err(|_| BarrierError::Broken)
            } else {
                barrier.wait_timeout(SHORT * 4)
            };
            let mut results = results.lock().unwrap();
            match outcome {
                Ok(_) => results.0 += 1,
                Err(BarrierError::TimedOut) => results.1 += 1,
                Err(BarrierError::Broken) => {}
            }
        });
        let (barrier, results) = &*shared;
        let (passed, ran_out) = *results.lock().unwrap();
        assert!(passed == 3 || passed == 0, "{passed} of 3 passed");
        assert_eq!(barrier.is_broken(), passed == 0);
        assert_eq!(ran_out > 0, passed == 0);
        assert_eq!(barrier.n_waiting(), 0);
    });
}

/// Parties give up while others come, abort and reset: the count stays right.
#[test]
fn barrier_gives_up() {
    explore("barrier_gives_up", || {
        let shared = Arc::new(Barrier::<Shuttled>::new(2));
        threads(4, &shared, |barrier, i| match i {
            0 => {
                let _ = poll_and_drop(barrier.wait_async());
            }
            1 => {
                let _ = barrier.wait_timeout(SHORT);
                barrier.reset();
            }
            2 => {
                let _ = poll_and_drop(barrier.wait_async());
                let _ = barrier.try_wait();
            }
            _ => {
                barrier.abort();
                barrier.reset();
            }
        });
        shared.reset();
        assert_eq!((shared.n_waiting(), shared.is_broken()), (0, false));
        threads(2, &shared, |barrier, _| assert!(barrier.wait().is_ok()));
    });
}

/// Writers and readers that block, run out and give up: nobody is left outside.
#[test]
fn rwlock() {
    explore("rwlock", || {
        let shared = Arc::new((RwLock::<Shuttled, (u32, u32)>::new((0, 0)), Model::new(0)));
        threads(4, &shared, |(lock, written), i| {
            for round in 0..2 {
                match (i + round) % 6 {
                    0 => {
                        let data = lock.read();
                        thread::yield_now();
                        assert_eq!(data.0, data.1);
                    }
                    1 => drop(lock.write_timeout(SHORT)),
                    2 => drop(poll_and_drop(lock.write_async())),
                    3 => {
                        let mut data = lock.write();
                        data.0 += 1;
                        thread::yield_now();
                        data.1 += 1;
                        *written.lock().unwrap() += 1;
                        drop(data.downgrade());
                    }
                    4 => drop(lock.read_timeout(SHORT)),
                    _ => drop(block_on(lock.read_async())),
                }
            }
        });
        let written = *shared.1.lock().unwrap();
        assert_eq!(*shared.0.read(), (written, written));
        assert!(shared.0.try_write().is_some());
    });
}

/// A wait on a reentrant lock lets go of all levels, among owners that come and go.
#[test]
fn rlock() {
    explore("rlock", || {
        let shared = Arc::new((
            RLock::<Shuttled>::default(),
            Condvar::<Shuttled>::new(),
            Model::new(false),
        ));
        threads(3, &shared, |(lock, condvar, ready), i| {
            let _outer = lock.acquire();
            let mut inner = lock.acquire();
            if i == 0 {
                condvar.wait_for(&mut inner, |_| *ready.lock().unwrap());
            } else {
                *ready.lock().unwrap() = true;
                condvar.notify_all();
            }
            assert_eq!(lock.level(), 2);
        });
        assert!(!shared.0.locked());
    });
}
