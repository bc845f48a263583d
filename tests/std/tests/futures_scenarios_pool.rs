//! CPython's scenarios for the executor of threads, by their names there: `ThreadPoolExecutorTest`, `ThreadPoolShutdownTest`, `ThreadPoolInitializerTest`, `ThreadPoolFailingInitializerTest`. Those that end the process are in `futures_pool_process.rs`.

mod pool_support;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use pool_support::{Gate, Opens, eventually, hold, watched};
use selvedge::concurrent::futures::{
    Future, PoolError, Shutdown, SubmitErrorKind, TaskError, ThreadPoolExecutor,
};
use selvedge::threading::{self, ExceptHook, set_excepthook};

fn pool(workers: usize) -> ThreadPoolExecutor {
    ThreadPoolExecutor::new(workers).unwrap()
}

/// `test_submit`, `test_submit_keyword` (rows F-02, F-E01).
#[test]
fn f02_submit() {
    watched(|| {
        let pool = pool(5);
        let power = pool
            .submit(|(base, exponent)| u64::pow(base, exponent), (2, 8))
            .unwrap();
        assert_eq!(power.result().unwrap(), 256);
        let base = 3_u64;
        assert_eq!(
            pool.spawn(move || base.pow(2)).unwrap().result().unwrap(),
            9
        );
    });
}

/// `test_shutdown_race_issue12456`: shutting down while workers go idle does not hang.
#[test]
fn f22_shutdown_race() {
    watched(|| {
        for _ in 0..20 {
            let pool = pool(5);
            for n in 0..5 {
                drop(pool.submit(|n| n, n).unwrap());
            }
            pool.shutdown(Shutdown::new());
        }
    });
}

/// `test_no_stale_references`, `test_free_reference` (row F-20).
#[test]
fn f20_no_stale_references() {
    watched(|| {
        let pool = pool(5);
        let mine = Arc::new(());
        let futures: Vec<_> = (0..10)
            .map(|_| {
                pool.submit(|mine: Arc<()>| drop(mine), mine.clone())
                    .unwrap()
            })
            .collect();
        for future in &futures {
            future.wait().unwrap();
        }
        assert_eq!(Arc::strong_count(&mine), 1);
    });
}

/// `test_max_workers_negative` (row F-11).
#[test]
fn f11_max_workers() {
    assert_eq!(
        ThreadPoolExecutor::new(0).unwrap_err(),
        PoolError::NoWorkers
    );
}

/// `test_default_workers` (row F-11).
#[test]
fn f11_default_workers() {
    let processors = std::thread::available_parallelism().unwrap().get();
    let pool = ThreadPoolExecutor::default();
    assert_eq!(pool.max_workers(), 32.min(processors + 4));
}

/// `test_saturation` (row F-12).
#[test]
fn f12_saturation() {
    watched(|| {
        let pool = pool(4);
        let gate = Gate::default();
        let _opens = Opens(gate.clone());
        let futures: Vec<_> = (0..60)
            .map(|_| {
                let gate = gate.clone();
                pool.spawn(move || gate.pass()).unwrap()
            })
            .collect();
        gate.wait_for(4);
        assert_eq!(pool.stats().workers, 4);
        gate.open();
        for future in futures {
            future.result().unwrap();
        }
        assert_eq!(pool.stats().workers, 4);
    });
}

/// `test_idle_thread_reuse` (row F-12).
#[test]
fn f12_idle_thread_reuse() {
    watched(|| {
        let pool = pool(4);
        for (a, b) in [(21, 2), (6, 7), (3, 14)] {
            assert_eq!(
                pool.submit(|(a, b)| a * b, (a, b))
                    .unwrap()
                    .result()
                    .unwrap(),
                42
            );
        }
        assert_eq!(pool.stats().workers, 1);
    });
}

/// `test_run_after_shutdown` (rows F-02, F-08).
#[test]
fn f08_run_after_shutdown() {
    watched(|| {
        let pool = pool(5);
        pool.shutdown(Shutdown::new());
        let refused = pool.submit(|n: u64| n, 2).unwrap_err();
        assert!(matches!(refused.kind(), SubmitErrorKind::Shutdown));
        assert_eq!(
            refused.to_string(),
            "cannot schedule new futures after shutdown"
        );
        assert_eq!(refused.into_inner(), 2);
        // Idempotent.
        pool.shutdown(Shutdown::new());
    });
}

/// `test_hang_issue12364`: with nobody waiting, all is run.
#[test]
fn f08_all_is_run_after_a_shutdown_that_does_not_wait() {
    watched(|| {
        let pool = pool(5);
        let futures: Vec<_> = (0..50)
            .map(|n| {
                pool.spawn(move || {
                    std::thread::sleep(Duration::from_micros(100));
                    n
                })
                .unwrap()
            })
            .collect();
        pool.shutdown(Shutdown::new().wait(false));
        for (n, future) in futures.into_iter().enumerate() {
            assert_eq!(future.result().unwrap(), n);
        }
    });
}

/// `test_cancel_futures` (row F-08).
#[test]
fn f08_cancel_futures() {
    watched(|| {
        let pool = pool(2);
        let (opens, held) = hold(&pool, 2);
        let waiting: Vec<_> = (0..50).map(|n| pool.spawn(move || n).unwrap()).collect();
        std::thread::scope(|scope| {
            let shutdown = scope.spawn(|| pool.shutdown(Shutdown::new().cancel_futures(true)));
            for future in &waiting {
                future.wait_done();
            }
            assert!(!shutdown.is_finished());
            drop(opens);
        });
        for future in waiting {
            assert!(future.cancelled());
            assert!(matches!(future.result(), Err(TaskError::Cancelled)));
        }
        for future in held {
            future.result().unwrap();
        }
    });
}

/// `test_cancel_futures_wait_false` (row F-08).
#[test]
fn f08_cancel_futures_wait_false() {
    watched(|| {
        let pool = pool(1);
        let (opens, held) = hold(&pool, 1);
        let waiting = pool.spawn(|| ()).unwrap();
        pool.shutdown(Shutdown::new().wait(false).cancel_futures(true));
        assert!(waiting.cancelled());
        drop(opens);
        for future in held {
            future.result().unwrap();
        }
    });
}

/// `test_hang_gh83386`, `test_hang_gh94440` (row F-22): a shutdown right after a submit, and after a cancel.
#[test]
fn f22_shutdown_right_after_submit_and_cancel() {
    watched(|| {
        for round in 0..30 {
            let pool = pool(1 + round % 3);
            let first = pool.spawn(|| ()).unwrap();
            let cancelled = pool.spawn(|| ()).unwrap();
            cancelled.cancel();
            pool.shutdown(Shutdown::new().cancel_futures(round % 2 == 0));
            assert!(first.done());
            assert!(cancelled.done());
        }
    });
}

/// `test_threads_terminate`, `test_context_manager_shutdown`, `test_del_shutdown` (rows F-08, F-09, F-20).
#[test]
fn f09_threads_terminate() {
    watched(|| {
        let threads = || {
            let mut threads: Vec<_> = (0..3).map(|_| None).collect();
            let pool = ThreadPoolExecutor::builder()
                .max_workers(3)
                .thread_name_prefix("terminates")
                .build()
                .unwrap();
            let barrier = Arc::new(std::sync::Barrier::new(3));
            let futures: Vec<_> = (0..3)
                .map(|_| {
                    let barrier = barrier.clone();
                    pool.spawn(move || {
                        barrier.wait();
                        threading::current_thread()
                    })
                    .unwrap()
                })
                .collect();
            for (place, future) in threads.iter_mut().zip(futures) {
                *place = Some(future.result().unwrap());
            }
            (pool, threads)
        };
        let (pool, seen) = threads();
        pool.shutdown(Shutdown::new());
        assert!(seen.iter().flatten().all(|thread| !thread.is_alive()));
        let (pool, seen) = threads();
        drop(pool);
        assert!(seen.iter().flatten().all(|thread| !thread.is_alive()));
        let listed = threading::enumerate();
        assert!(
            listed
                .iter()
                .all(|thread| !thread.name().starts_with("terminates"))
        );
    });
}

/// `test_shutdown_no_wait` (row F-08).
#[test]
fn f08_shutdown_no_wait() {
    watched(|| {
        let pool = pool(5);
        let done = Arc::new(AtomicUsize::new(0));
        for _ in 0..12 {
            let done = done.clone();
            drop(pool.spawn(move || done.fetch_add(1, Ordering::Relaxed)));
        }
        pool.shutdown(Shutdown::new().wait(false));
        eventually(|| done.load(Ordering::Relaxed) == 12);
        eventually(|| pool.stats().workers == 0);
    });
}

/// `test_thread_names_assigned`, `test_thread_names_default` (row F-13).
#[test]
fn f13_thread_names() {
    watched(|| {
        let name = |pool: &ThreadPoolExecutor| {
            pool.spawn(|| threading::current_thread().name())
                .unwrap()
                .result()
                .unwrap()
        };
        let pool = ThreadPoolExecutor::builder()
            .max_workers(5)
            .thread_name_prefix("SpecialPool")
            .build()
            .unwrap();
        assert_eq!(name(&pool), "SpecialPool_0");
        let unnamed = name(&ThreadPoolExecutor::default());
        let (pool, worker) = unnamed.rsplit_once('_').unwrap();
        assert_eq!(worker, "0");
        let number = pool.strip_prefix("ThreadPoolExecutor-").unwrap();
        assert!(number.parse::<u32>().is_ok());
        assert!(!pool.is_empty());
        let daemon = self::pool(1).spawn(|| threading::current_thread().daemon());
        assert!(!daemon.unwrap().result().unwrap());
    });
}

/// `ThreadPoolInitializerTest.test_initializer` (row F-15): once in each worker, before its first task.
#[test]
fn f15_initializer() {
    watched(|| {
        let count = Arc::new(AtomicUsize::new(0));
        let counted = count.clone();
        let pool = ThreadPoolExecutor::builder()
            .max_workers(3)
            .initializer(move || {
                counted.fetch_add(1, Ordering::Relaxed);
            })
            .build()
            .unwrap();
        let (opens, held) = hold(&pool, 3);
        assert_eq!(count.load(Ordering::Relaxed), 3);
        drop(opens);
        for future in held {
            future.result().unwrap();
        }
        let seen = count.clone();
        let future = pool.spawn(move || seen.load(Ordering::Relaxed)).unwrap();
        assert_eq!(future.result().unwrap(), 3);
    });
}

/// `ThreadPoolFailingInitializerTest.test_initializer` (row F-15): the tasks that wait fail, and so does submitting, sooner or later.
#[test]
fn f15_failing_initializer() {
    watched(|| {
        let before = set_excepthook(ExceptHook::new(|_| ()));
        let pool = ThreadPoolExecutor::builder()
            .max_workers(2)
            .initializer(|| panic!("error in initializer"))
            .build()
            .unwrap();
        let mut futures = Vec::new();
        eventually(|| match pool.spawn(|| ()) {
            Ok(future) => {
                futures.push(future);
                false
            }
            Err(error) => matches!(error.kind(), SubmitErrorKind::Broken(_)),
        });
        assert!(!futures.is_empty());
        for future in futures {
            match future.result() {
                Err(TaskError::Broken(_) | TaskError::Cancelled) => {}
                other => panic!("{other:?}"),
            }
        }
        set_excepthook(before);
    });
}

/// Row F-08, and gh-72165: a deadline, and what is left then.
#[test]
fn f08_shutdown_with_a_deadline() {
    watched(|| {
        let pool = pool(2);
        let (opens, held) = hold(&pool, 2);
        let waiting: Vec<_> = (0..5).map(|_| pool.spawn(|| ()).unwrap()).collect();
        let still = pool
            .shutdown_timeout(Duration::from_millis(20))
            .unwrap_err();
        assert_eq!((still.running, still.cancelled), (2, 5));
        assert!(waiting.iter().all(Future::cancelled));
        drop(opens);
        pool.shutdown_timeout(Duration::MAX).unwrap();
        for future in held {
            future.result().unwrap();
        }
        assert_eq!(pool.stats().workers, 0);
    });
}
