//! What CPython's `test_queue` asks of `Queue`, `LifoQueue` and `PriorityQueue`, each question twice on the same queue, as there.
//!
//! Not asked: negative timeouts (a `Duration` is none), and writing `maxsize` of a living queue (row Q-16).

mod queue_support;

use std::sync::atomic::{AtomicI32, AtomicU32, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

use queue_support::{a_moment, watched};
use selvedge::queue::{
    GetTimeoutError, LifoQueue, PriorityQueue, PutTimeoutError, Queue, QueueOf, Store,
    TooManyTasksDone, TryGetError, TryPutError,
};

const SIZE: usize = 5;
const LONG: Duration = Duration::from_secs(1000);

/// Runs `blocks`, which must not return before `trigger` has begun.
fn blocks_until<R: Send>(blocks: impl FnOnce() -> R + Send, trigger: impl FnOnce() + Send) -> R {
    let begun = AtomicU32::new(0);
    thread::scope(|scope| {
        scope.spawn(|| {
            a_moment();
            begun.store(1, Relaxed);
            trigger();
        });
        let result = blocks();
        assert_eq!(begun.load(Relaxed), 1, "it did not block");
        result
    })
}

/// Rows: order, questions, full and empty, waiting and giving up.
fn basic<S: Store<Item = i32> + Sync>(queue: &QueueOf<S>, order: [i32; 3]) {
    let limit = Duration::from_millis(10);
    for _ in 0..2 {
        assert!(queue.is_empty() && queue.is_empty());
        for item in [111, 333, 222] {
            queue.put(item).unwrap();
        }
        assert_eq!([(); 3].map(|()| queue.get().unwrap()), order);

        for item in 0..SIZE as i32 - 1 {
            queue.put(item).unwrap();
            assert!(!queue.is_empty());
        }
        assert!(!queue.is_full());
        queue.put(2 * SIZE as i32).unwrap();
        assert!(queue.is_full() && !queue.is_empty());
        assert_eq!(queue.len(), SIZE);

        let full = 6 * SIZE as i32;
        assert_eq!(queue.try_put(full), Err(TryPutError::Full(full)));
        let begin = Instant::now();
        let late = queue.put_timeout(full, limit);
        assert_eq!(late, Err(PutTimeoutError::TimedOut(full)));
        assert!(begin.elapsed() >= limit);
        let get = || {
            queue.get().unwrap();
        };
        assert_eq!(blocks_until(|| queue.put(full), get), Ok(()));
        assert_eq!(blocks_until(|| queue.put_timeout(full, LONG), get), Ok(()));

        assert_eq!(queue.drain().count(), SIZE);
        assert!(queue.is_empty());
        assert_eq!(queue.try_get(), Err(TryGetError::Empty));
        let begin = Instant::now();
        assert_eq!(queue.get_timeout(limit), Err(GetTimeoutError::TimedOut));
        assert!(begin.elapsed() >= limit);
        let put = || queue.put(7).unwrap();
        assert_eq!(blocks_until(|| queue.get(), put), Ok(7));
        assert_eq!(blocks_until(|| queue.get_timeout(LONG), put), Ok(7));
    }
}

/// Rows.
fn nowait<S: Store<Item = i32>>(queue: &QueueOf<S>) {
    for _ in 0..2 {
        for _ in 0..SIZE {
            assert_eq!(queue.try_put(1), Ok(()));
        }
        assert_eq!(queue.try_put(1), Err(TryPutError::Full(1)));
        for _ in 0..SIZE {
            assert_eq!(queue.try_get(), Ok(1));
        }
        assert_eq!(queue.try_get(), Err(TryGetError::Empty));
    }
}

/// Row Q-13.
fn task_done<S: Store<Item = i32>>(queue: &QueueOf<S>) {
    assert_eq!(queue.task_done(), Err(TooManyTasksDone));
    queue.put(1).unwrap();
    assert_eq!(queue.task_done(), Ok(()));
    assert_eq!(queue.task_done(), Err(TooManyTasksDone));
}

/// Rows: two workers, and a join that returns when all is done; and again, on the same queue.
fn joins<S: Store<Item = i32> + Sync>(queue: &QueueOf<S>) {
    for _ in 0..2 {
        let sum = AtomicI32::new(0);
        let worker = || {
            loop {
                let item = queue.get().unwrap();
                if item >= 0 {
                    sum.fetch_add(item, Relaxed);
                }
                queue.task_done().unwrap();
                if item < 0 {
                    break;
                }
            }
        };
        thread::scope(|scope| {
            let workers = [scope.spawn(worker), scope.spawn(worker)];
            for item in 0..100 {
                queue.put(item).unwrap();
            }
            queue.join();
            assert_eq!(sum.load(Relaxed), (0..100).sum());
            for _ in &workers {
                queue.put(-1).unwrap();
            }
            queue.join();
        });
    }
    assert_eq!(queue.task_done(), Err(TooManyTasksDone));
}

/// Row Q-07: without a capacity a queue is never full.
fn unbounded<S: Store<Item = i32>>(queue: &QueueOf<S>) {
    assert_eq!(queue.capacity(), None);
    for item in 0..10_000 {
        assert_eq!(queue.try_put(item), Ok(()));
        assert!(!queue.is_full());
    }
    let mut items: Vec<_> = queue.drain().collect();
    items.sort_unstable();
    assert!(items.into_iter().eq(0..10_000));
}

/// The scenarios for one kind of queue.
macro_rules! scenarios {
    ($($name:ident: $queue:ident, $order:expr;)*) => {$(
        mod $name {
            use super::*;

            #[test]
            fn basic() {
                watched(|| super::basic(&$queue::new(SIZE), $order));
            }

            #[test]
            fn nowait() {
                super::nowait(&$queue::new(SIZE));
            }

            #[test]
            fn task_done() {
                super::task_done(&$queue::new(0));
            }

            #[test]
            fn joins() {
                watched(|| super::joins(&$queue::new(0)));
            }

            #[test]
            fn joins_with_a_capacity() {
                watched(|| super::joins(&$queue::new(1)));
            }

            #[test]
            fn unbounded() {
                super::unbounded(&$queue::new(0));
            }
        }
    )*};
}

scenarios! {
    fifo: Queue, [111, 333, 222];
    lifo: LifoQueue, [222, 333, 111];
    priority: PriorityQueue, [111, 222, 333];
}

/// Row Q-03, where Python's ties come in any order: here in the order of putting.
#[test]
fn ties_are_in_order() {
    #[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
    struct Job {
        urgency: u8,
        name: Unordered,
    }
    /// Equal to all others.
    #[derive(Debug)]
    struct Unordered(u32);
    impl PartialEq for Unordered {
        fn eq(&self, _: &Self) -> bool {
            true
        }
    }
    impl Eq for Unordered {}
    impl PartialOrd for Unordered {
        fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
            Some(self.cmp(other))
        }
    }
    impl Ord for Unordered {
        fn cmp(&self, _: &Self) -> std::cmp::Ordering {
            std::cmp::Ordering::Equal
        }
    }
    let queue = PriorityQueue::new(0);
    for number in 0..300 {
        let urgency = (number % 3) as u8;
        let name = Unordered(number);
        queue.put(Job { urgency, name }).unwrap();
    }
    let got: Vec<_> = queue.drain().map(|job| (job.urgency, job.name.0)).collect();
    let mut expected: Vec<_> = (0..300)
        .map(|number| ((number % 3) as u8, number))
        .collect();
    expected.sort_unstable();
    assert_eq!(got, expected);
}
