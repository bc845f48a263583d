//! Tasks that borrow.

mod futures_map_support;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

use futures_map_support::{Census, Gate, watched};
use selvedge::concurrent::futures::{
    MapOptions, Shutdown, TaskError, ThreadPoolExecutor, block_on,
};

fn pool(workers: usize) -> ThreadPoolExecutor {
    ThreadPoolExecutor::new(workers).unwrap()
}

#[test]
fn tasks_borrow_and_the_scope_waits() {
    watched(|| {
        let pool = pool(2);
        let mut words = vec![0_usize; 1000];
        let total = AtomicUsize::new(0);
        pool.scope(|scope| {
            for (index, part) in words.chunks_mut(7).enumerate() {
                let total = &total;
                drop(scope.spawn(move || {
                    part.fill(index);
                    total.fetch_add(part.len(), SeqCst);
                }));
            }
        });
        assert_eq!(total.into_inner(), 1000);
        assert!(
            words
                .iter()
                .enumerate()
                .all(|(place, &word)| word == place / 7)
        );
    });
}

#[test]
fn results() {
    watched(|| {
        let pool = pool(2);
        let text = String::from("borrowed");
        let gate = Gate::default();
        pool.scope(|scope| {
            let slice = scope.spawn(|| &text[2..]);
            assert_eq!(slice.result().unwrap(), "rrowed");
            let waiting = scope.spawn(|| gate.pass());
            let waiting = waiting.try_result().unwrap_err();
            let waiting = waiting
                .result_timeout(Duration::from_millis(1))
                .unwrap_err();
            assert!(!waiting.done());
            gate.open();
            waiting.result().unwrap();
        });
    });
}

/// Neither a panic of the caller's closure, nor one of a task, nor a leaked handle makes it leave before its tasks do.
#[test]
fn it_waits_whatever_happens() {
    watched(|| {
        let pool = pool(2);
        for panics in [false, true] {
            let gate = Gate::default();
            let done = AtomicUsize::new(0);
            let opener = gate.clone();
            let helper = std::thread::spawn(move || {
                opener.wait_for(2);
                futures_map_support::a_moment();
                opener.open();
            });
            let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                pool.scope(|scope| {
                    for _ in 0..2 {
                        let (gate, done) = (&gate, &done);
                        std::mem::forget(scope.spawn(move || {
                            gate.pass();
                            done.fetch_add(1, SeqCst);
                        }));
                    }
                    if panics {
                        std::panic::resume_unwind(Box::new("the caller's own"));
                    }
                    11
                })
            }));
            assert_eq!(done.load(SeqCst), 2, "it has waited");
            match caught {
                Ok(value) => assert_eq!((panics, value), (false, 11)),
                Err(payload) => {
                    assert!(panics);
                    assert_eq!(payload.downcast_ref(), Some(&"the caller's own"));
                }
            }
            helper.join().unwrap();
        }
    });
}

#[test]
fn a_panic_that_nobody_asked_for_is_the_scopes() {
    watched(|| {
        let pool = pool(2);
        let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            pool.scope(|scope| drop(scope.spawn(|| panic!("unheard"))));
        }));
        let payload = caught.unwrap_err();
        assert_eq!(
            payload.downcast_ref(),
            Some(&"a task of the scope panicked")
        );
        let heard = pool.scope(|scope| scope.spawn(|| panic!("heard")).result().unwrap_err());
        let TaskError::Panicked(panic) = heard else {
            panic!("it is one");
        };
        assert_eq!(panic.message(), "heard");
        assert_eq!(
            pool.spawn(|| 1).unwrap().result().unwrap(),
            1,
            "the pool is as before"
        );
    });
}

/// What nobody takes goes before the scope ends, since it may borrow, too: also if a destructor looks at what it borrows, and if there are many tasks.
#[test]
fn results_go_before_what_they_borrow() {
    struct Looks<'a>(&'a AtomicUsize);
    impl Drop for Looks<'_> {
        fn drop(&mut self) {
            self.0.fetch_add(1, SeqCst);
        }
    }
    watched(|| {
        let pool = pool(2);
        for count in [1, 10, 1000] {
            let gone = AtomicUsize::new(0);
            pool.scope(|scope| {
                for _ in 0..count {
                    drop(scope.spawn(|| Looks(&gone)));
                }
            });
            assert_eq!(gone.load(SeqCst), count);
        }
    });
}

#[test]
fn cancelled_tasks_drop_what_they_have() {
    watched(|| {
        let pool = pool(1);
        let (gate, census) = (Gate::default(), Census::default());
        pool.scope(|scope| {
            let first = scope.spawn(|| gate.pass());
            gate.wait_for(1);
            let one = census.one(0);
            let second = scope.spawn(move || drop(one));
            let (cancelled, left) = (second.cancel(), census.count());
            gate.open();
            assert!(cancelled);
            assert_eq!(left, 0, "at once");
            assert!(second.result().unwrap_err().is_cancelled());
            first.result().unwrap();
        });
    });
}

/// A pool that is shut down in the middle: those that have not begun say so, and the scope ends.
#[test]
fn shut_down_in_the_middle() {
    watched(|| {
        let pool = pool(1);
        let gate = Gate::default();
        let opener = gate.clone();
        pool.scope(|scope| {
            let first = scope.spawn(|| gate.pass());
            gate.wait_for(1);
            let second = scope.spawn(|| 2);
            pool.shutdown(Shutdown::new().wait(false).cancel_futures(true));
            assert!(second.result().unwrap_err().is_cancelled());
            assert!(scope.try_spawn(|| 3).is_err());
            opener.open();
            first.result().unwrap();
        });
    });
}

/// Rows F-18: scopes inside of tasks, on one worker, deep.
#[test]
fn nested_on_one_worker() {
    fn sum(pool: &ThreadPoolExecutor, numbers: &[u64]) -> u64 {
        if numbers.len() <= 4 {
            return numbers.iter().sum();
        }
        let (left, right) = numbers.split_at(numbers.len() / 2);
        pool.scope(|scope| {
            let left = scope.spawn(|| sum(pool, left));
            let right = scope.spawn(|| sum(pool, right));
            left.result().unwrap() + right.result().unwrap()
        })
    }
    watched(|| {
        for workers in [1, 3] {
            let pool = Arc::new(pool(workers));
            let numbers: Vec<u64> = (0..1000).collect();
            let inner = Arc::clone(&pool);
            let task = pool.spawn(move || sum(&inner, &numbers)).unwrap();
            assert_eq!(task.result().unwrap(), 499_500);
        }
    });
}

/// Nobody takes the results, on one worker that is the caller: they run all the same.
#[test]
fn unasked_on_one_worker() {
    watched(|| {
        let pool = Arc::new(pool(1));
        let inner = Arc::clone(&pool);
        let task = pool.spawn(move || {
            let count = AtomicUsize::new(0);
            inner.scope(|scope| {
                for _ in 0..200 {
                    drop(scope.spawn(|| count.fetch_add(1, SeqCst)));
                }
            });
            count.into_inner()
        });
        assert_eq!(task.unwrap().result().unwrap(), 200);
    });
}

#[test]
fn tasks_spawn_tasks() {
    watched(|| {
        let pool = pool(2);
        let count = AtomicUsize::new(0);
        pool.scope(|scope| {
            for _ in 0..10 {
                let count = &count;
                drop(scope.spawn(move || {
                    for _ in 0..10 {
                        drop(scope.spawn(move || count.fetch_add(1, SeqCst)));
                    }
                }));
            }
        });
        assert_eq!(count.into_inner(), 100);
    });
}

#[test]
fn maps_that_borrow() {
    watched(|| {
        let pool = pool(2);
        let words: Vec<String> = (0..500).map(|n: u32| n.to_string()).collect();
        let lens = pool.scope(|scope| {
            let map = scope
                .map_slice(|word: &String| word.as_str(), &words)
                .unwrap();
            map.map(|word| word.unwrap().len()).collect::<Vec<_>>()
        });
        assert!(
            lens.iter()
                .zip(&words)
                .all(|(&len, word)| len == word.len())
        );
        let mut cells = vec![1_u32; 1000];
        let sums = pool.scope(|scope| {
            let act = |part: &mut [u32]| {
                part.iter_mut().for_each(|cell| *cell += 1);
                part.iter().sum::<u32>()
            };
            let map = scope.map_with(MapOptions::new().chunksize(3), act, cells.chunks_mut(10));
            map.unwrap().into_vec().unwrap()
        });
        assert_eq!(sums, vec![20; 100]);
        assert!(cells.iter().all(|&cell| cell == 2));
    });
}

/// A map that nobody looks at, that is leaked, or dropped half way: the scope waits, and nothing leaks but what was.
#[test]
fn maps_that_are_left() {
    watched(|| {
        let pool = pool(2);
        for taken in [0, 1, 50] {
            let census = Census::default();
            let ran = AtomicUsize::new(0);
            let items: Vec<_> = (0..100).map(|n| census.one(n)).collect();
            pool.scope(|scope| {
                let mut map = scope
                    .map(
                        |item: &futures_map_support::Counted| {
                            ran.fetch_add(1, SeqCst);
                            census.one(item.0)
                        },
                        &items,
                    )
                    .unwrap();
                for _ in 0..taken {
                    map.next().unwrap().unwrap();
                }
            });
            assert_eq!(
                census.count(),
                100,
                "results are gone at the end of the scope"
            );
            if taken == 0 {
                assert_eq!(ran.load(SeqCst), 100);
            }
            pool.scope(|scope| {
                std::mem::forget(scope.map(
                    |item: &futures_map_support::Counted| ran.fetch_add(item.0, SeqCst),
                    &items,
                ));
            });
            drop(items);
            assert_eq!(census.count(), 0);
        }
    });
}

#[test]
fn a_map_awaited_in_a_scope() {
    watched(|| {
        let pool = pool(2);
        let numbers: Vec<u64> = (0..300).collect();
        let sum = pool.scope(|scope| {
            block_on(async {
                let mut map = scope.map_slice(|n| n * 2, &numbers).unwrap();
                let mut sum = 0;
                while let Some(value) = map.next_async().await {
                    sum += value.unwrap();
                }
                sum
            })
        });
        assert_eq!(sum, 300 * 299);
    });
}
