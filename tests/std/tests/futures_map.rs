//! Maps: rows F-03 to F-07, F-30, X-18, F-E06.

mod futures_map_support;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::{Duration, Instant};

use futures_map_support::{Census, Gate, watched};
use selvedge::concurrent::futures::{
    MapError, MapOptions, Shutdown, Submit, SubmitErrorKind, TaskError, ThreadPoolExecutor,
    block_on, unpack,
};

fn pool(workers: usize) -> ThreadPoolExecutor {
    ThreadPoolExecutor::new(workers).unwrap()
}

fn message(error: &MapError) -> String {
    match error {
        MapError::Failed(TaskError::Panicked(panic)) => panic.message().to_owned(),
        other => panic!("it is {other:?}"),
    }
}

/// F-03: in the order of the items, whatever ends first; also all sizes around those of chunks.
#[test]
fn results_come_in_the_order_of_the_items() {
    watched(|| {
        let pool = pool(2);
        for len in [0, 1, 2, 3, 63, 64, 65, 127, 128, 129, 1000, 4096, 10_001] {
            let expected: Vec<usize> = (0..len).map(|n| n * 3).collect();
            let from_range: Vec<usize> = pool
                .map(|n: usize| n * 3, 0..len)
                .unwrap()
                .map(Result::unwrap)
                .collect();
            assert_eq!(from_range, expected);
            let list: Vec<usize> = (0..len).collect();
            assert_eq!(
                pool.map(|n: usize| n * 3, list)
                    .unwrap()
                    .into_vec()
                    .unwrap(),
                expected
            );
            let filtered = (0..len).filter(|_| true);
            assert_eq!(
                pool.map(|n: usize| n * 3, filtered)
                    .unwrap()
                    .into_vec()
                    .unwrap(),
                expected
            );
            for size in [1, 7, 64, 100_000] {
                let options = MapOptions::new().chunksize(size);
                let map = pool.map_with(options, |n: usize| n * 3, 0..len).unwrap();
                assert_eq!(map.remaining(), Some(len));
                assert_eq!(map.into_vec().unwrap(), expected);
            }
        }
    });
}

/// Integers of all types, and their ends.
#[test]
fn ranges_are_split_exactly() {
    watched(|| {
        let pool = pool(2);
        assert_eq!(
            pool.map(|n: u8| n, 0..255).unwrap().into_vec().unwrap(),
            (0..255).collect::<Vec<u8>>()
        );
        assert_eq!(
            pool.map(|n: i8| n, -128..127).unwrap().into_vec().unwrap(),
            (-128..127).collect::<Vec<i8>>()
        );
        let near = u64::MAX - 10..u64::MAX;
        assert_eq!(
            pool.map(|n: u64| n, near.clone())
                .unwrap()
                .into_vec()
                .unwrap(),
            near.collect::<Vec<u64>>()
        );
        let around = i64::MIN..i64::MIN + 5;
        assert_eq!(
            pool.map(|n: i64| n, around.clone())
                .unwrap()
                .into_vec()
                .unwrap(),
            around.collect::<Vec<i64>>()
        );
        #[allow(clippy::reversed_empty_ranges, reason = "that is the point")]
        let backwards = 5..3_i32;
        assert_eq!(
            pool.map(|n: i32| n, backwards).unwrap().into_vec().unwrap(),
            []
        );
        let inclusive = pool.map(|n: u16| n, 65_530..=65_535).unwrap();
        assert_eq!(
            inclusive.into_vec().unwrap(),
            (65_530..=65_535).collect::<Vec<u16>>()
        );
    });
}

/// Values without size, with destructors, and large ones.
#[test]
fn values_of_all_kinds() {
    watched(|| {
        let pool = pool(2);
        let units = pool.map(|_: u32| (), 0..1000).unwrap();
        assert_eq!(units.into_vec().unwrap().len(), 1000);
        let from_units = pool.map(|()| 7_u8, vec![(); 500]).unwrap();
        assert_eq!(from_units.into_vec().unwrap(), [7; 500]);
        let texts = pool.map(|n: u32| n.to_string(), 0..300).unwrap();
        let texts: Vec<String> = texts.map(Result::unwrap).collect();
        assert_eq!(texts[299], "299");
        let large = pool
            .map(|n: u64| [n; 64], 0..100)
            .unwrap()
            .into_vec()
            .unwrap();
        assert_eq!(large[99], [99; 64]);
    });
}

/// F-04: it runs although nobody looks, and although the pool is shut down meanwhile.
#[test]
fn it_runs_without_being_looked_at() {
    watched(|| {
        let ran = Arc::new(AtomicUsize::new(0));
        {
            let pool = pool(2);
            let counter = Arc::clone(&ran);
            let map = pool
                .map(move |_: usize| counter.fetch_add(1, SeqCst), 0..1000)
                .unwrap();
            drop(map);
        }
        assert_eq!(ran.load(SeqCst), 1000);
    });
}

/// F-05: the limit counts from the call; what is ready is handed out after it.
#[test]
fn the_time_limit() {
    watched(|| {
        let pool = pool(1);
        let gate = Gate::default();
        let waiting = gate.clone();
        let options = MapOptions::new()
            .chunksize(1)
            .timeout(Duration::from_millis(50));
        let start = Instant::now();
        let mut map = pool
            .map_with(
                options,
                move |n: usize| {
                    if n == 2 {
                        waiting.pass();
                    }
                    n
                },
                0..5,
            )
            .unwrap();
        gate.wait_for(1);
        while start.elapsed() < Duration::from_millis(60) {
            std::thread::yield_now();
        }
        assert_eq!(map.next().unwrap().unwrap(), 0);
        assert_eq!(map.try_next().unwrap().unwrap().unwrap(), 1);
        assert!(
            map.try_next().is_none(),
            "it is not ready, and trying is no failure"
        );
        assert!(matches!(map.next(), Some(Err(MapError::TimedOut))));
        assert!(start.elapsed() >= Duration::from_millis(50));
        assert!(map.next().is_none(), "that was the end");
        gate.open();
    });
}

/// F-06: the failure at its place, then nothing more; F-07: what has not begun is cancelled.
#[test]
fn a_failure_ends_it() {
    watched(|| {
        for workers in [1, 2] {
            for size in [1, 3, 100] {
                let pool = pool(workers);
                let ran = Arc::new(AtomicUsize::new(0));
                let counter = Arc::clone(&ran);
                let options = MapOptions::new().chunksize(size);
                let mut map = pool
                    .map_with(
                        options,
                        move |n: u32| {
                            counter.fetch_add(1, SeqCst);
                            100_u32.checked_div(5 - n).expect("no division by zero")
                        },
                        [1, 2, 3, 5, 4, 4, 4],
                    )
                    .unwrap();
                assert_eq!(map.next().unwrap().unwrap(), 25);
                assert_eq!(map.next().unwrap().unwrap(), 33);
                assert_eq!(map.next().unwrap().unwrap(), 50);
                assert_eq!(
                    message(&map.next().unwrap().unwrap_err()),
                    "no division by zero"
                );
                assert!(map.next().is_none());
                drop(map);
                drop(pool);
                assert!(ran.load(SeqCst) >= 4);
            }
        }
    });
}

/// F-07: dropping it cancels what has not begun, once it was looked at.
#[test]
fn dropping_it_cancels() {
    watched(|| {
        let pool = pool(1);
        let gate = Gate::default();
        let (waiting, ran) = (gate.clone(), Arc::new(AtomicUsize::new(0)));
        let counter = Arc::clone(&ran);
        let options = MapOptions::new().chunksize(1);
        let mut map = pool
            .map_with(
                options,
                move |n: usize| {
                    counter.fetch_add(1, SeqCst);
                    if n == 1 {
                        waiting.pass();
                    }
                },
                0..100,
            )
            .unwrap();
        map.next().unwrap().unwrap();
        gate.wait_for(1);
        drop(map);
        gate.open();
        pool.shutdown(Shutdown::new());
        assert_eq!(ran.load(SeqCst), 2, "the rest had not begun");
    });
}

/// F-08: after a shutdown a map of something is refused, and a map of nothing is empty.
#[test]
fn after_a_shutdown() {
    watched(|| {
        let pool = pool(1);
        pool.shutdown(Shutdown::new());
        let refused = pool.map(|n: u32| n, 0..3);
        assert!(matches!(refused, Err(SubmitErrorKind::Shutdown)));
        let census = Census::default();
        let items: Vec<_> = (0..3).map(|n| census.one(n)).collect();
        assert!(pool.map(|item| item, items).is_err());
        census.expect(0);
        assert_eq!(pool.map(|n: u32| n, 0..0).unwrap().count(), 0);
        assert_eq!(pool.map(|n: u32| n, Vec::new()).unwrap().count(), 0);
    });
}

/// no more is taken from the source than there is room for, and the source may be endless.
#[test]
fn a_buffer_size() {
    watched(|| {
        let pool = pool(2);
        for (tasks, size) in [(1, 1), (3, 1), (2, 4)] {
            let taken = Arc::new(AtomicUsize::new(0));
            let counter = Arc::clone(&taken);
            let source = std::iter::repeat_with(move || counter.fetch_add(1, SeqCst));
            let options = MapOptions::new().buffersize(tasks).chunksize(size);
            let mut map = pool.map_with(options, |n: usize| n * 2, source).unwrap();
            assert_eq!(taken.load(SeqCst), tasks * size, "at the call");
            for n in 0..50 {
                assert_eq!(map.next().unwrap().unwrap(), n * 2);
                let room = (n / size + 1 + tasks) * size;
                assert_eq!(taken.load(SeqCst), room, "as results are taken");
            }
            assert_eq!(map.remaining(), None);
        }
        let finite = pool
            .map_with(MapOptions::new().buffersize(4), |n: u32| n + 1, 0..10)
            .unwrap();
        assert_eq!(finite.into_vec().unwrap(), (1..11).collect::<Vec<_>>());
    });
}

#[test]
fn a_buffer_size_and_a_failure() {
    watched(|| {
        let pool = pool(2);
        let options = MapOptions::new().buffersize(2).chunksize(2);
        let mut map = pool
            .map_with(options, |n: u32| assert_ne!(n, 5, "not five"), 0..)
            .unwrap();
        for _ in 0..5 {
            map.next().unwrap().unwrap();
        }
        assert!(message(&map.next().unwrap().unwrap_err()).contains("not five"));
        assert!(map.next().is_none());
        let options = MapOptions::new().buffersize(2);
        let mut map = pool.map_with(options, |n: u32| n, 0..).unwrap();
        assert_eq!(map.next().unwrap().unwrap(), 0);
        pool.shutdown(Shutdown::new());
        let rest: Vec<_> = map.collect();
        let (last, rest) = rest.split_last().unwrap();
        assert!(matches!(
            last,
            Err(MapError::Refused(SubmitErrorKind::Shutdown))
        ));
        assert!(rest.iter().all(Result::is_ok) && rest.len() <= 2);
    });
}

/// Zero is refused (row F-30).
#[test]
fn sizes_of_zero() {
    assert!(std::panic::catch_unwind(|| MapOptions::new().chunksize(0)).is_err());
    assert!(std::panic::catch_unwind(|| MapOptions::new().buffersize(0)).is_err());
}

#[test]
fn unordered_gives_each_once_with_its_place() {
    watched(|| {
        let pool = pool(3);
        let variants = [
            MapOptions::new(),
            MapOptions::new().chunksize(1),
            MapOptions::new().chunksize(9),
            MapOptions::new().buffersize(3),
            MapOptions::new().buffersize(2).chunksize(7),
        ];
        for options in variants {
            let map = pool
                .map_unordered_with(options, |n: usize| n * n, 100..600)
                .unwrap();
            let mut found: Vec<(usize, usize)> = map.map(Result::unwrap).collect();
            found.sort_unstable();
            let expected: Vec<_> = (0..500).map(|n| (n, (n + 100) * (n + 100))).collect();
            assert_eq!(found, expected);
        }
    });
}

#[test]
fn unordered_does_not_wait_for_the_slow_one() {
    watched(|| {
        for options in [
            MapOptions::new().chunksize(1),
            MapOptions::new().buffersize(2),
        ] {
            let pool = pool(2);
            let gate = Gate::default();
            let waiting = gate.clone();
            let mut map = pool
                .map_unordered_with(
                    options,
                    move |n: usize| {
                        if n == 0 {
                            waiting.pass();
                        }
                        n
                    },
                    0..4,
                )
                .unwrap();
            let mut first: Vec<_> = (0..3).map(|_| map.next().unwrap().unwrap().0).collect();
            first.sort_unstable();
            assert_eq!(first, [1, 2, 3]);
            assert!(map.try_next().is_none());
            gate.open();
            assert_eq!(map.next().unwrap().unwrap(), (0, 0));
            assert!(map.next().is_none());
        }
    });
}

/// Everything goes once: items, results, and the function; whatever fails, is dropped, or is left.
#[test]
fn nothing_leaks_and_nothing_goes_twice() {
    watched(|| {
        for taken in [0, 1, 5, 40] {
            for fails_at in [None, Some(0), Some(3), Some(39)] {
                for size in [1, 4, 64] {
                    let (items, results) = (Census::default(), Census::default());
                    let pool = pool(2);
                    let list: Vec<_> = (0..40).map(|n| items.one(n)).collect();
                    let made = results.clone();
                    let options = MapOptions::new().chunksize(size);
                    let mut map = pool
                        .map_with(
                            options,
                            move |item: futures_map_support::Counted| {
                                assert_ne!(Some(item.0), fails_at, "as asked for");
                                made.one(item.0)
                            },
                            list,
                        )
                        .unwrap();
                    let mut ended = false;
                    for place in 0..taken {
                        match map.next() {
                            Some(Ok(result)) => assert_eq!(result.0, place),
                            Some(Err(_)) => {
                                assert_eq!(Some(place), fails_at);
                                ended = true;
                            }
                            None => assert!(ended),
                        }
                    }
                    drop(map);
                    drop(pool);
                    items.expect(0);
                    results.expect(0);
                }
            }
        }
    });
}

#[test]
fn into_vec_after_some_were_taken_and_with_a_failure() {
    watched(|| {
        let pool = pool(2);
        let census = Census::default();
        let made = census.clone();
        let mut map = pool.map(move |n: usize| made.one(n), 0..1000).unwrap();
        for place in 0..10 {
            assert_eq!(map.next().unwrap().unwrap().0, place);
        }
        let rest = map.into_vec().unwrap();
        assert_eq!(rest.len(), 990);
        assert!(rest.iter().zip(10..).all(|(one, place)| one.0 == place));
        drop(rest);
        census.expect(0);
        let made = census.clone();
        let map = pool.map(
            move |n: usize| {
                assert_ne!(n, 700, "seven hundred");
                made.one(n)
            },
            0..1000,
        );
        assert!(message(&map.unwrap().into_vec().unwrap_err()).contains("seven hundred"));
        drop(pool);
        census.expect(0);
    });
}

/// F-18: a map inside of a task of the same pool, which has one worker.
#[test]
fn nested_on_one_worker() {
    watched(|| {
        let pool = Arc::new(pool(1));
        let inner = Arc::clone(&pool);
        let sum = pool.spawn(move || -> u64 {
            let map = inner.map(|n: u64| n + 1, 0..100).unwrap();
            let ordered: u64 = map.map(Result::unwrap).sum();
            let map = inner.map_unordered(|n: u64| n + 1, 0..100).unwrap();
            ordered + map.map(|result| result.unwrap().1).sum::<u64>()
        });
        assert_eq!(sum.unwrap().result().unwrap(), 2 * 5050);
    });
}

#[test]
fn awaited() {
    watched(|| {
        let pool = pool(2);
        block_on(async {
            let mut map = pool.map(|n: usize| n * 2, 0..200).unwrap();
            for n in 0..200 {
                assert_eq!(map.next_async().await.unwrap().unwrap(), n * 2);
            }
            assert!(map.next_async().await.is_none());
            let mut map = pool.map_unordered(|n: usize| n * 2, 0..200).unwrap();
            let mut seen = [false; 200];
            while let Some(result) = map.next_async().await {
                let (place, value) = result.unwrap();
                assert_eq!(value, place * 2);
                assert!(!std::mem::replace(&mut seen[place], true));
            }
            assert!(seen.iter().all(|&seen| seen));
        });
    });
}

/// `starmap`, and functions of several arguments for `submit`.
#[test]
fn tuples_are_unpacked() {
    watched(|| {
        let pool = pool(2);
        let cubes = pool.starmap(u32::pow, [(1, 3), (2, 3), (3, 3)]).unwrap();
        assert_eq!(cubes.into_vec().unwrap(), [1, 8, 27]);
        let volume = |x: u32, y: u32, z: u32| x * y * z;
        assert_eq!(
            pool.submit(unpack(volume), (2, 3, 4))
                .unwrap()
                .result()
                .unwrap(),
            24
        );
        let shortest = pool.starmap(
            |a: u8, b: char| format!("{a}{b}"),
            std::iter::zip(1.., "ab".chars().collect::<Vec<_>>()),
        );
        assert_eq!(shortest.unwrap().into_vec().unwrap(), ["1a", "2b"]);
    });
}

fn is_prime(number: u64) -> bool {
    number > 1
        && (2..)
            .take_while(|n| n * n <= number)
            .all(|n| !number.is_multiple_of(n))
}

/// Code that knows nothing of threads, with a function item and plain arguments (row F-E06).
fn generic<E: Submit<u64, bool>>(executor: &E) -> (usize, usize, usize) {
    let map = executor.map(is_prime, 0..100).unwrap();
    let ordered = map.filter(|answer| *answer.as_ref().unwrap()).count();
    let options = MapOptions::new().buffersize(4).chunksize(8);
    let map = executor.map_with(options, is_prime, 0..100).unwrap();
    let lazy = map.filter(|answer| *answer.as_ref().unwrap()).count();
    let map = executor.map_unordered(is_prime, vec![2, 4, 5]).unwrap();
    let unordered = map.filter(|answer| answer.as_ref().unwrap().1).count();
    (ordered, lazy, unordered)
}

#[test]
fn generic_code_runs_on_threads() {
    watched(|| assert_eq!(generic(&pool(2)), (25, 25, 2)));
}

/// A map can be taken to another thread.
#[test]
fn results_may_be_taken_elsewhere() {
    watched(|| {
        let pool = pool(2);
        let map = pool.map(|n: u32| n, 0..1000).unwrap();
        let sum = std::thread::spawn(move || map.map(Result::unwrap).sum::<u32>());
        assert_eq!(sum.join().unwrap(), 499_500);
    });
}
