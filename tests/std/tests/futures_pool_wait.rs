//! Tasks that wait for tasks: nested, in circles, with all workers taken.

mod pool_support;

use std::sync::Arc;
use std::sync::mpsc;
use std::time::Duration;

use pool_support::{Gate, Opens, eventually, hold, watched};
use selvedge::concurrent::futures::{SharedFuture, TaskError, ThreadPoolExecutor};

fn pool(workers: usize, spares: usize) -> Arc<ThreadPoolExecutor> {
    let builder = ThreadPoolExecutor::builder()
        .max_workers(workers)
        .spare_workers(spares);
    Arc::new(builder.build().unwrap())
}

fn fibonacci(pool: &Arc<ThreadPoolExecutor>, n: u32) -> u64 {
    if n < 2 {
        return u64::from(n);
    }
    let inner = pool.clone();
    let one = pool.spawn(move || fibonacci(&inner, n - 1)).unwrap();
    let two = fibonacci(pool, n - 2);
    one.result().unwrap() + two
}

/// Rows F-18, F-E04: a task waits for a task of its own pool of one.
#[test]
fn f18_one_worker_is_enough() {
    watched(|| {
        let pool = pool(1, 0);
        let inner = pool.clone();
        let future = pool.spawn(move || inner.spawn(|| 5).unwrap().result().unwrap() + 1);
        assert_eq!(future.unwrap().result().unwrap(), 6);
        assert_eq!(pool.stats().workers, 1);
        assert_eq!(pool.stats().helped, 1);
    });
}

/// Waits within waits, on few workers, with and without spare ones.
#[test]
fn f18_deep_and_wide() {
    watched(|| {
        for (workers, spares) in [(1, 0), (2, 0), (2, 2), (4, 1)] {
            let pool = pool(workers, spares);
            let inner = pool.clone();
            let future = pool.spawn(move || fibonacci(&inner, 14));
            assert_eq!(future.unwrap().result().unwrap(), 377);
            assert!(pool.stats().workers <= workers + spares);
        }
    });
}

/// All workers wait for tasks that come after those in the queue.
#[test]
fn f18_a_saturated_pool() {
    watched(|| {
        for spares in [0, 2] {
            let pool = pool(2, spares);
            let futures: Vec<_> = (0..20)
                .map(|n| {
                    let inner = pool.clone();
                    pool.spawn(move || inner.submit(|n| n * 2, n).unwrap().result().unwrap())
                        .unwrap()
                })
                .collect();
            let sum: i32 = futures
                .into_iter()
                .map(|future| future.result().unwrap())
                .sum();
            assert_eq!(sum, 380);
        }
    });
}

/// A task waits for one that runs elsewhere: another worker takes its place, and goes when it goes on.
#[test]
fn a_spare_worker_takes_the_place() {
    watched(|| {
        let pool = pool(2, 1);
        let gate = Gate::default();
        let _opens = Opens(gate.clone());
        let inner_gate = gate.clone();
        let slow = pool.spawn(move || inner_gate.pass()).unwrap();
        gate.wait_for(1);
        let waiting = pool.spawn(move || slow.result().unwrap()).unwrap();
        eventually(|| waiting.running());
        // Both workers are taken: one by the gate, one by the wait.
        let (sender, receiver) = mpsc::channel();
        drop(pool.spawn(move || sender.send(7)));
        assert_eq!(receiver.recv().unwrap(), 7);
        assert_eq!(pool.stats().workers, 3);
        gate.open();
        waiting.result().unwrap();
        // Too many are awake now; whoever looks for the next task goes.
        eventually(|| {
            drop(pool.spawn(|| ()));
            pool.stats().workers <= 2
        });
    });
}

/// Row F-E03: tasks wait for each other in a circle. The last one panics, and the others get that as an error.
#[test]
fn f_e03_a_circle_is_found() {
    watched(|| {
        for size in [2, 3] {
            let pool = pool(size, 0);
            let mut senders = Vec::new();
            let mut futures = Vec::new();
            for _ in 0..size {
                let (sender, receiver) = mpsc::channel::<SharedFuture<u32>>();
                senders.push(sender);
                let future = pool.spawn(move || {
                    let next = receiver.recv().unwrap();
                    match next.wait() {
                        Ok(value) => value + 1,
                        Err(error) => panic!("{error}"),
                    }
                });
                futures.push(future.unwrap().shared());
            }
            eventually(|| futures.iter().all(SharedFuture::running));
            for (at, sender) in senders.iter().enumerate() {
                sender.send(futures[(at + 1) % size].clone()).unwrap();
            }
            for future in &futures {
                let error = future.wait().unwrap_err();
                assert!(error.to_string().contains("deadlock"), "{error}");
            }
            // The pool is as good as before.
            assert_eq!(pool.spawn(|| 1).unwrap().result().unwrap(), 1);
        }
    });
}

/// A wait with a time limit in a circle is no deadlock: it ends.
#[test]
fn a_timed_wait_is_no_circle() {
    watched(|| {
        let pool = pool(2, 0);
        let (sender, receiver) = mpsc::channel::<SharedFuture<u32>>();
        let timed = pool
            .spawn(move || {
                let other = receiver.recv().unwrap();
                u32::from(other.wait_timeout(Duration::from_millis(50)).is_err())
            })
            .unwrap()
            .shared();
        let awaited = timed.clone();
        let endless = pool
            .spawn(move || *awaited.wait().unwrap() + 1)
            .unwrap()
            .shared();
        eventually(|| endless.running());
        sender.send(endless.clone()).unwrap();
        assert_eq!(*endless.wait().unwrap(), 2);
    });
}

/// Pools of one that wait for each other's tasks, without circles.
#[test]
fn two_pools_wait_for_each_other() {
    watched(|| {
        let (one, two) = (pool(1, 1), pool(1, 1));
        for _ in 0..100 {
            let futures = [(&one, &two), (&two, &one)].map(|(here, there)| {
                let there = there.clone();
                here.spawn(move || there.spawn(|| 1).unwrap().result().unwrap())
                    .unwrap()
            });
            assert_eq!(futures.map(|future| future.result().unwrap()), [1, 1]);
        }
    });
}

/// A task that was run in place is passed over by whoever finds it in the queue, and a cancelled one is not run in place.
#[test]
fn stale_tasks_are_passed_over() {
    watched(|| {
        let pool = pool(1, 0);
        let inner = pool.clone();
        let future = pool.spawn(move || {
            let cancelled = inner.spawn(|| 1).unwrap();
            let ran = inner.spawn(|| 2).unwrap();
            assert!(cancelled.cancel());
            assert!(matches!(cancelled.result(), Err(TaskError::Cancelled)));
            ran.result().unwrap()
        });
        assert_eq!(future.unwrap().result().unwrap(), 2);
        assert_eq!(pool.spawn(|| 3).unwrap().result().unwrap(), 3);
        assert_eq!(pool.stats().done, 2);
        assert_eq!(pool.stats().helped, 1);
    });
}

/// Context variables of the task that waits are not seen by the one that is run in its place.
#[test]
fn a_task_in_place_has_its_own_context() {
    use selvedge::contextvars::ContextVar;
    static VAR: ContextVar<u32> = ContextVar::new("var");
    watched(|| {
        let pool = pool(1, 0);
        let inner = pool.clone();
        let future = pool.spawn(move || {
            VAR.set(1);
            let seen = inner.spawn(|| (VAR.get().ok(), VAR.set(2)).0).unwrap();
            (seen.result().unwrap(), VAR.get().ok())
        });
        assert_eq!(future.unwrap().result().unwrap(), (None, Some(1)));
    });
}

/// A held pool, a wait from outside: nothing is run in the outside thread.
#[test]
fn who_waits_outside_does_not_help() {
    watched(|| {
        let pool = pool(1, 0);
        let (opens, _held) = hold(&pool, 1);
        let future = pool
            .spawn(|| selvedge::threading::current_thread().name())
            .unwrap();
        let waiter = std::thread::spawn(move || future.result().unwrap());
        pool_support::a_moment();
        drop(opens);
        assert!(waiter.join().unwrap().ends_with("_0"));
    });
}
