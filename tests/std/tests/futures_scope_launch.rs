//! Tasks that borrow and have no result: `launch`.

mod futures_map_support;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use futures_map_support::{Census, Gate, watched};
use selvedge::concurrent::futures::{Scope, Shutdown, ThreadPoolExecutor};
use selvedge::contextvars::{ContextVar, Inherit};

fn pool(workers: usize) -> ThreadPoolExecutor {
    ThreadPoolExecutor::new(workers).unwrap()
}

/// What the scope panicked with.
fn panic_of<'env, F, R>(pool: &ThreadPoolExecutor, f: F) -> String
where
    F: for<'scope> FnOnce(&'scope Scope<'scope, 'env>) -> R,
{
    let caught = catch_unwind(AssertUnwindSafe(|| drop(pool.scope(f))));
    let payload = caught.expect_err("it panics");
    payload.downcast_ref::<&str>().unwrap().to_string()
}

#[test]
fn they_borrow_and_the_scope_waits() {
    watched(|| {
        let pool = pool(2);
        let mut words = vec![0_usize; 1000];
        for round in 1..20 {
            pool.scope(|scope| {
                for part in words.chunks_mut(7) {
                    scope.launch(move || part.iter_mut().for_each(|word| *word += 1));
                }
            });
            assert!(words.iter().all(|&word| word == round));
        }
    });
}

#[test]
fn they_launch_more() {
    watched(|| {
        let pool = pool(2);
        let count = AtomicUsize::new(0);
        pool.scope(|scope| {
            for _ in 0..10 {
                let count = &count;
                scope.launch(move || {
                    for _ in 0..10 {
                        scope.launch(move || {
                            count.fetch_add(1, SeqCst);
                        });
                    }
                });
            }
        });
        assert_eq!(count.into_inner(), 100);
    });
}

/// In a task, on one worker: the scope has to run them itself, those launched by its tasks as well, and beside tasks with results.
#[test]
fn nested_on_one_worker() {
    fn sum(pool: &ThreadPoolExecutor, numbers: &[usize], total: &AtomicUsize) {
        if numbers.len() <= 4 {
            total.fetch_add(numbers.iter().sum(), SeqCst);
            return;
        }
        let (left, right) = numbers.split_at(numbers.len() / 2);
        pool.scope(|scope| {
            let right = scope.spawn(|| sum(pool, right, total));
            scope.launch(move || scope.launch(move || sum(pool, left, total)));
            drop(right);
        });
    }
    watched(|| {
        for workers in [1, 3] {
            let pool = Arc::new(pool(workers));
            let numbers: Vec<usize> = (0..1000).collect();
            let inner = Arc::clone(&pool);
            let task = pool.spawn(move || {
                let total = AtomicUsize::new(0);
                sum(&inner, &numbers, &total);
                total.into_inner()
            });
            assert_eq!(task.unwrap().result().unwrap(), 499_500);
        }
    });
}

/// So many that the list of those that are done is tidied up.
#[test]
fn many_on_one_worker() {
    watched(|| {
        let pool = Arc::new(pool(1));
        let inner = Arc::clone(&pool);
        let task = pool.spawn(move || {
            let count = AtomicUsize::new(0);
            inner.scope(|scope| {
                for _ in 0..500 {
                    scope.launch(|| {
                        count.fetch_add(1, SeqCst);
                    });
                }
            });
            count.into_inner()
        });
        assert_eq!(task.unwrap().result().unwrap(), 500);
    });
}

#[test]
fn a_panic_is_the_scopes() {
    watched(|| {
        let pool = pool(2);
        let ran = AtomicUsize::new(0);
        let message = panic_of(&pool, |scope| {
            for number in 0..20 {
                let ran = &ran;
                scope.launch(move || {
                    assert_ne!(number, 7, "this one");
                    ran.fetch_add(1, SeqCst);
                });
            }
        });
        assert_eq!(message, "a task of the scope panicked");
        assert_eq!(ran.load(SeqCst), 19, "all others ran, and it has waited");
        pool.scope(|scope| {
            scope.launch(|| {
                ran.fetch_add(1, SeqCst);
            });
        });
        assert_eq!(ran.into_inner(), 20, "the pool is as before");
    });
}

/// The pool is shut down in the middle: what was launched before and not begun is gone, its closure as well, and the scope says so; what is launched after it is refused.
#[test]
fn shut_down_in_the_middle() {
    watched(|| {
        let pool = pool(1);
        let (gate, census) = (Gate::default(), Census::default());
        let message = panic_of(&pool, |scope| {
            scope.launch(|| gate.pass());
            gate.wait_for(1);
            let one = census.one(0);
            scope.launch(move || drop(one));
            pool.shutdown(Shutdown::new().wait(false).cancel_futures(true));
            let left = census.count();
            let refused = scope.try_launch(|| unreachable!("it is shut"));
            gate.open();
            assert_eq!(left, 0);
            assert!(refused.is_err());
        });
        assert_eq!(
            message,
            "a task of the scope was cancelled, and nobody has its future"
        );
    });
}

/// Who hears of it from `try_launch` does not hear of it again.
#[test]
fn refused() {
    watched(|| {
        let pool = pool(1);
        pool.shutdown(Shutdown::new());
        let value = pool.scope(|scope| {
            assert!(scope.try_launch(|| unreachable!("it is shut")).is_err());
            5
        });
        assert_eq!(value, 5);
        let message = panic_of(&pool, |scope| {
            let caught = catch_unwind(AssertUnwindSafe(|| scope.launch(|| {})));
            assert!(caught.is_err());
            std::panic::resume_unwind(Box::new("it goes on"));
        });
        assert_eq!(message, "it goes on");
    });
}

/// What a closure holds goes before the scope ends, whether it ran or not, and each once.
#[test]
fn closures_go_before_what_they_borrow() {
    watched(|| {
        for workers in [1, 2] {
            let (pool, census) = (pool(workers), Census::default());
            for count in [1, 10, 300] {
                pool.scope(|scope| {
                    for number in 0..count {
                        let one = census.one(number);
                        scope.launch(move || assert_eq!(one.0, number));
                    }
                });
                assert_eq!(census.count(), 0);
            }
        }
    });
}

#[test]
fn context_variables_go_along() {
    static NUMBER: ContextVar<u32> = ContextVar::new("number").inherited_by(Inherit::TASKS);
    watched(|| {
        let (pool, seen) = (pool(2), AtomicUsize::new(0));
        NUMBER.set(5);
        pool.scope(|scope| {
            for _ in 0..10 {
                scope.launch(|| {
                    seen.fetch_add(NUMBER.get().unwrap() as usize, SeqCst);
                });
            }
        });
        assert_eq!(seen.into_inner(), 50);
    });
}
