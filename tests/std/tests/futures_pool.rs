//! Pools of threads: starting, order, panics, initializers, bounds, priorities, context variables, shrinking.

mod pool_support;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use pool_support::{Gate, Opens, a_moment, eventually, hold, watched};
use selvedge::concurrent::futures::{
    BrokenKind, Shutdown, SubmitErrorKind, TaskError, ThreadPoolExecutor, block_on,
};
use selvedge::contextvars::{ContextVar, Inherit};
use selvedge::threading::{ExceptHook, current_thread, set_excepthook};

fn pool(workers: usize) -> ThreadPoolExecutor {
    ThreadPoolExecutor::new(workers).unwrap()
}

/// Notes the order in which tasks begin.
type Notes = Arc<Mutex<Vec<usize>>>;

fn note(notes: &Notes, n: usize) -> impl FnOnce() + Send + use<> {
    let notes = notes.clone();
    move || notes.lock().unwrap().push(n)
}

/// Row F-12: one after another use one thread, if each is submitted when the one before is done.
#[test]
fn f12_one_after_another_uses_one_thread() {
    watched(|| {
        let pool = pool(8);
        for n in 0..200 {
            assert_eq!(pool.submit(|n| n + 1, n).unwrap().result().unwrap(), n + 1);
            assert_eq!(pool.stats().workers, 1, "after {n}");
        }
    });
}

/// Row F-12: one thread for each task that finds nobody free, up to the maximum.
#[test]
fn f12_threads_are_started_as_needed() {
    watched(|| {
        let pool = pool(4);
        assert_eq!(pool.stats().workers, 0);
        let gate = Gate::default();
        let _opens = Opens(gate.clone());
        for n in 1..=60 {
            let gate = gate.clone();
            drop(pool.spawn(move || gate.pass()));
            gate_is_reached(&pool, n.min(4));
        }
        assert_eq!(pool.stats().workers, 4);
        assert_eq!(pool.stats().running, 4);
        assert_eq!(pool.stats().queued, 56);
        gate.open();
        pool.shutdown(Shutdown::new());
        assert_eq!(pool.stats().done, 60);
    });
}

fn gate_is_reached(pool: &ThreadPoolExecutor, n: usize) {
    eventually(|| pool.stats().running == n);
}

/// Many submitted at once run on all workers, without more submissions to wake them: each needs all others.
#[test]
fn all_workers_are_woken() {
    watched(|| {
        for n in [2, 3, 8] {
            let pool = pool(n);
            for _ in 0..50 {
                let barrier = Arc::new(std::sync::Barrier::new(n));
                let futures: Vec<_> = (0..n)
                    .map(|_| {
                        let barrier = barrier.clone();
                        pool.spawn(move || barrier.wait().is_leader()).unwrap()
                    })
                    .collect();
                let leaders: usize = futures
                    .into_iter()
                    .map(|future| usize::from(future.result().unwrap()))
                    .sum();
                assert_eq!(leaders, 1);
            }
        }
    });
}

/// The same, submitted by a task, which meets them: they leave its own deque while it runs.
#[test]
fn a_task_meets_those_that_it_submits() {
    watched(|| {
        let pool = Arc::new(pool(4));
        for _ in 0..50 {
            let inner = pool.clone();
            let met = pool.spawn(move || {
                let barrier = Arc::new(std::sync::Barrier::new(4));
                for _ in 0..3 {
                    let barrier = barrier.clone();
                    drop(inner.spawn(move || barrier.wait().is_leader()));
                }
                barrier.wait();
                true
            });
            assert!(met.unwrap().result().unwrap());
        }
        assert!(pool.stats().stolen > 0);
    });
}

/// Row F-14.
#[test]
fn f14_first_in_first_out() {
    watched(|| {
        let pool = pool(1);
        let (opens, _held) = hold(&pool, 1);
        let notes = Notes::default();
        for n in 0..100 {
            drop(pool.spawn(note(&notes, n)));
        }
        drop(opens);
        pool.shutdown(Shutdown::new());
        assert_eq!(*notes.lock().unwrap(), (0..100).collect::<Vec<_>>());
    });
}

/// A worker's own tasks: first in first out, or the other way round.
#[test]
fn the_order_of_nested_tasks_is_chosen() {
    watched(|| {
        for lifo in [false, true] {
            let builder = ThreadPoolExecutor::builder().max_workers(1);
            let builder = if lifo { builder.lifo() } else { builder };
            let pool = Arc::new(builder.build().unwrap());
            let notes = Notes::default();
            let (inner, inner_notes) = (pool.clone(), notes.clone());
            let outer = pool.spawn(move || {
                for n in 0..10 {
                    drop(inner.spawn(note(&inner_notes, n)));
                }
                drop(inner);
            });
            outer.unwrap().result().unwrap();
            pool.shutdown(Shutdown::new());
            let mut expected: Vec<_> = (0..10).collect();
            if lifo {
                expected.reverse();
            }
            assert_eq!(*notes.lock().unwrap(), expected);
        }
    });
}

/// Higher first, first in first out among equals, lower last.
#[test]
fn priorities() {
    watched(|| {
        let pool = pool(1);
        let (opens, _held) = hold(&pool, 1);
        let notes = Notes::default();
        for (n, priority) in [(3, 0), (5, -1), (0, 7), (1, 7), (6, -9), (2, 1), (4, 0)] {
            drop(pool.with_priority(priority).spawn(note(&notes, n)));
        }
        assert_eq!(pool.stats().queued, 7);
        drop(opens);
        pool.shutdown(Shutdown::new());
        assert_eq!(*notes.lock().unwrap(), [0, 1, 2, 3, 4, 5, 6]);
    });
}

/// Row F-16: a panic is the task's outcome, and the worker goes on.
#[test]
fn f16_a_panic_is_an_outcome() {
    watched(|| {
        let pool = pool(1);
        let failed = pool.spawn(|| panic!("no {}", "way")).unwrap();
        let name = pool.spawn(|| current_thread().name()).unwrap();
        match failed.result() {
            Err(TaskError::Panicked(panic)) => assert_eq!(panic.message(), "no way"),
            other => panic!("{other:?}"),
        }
        assert!(name.result().unwrap().ends_with("_0"));
        assert_eq!(pool.stats().workers, 1);
    });
}

/// Held by a test that changes the hook, of which the process has one.
fn hook() -> MutexGuard<'static, ()> {
    static HOOK: Mutex<()> = Mutex::new(());
    HOOK.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Row F-17: what a callback panics with harms nobody.
#[test]
fn f17_a_callback_that_panics() {
    watched(|| {
        let _hook = hook();
        let before = set_excepthook(ExceptHook::new(|_| ()));
        let pool = pool(1);
        for _ in 0..3 {
            let future = pool.spawn(a_moment).unwrap();
            future.add_done_callback(|_| panic!("in a callback"));
            future.result().unwrap();
        }
        assert_eq!(pool.spawn(|| 1).unwrap().result().unwrap(), 1);
        assert_eq!(pool.stats().workers, 1);
        set_excepthook(before);
    });
}

/// A callback that waits for another task of the pool, on a single worker.
#[test]
fn a_callback_that_waits_for_a_task() {
    watched(|| {
        let pool = Arc::new(pool(1));
        let (sender, receiver) = mpsc::channel();
        let (opens, _held) = hold(&pool, 1);
        let future = pool.spawn(|| 1).unwrap();
        let inner = pool.clone();
        future.add_done_callback(move |value| {
            let value = *value.unwrap();
            let next = inner.spawn(move || value + 1).unwrap();
            sender.send(next.result().unwrap()).unwrap();
            drop(inner);
        });
        drop(opens);
        assert_eq!(receiver.recv().unwrap(), 2);
    });
}

/// A callback, and the destructor of a value that nobody wants, submit a task and wait for it by a channel: the worker that they run on does not count as free.
#[test]
fn callbacks_and_destructors_that_meet_a_task() {
    fn meet(pool: &ThreadPoolExecutor) {
        let (sender, receiver) = mpsc::channel();
        drop(pool.spawn(move || sender.send(())));
        receiver.recv().unwrap();
    }
    struct Meets(Arc<ThreadPoolExecutor>, mpsc::Sender<()>);
    impl Drop for Meets {
        fn drop(&mut self) {
            meet(&self.0);
            self.1.send(()).unwrap();
        }
    }
    watched(|| {
        let pool = Arc::new(pool(2));
        for _ in 0..100 {
            let (sender, receiver) = mpsc::channel();
            let meets = Meets(pool.clone(), sender);
            drop(pool.submit(|meets| meets, meets));
            receiver.recv().unwrap();
            let (inner, gate) = (pool.clone(), Gate::default());
            let own = gate.clone();
            let future = pool.spawn(move || own.pass()).unwrap();
            let (sender, receiver) = mpsc::channel();
            future.add_done_callback(move |_| {
                meet(&inner);
                drop(inner);
                sender.send(()).unwrap();
            });
            gate.open();
            receiver.recv().unwrap();
        }
    });
}

/// Row F-15.
#[test]
fn f15_an_initializer_that_fails_breaks_the_pool() {
    watched(|| {
        let _hook = hook();
        for panics in [false, true] {
            let (sender, receiver) = mpsc::channel();
            let sender = Mutex::new(sender);
            let before = set_excepthook(ExceptHook::new(move |args| {
                let _ = sender.lock().unwrap().send(args.message().to_owned());
            }));
            let pool = ThreadPoolExecutor::builder()
                .max_workers(2)
                .try_initializer(move || {
                    assert!(!panics, "no licence");
                    Err("no licence")
                })
                .build()
                .unwrap();
            assert!(!pool.is_shut_down());
            let future = pool.spawn(|| 1).unwrap();
            match future.result() {
                Err(TaskError::Broken(broken)) => {
                    assert_eq!(broken.kind(), BrokenKind::ThreadPool);
                    assert!(broken.message().contains("no licence"), "{broken}");
                }
                other => panic!("{other:?}"),
            }
            let refused = pool.submit(|n: u8| n, 7).unwrap_err();
            assert!(matches!(refused.kind(), SubmitErrorKind::Broken(_)));
            assert_eq!(refused.into_inner(), 7);
            assert!(receiver.recv().unwrap().contains("no licence"));
            pool.shutdown(Shutdown::new());
            assert_eq!(pool.stats().workers, 0);
            set_excepthook(before);
        }
    });
}

/// A pool with room for two: the third has to wait, or is given back.
#[test]
fn bounded_in_all_forms() {
    watched(|| {
        let pool = ThreadPoolExecutor::builder()
            .max_workers(1)
            .capacity(2)
            .build()
            .unwrap();
        assert_eq!(pool.capacity(), Some(2));
        let (opens, _held) = hold(&pool, 1);
        let two = [1, 2].map(|n| pool.try_submit(|n| n, n).unwrap());
        let full = pool.try_submit(|n: i32| n, 3).unwrap_err();
        assert!(matches!(full.kind(), SubmitErrorKind::Full));
        assert_eq!(full.into_inner(), 3);
        assert!(pool.try_spawn(|| 3).is_err());
        let begun = Instant::now();
        let limit = Duration::from_millis(20);
        let late = pool.submit_timeout(limit, |n: i32| n, 4).unwrap_err();
        assert!(matches!(late.kind(), SubmitErrorKind::TimedOut));
        assert!(begun.elapsed() >= limit);
        let late = pool.submit_deadline(Instant::now(), |n: i32| n, 5);
        assert!(late.is_err());
        std::thread::scope(|scope| {
            let blocked = scope.spawn(|| pool.submit(|n| n, 6).unwrap().result().unwrap());
            let polled = scope.spawn(|| block_on(pool.submit_async(|n| n, 7)).unwrap().result());
            a_moment();
            assert_eq!(pool.stats().queued, 2);
            drop(opens);
            assert_eq!(blocked.join().unwrap(), 6);
            assert_eq!(polled.join().unwrap().unwrap(), 7);
        });
        assert_eq!(two.map(|future| future.result().unwrap()), [1, 2]);
    });
}

/// Who waits for room when the pool is shut down is told, all of them.
#[test]
fn a_shutdown_ends_the_waits_for_room() {
    watched(|| {
        let pool = ThreadPoolExecutor::builder()
            .max_workers(1)
            .capacity(1)
            .build()
            .unwrap();
        let (opens, _held) = hold(&pool, 1);
        let _queued = pool.spawn(|| ()).unwrap();
        std::thread::scope(|scope| {
            let waiting: Vec<_> = (0..3)
                .map(|n| {
                    scope.spawn({
                        let pool = &pool;
                        move || pool.submit(|n| n, n).is_err()
                    })
                })
                .collect();
            a_moment();
            pool.shutdown(Shutdown::new().wait(false));
            for waiting in waiting {
                assert!(waiting.join().unwrap());
            }
        });
        drop(opens);
    });
}

/// A task that submits to its own full pool runs the new task itself.
#[test]
fn a_full_pool_and_its_own_tasks() {
    watched(|| {
        let pool = Arc::new(
            ThreadPoolExecutor::builder()
                .max_workers(1)
                .capacity(1)
                .build()
                .unwrap(),
        );
        let inner = pool.clone();
        let sum = pool.spawn(move || {
            let futures: Vec<_> = (0..10).map(|n| inner.submit(|n| n, n).unwrap()).collect();
            drop(inner);
            futures
                .into_iter()
                .map(|future| future.result().unwrap())
                .sum::<i32>()
        });
        assert_eq!(sum.unwrap().result().unwrap(), 45);
    });
}

static CARRIED: ContextVar<u32> = ContextVar::new("carried").inherited_by(Inherit::TASKS);
static OWN: ContextVar<u32> = ContextVar::new("own");

/// Variables go along by their policy, and nothing is left behind in a worker.
#[test]
fn context_variables() {
    watched(|| {
        let pool = pool(1);
        let look = || (CARRIED.get().ok(), OWN.get().ok());
        CARRIED.set(1);
        OWN.set(2);
        let future = pool.spawn(look).unwrap();
        CARRIED.set(3);
        assert_eq!(future.result().unwrap(), (Some(1), None));
        let dirty = pool.spawn(move || {
            CARRIED.set(8);
            OWN.set(9);
            look()
        });
        assert_eq!(dirty.unwrap().result().unwrap(), (Some(8), Some(9)));
        assert_eq!(pool.spawn(look).unwrap().result().unwrap(), (Some(3), None));
        std::thread::scope(|scope| {
            // A thread in which nothing is set.
            scope.spawn(|| {
                let dirty = pool.spawn(move || drop(OWN.set(9))).unwrap();
                dirty.result().unwrap();
                assert_eq!(pool.spawn(look).unwrap().result().unwrap(), (None, None));
            });
        });
    });
}

/// What an initializer sets is set in each task, whatever the one before has done.
#[test]
fn context_variables_of_an_initializer() {
    watched(|| {
        let pool = ThreadPoolExecutor::builder()
            .max_workers(1)
            .initializer(|| drop(OWN.set(5)))
            .build()
            .unwrap();
        for _ in 0..3 {
            let future = pool.spawn(|| {
                let before = OWN.get().ok();
                OWN.set(6);
                before
            });
            assert_eq!(future.unwrap().result().unwrap(), Some(5));
        }
    });
}

/// Threads end when there has been nothing to do for a while, and come back.
#[test]
fn idle_workers_end() {
    watched(|| {
        let pool = ThreadPoolExecutor::builder()
            .max_workers(3)
            .keep_alive(Duration::from_millis(10))
            .build()
            .unwrap();
        for _ in 0..5 {
            let (opens, held) = hold(&pool, 3);
            assert_eq!(pool.stats().workers, 3);
            drop(opens);
            for future in held {
                future.result().unwrap();
            }
            eventually(|| pool.stats().workers == 0);
            assert_eq!(pool.spawn(|| 7).unwrap().result().unwrap(), 7);
        }
        assert!(pool.stats().idle_time >= Duration::from_millis(10));
    });
}

/// Submitting while workers fall asleep and end: nothing is left lying.
#[test]
fn tasks_meet_workers_that_end() {
    watched(|| {
        let pool = ThreadPoolExecutor::builder()
            .max_workers(2)
            .keep_alive(Duration::from_micros(50))
            .build()
            .unwrap();
        for n in 0..400 {
            assert_eq!(pool.submit(|n| n, n).unwrap().result().unwrap(), n);
            if n % 3 == 0 {
                std::thread::sleep(Duration::from_micros(n % 100));
            }
        }
    });
}

/// Arguments, closures and values are dropped, and the pool keeps no reference (rows F-20, F-34).
#[test]
fn f20_nothing_is_kept() {
    watched(|| {
        let pool = pool(1);
        let counted = Arc::new(());
        let future = pool.submit(|counted: Arc<()>| drop(counted), counted.clone());
        future.unwrap().result().unwrap();
        assert_eq!(Arc::strong_count(&counted), 1);
        let given_back = pool.submit(|counted: Arc<()>| counted, counted.clone());
        drop(given_back.unwrap().result().unwrap());
        assert_eq!(Arc::strong_count(&counted), 1);
        let (opens, _held) = hold(&pool, 1);
        let cancelled = pool
            .submit(|counted: Arc<()>| counted, counted.clone())
            .unwrap();
        assert!(cancelled.cancel());
        assert_eq!(Arc::strong_count(&counted), 1);
        drop(opens);
    });
}

/// A pool that is dropped runs what was submitted, and its threads are gone then.
#[test]
fn a_dropped_pool_has_run_everything() {
    watched(|| {
        let count = Arc::new(AtomicUsize::new(0));
        let threads = Arc::new(Mutex::new(Vec::new()));
        {
            let pool = pool(3);
            for _ in 0..100 {
                let (count, threads) = (count.clone(), threads.clone());
                drop(pool.spawn(move || {
                    threads.lock().unwrap().push(current_thread());
                    count.fetch_add(1, Ordering::Relaxed);
                }));
            }
        }
        assert_eq!(count.load(Ordering::Relaxed), 100);
        assert!(
            threads
                .lock()
                .unwrap()
                .iter()
                .all(|thread| !thread.is_alive())
        );
    });
}

/// The last handle goes in one of the pool's own tasks: it cannot wait for itself, and does not.
#[test]
fn f19_a_pool_is_dropped_in_its_own_task() {
    watched(|| {
        let pool = Arc::new(pool(2));
        let gate = Gate::default();
        let (inner, inner_gate) = (pool.clone(), gate.clone());
        let future = pool.spawn(move || {
            inner_gate.pass();
            inner.shutdown(Shutdown::new());
            drop(inner);
            current_thread()
        });
        drop(pool);
        gate.open();
        let thread = future.unwrap().result().unwrap();
        eventually(|| !thread.is_alive());
    });
}
