//! The FIFO queue, rung by rung: one thread, limits, waiting, time, tasks, many threads.

mod queue_support;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use queue_support::{a_moment, watched};
use selvedge::queue::{
    GetTimeoutError, PutTimeoutError, Queue, TooManyTasksDone, TryGetError, TryPutError,
};

/// Row Q-01: first in, first out.
#[test]
fn keeps_the_order() {
    let queue = Queue::new(0);
    for n in 0..100 {
        queue.put(n).unwrap();
    }
    let taken: Vec<i32> = (0..100).map(|_| queue.get().unwrap()).collect();
    assert_eq!(taken, (0..100).collect::<Vec<_>>());
    assert_eq!(queue.try_get(), Err(TryGetError::Empty));
}

/// Rows: the capacity, and the questions.
#[test]
fn has_a_capacity() {
    let queue = Queue::new(2);
    assert_eq!((queue.capacity(), queue.len()), (Some(2), 0));
    assert!(queue.is_empty() && !queue.is_full());
    queue.put('a').unwrap();
    assert!(!queue.is_empty() && !queue.is_full());
    queue.put('b').unwrap();
    assert!(queue.is_full());
    assert_eq!(queue.try_put('c'), Err(TryPutError::Full('c')));
    assert_eq!(queue.get(), Ok('a'));
    assert_eq!(queue.try_put('c'), Ok(()));
    assert_eq!(queue.len(), 2);

    let unbounded = Queue::new(0);
    assert_eq!(unbounded.capacity(), None);
    for n in 0..10_000 {
        unbounded.try_put(n).unwrap();
    }
    assert!(!unbounded.is_full());
}

/// A queue may be a `static`, and is `Send` and `Sync` for items that are `Send`.
#[test]
fn lives_in_a_static() {
    static QUEUE: Queue<std::cell::Cell<u8>> = Queue::new(1);
    thread::spawn(|| QUEUE.put(std::cell::Cell::new(7)).unwrap());
    assert_eq!(watched(|| QUEUE.get().unwrap().get()), 7);
}

/// Row Q-10: `get` waits for an item.
#[test]
fn get_waits() {
    watched(|| {
        let queue = Queue::new(0);
        thread::scope(|scope| {
            let getter = scope.spawn(|| queue.get());
            a_moment();
            queue.put(5).unwrap();
            assert_eq!(getter.join().unwrap(), Ok(5));
        });
    });
}

/// Row Q-08: `put` waits for room.
#[test]
fn put_waits() {
    watched(|| {
        let queue = Queue::new(1);
        queue.put(1).unwrap();
        thread::scope(|scope| {
            let putter = scope.spawn(|| queue.put(2));
            a_moment();
            assert_eq!(queue.len(), 1);
            assert_eq!(queue.get(), Ok(1));
            assert_eq!(putter.join().unwrap(), Ok(()));
            assert_eq!(queue.get(), Ok(2));
        });
    });
}

/// Rows: limits are kept from below, the item comes back, and zero tries once.
#[test]
fn gives_up_in_time() {
    watched(|| {
        let limit = Duration::from_millis(50);
        let queue = Queue::new(1);
        let begin = Instant::now();
        assert_eq!(queue.get_timeout(limit), Err(GetTimeoutError::TimedOut));
        assert!(begin.elapsed() >= limit);
        let deadline = Instant::now() + limit;
        assert_eq!(queue.get_deadline(deadline), Err(GetTimeoutError::TimedOut));
        assert!(Instant::now() >= deadline);

        assert_eq!(queue.put_timeout(1, Duration::ZERO), Ok(()));
        let begin = Instant::now();
        assert_eq!(
            queue.put_timeout(2, limit),
            Err(PutTimeoutError::TimedOut(2))
        );
        assert!(begin.elapsed() >= limit);
        let deadline = Instant::now() + limit;
        assert_eq!(
            queue.put_deadline(3, deadline),
            Err(PutTimeoutError::TimedOut(3))
        );
        assert!(Instant::now() >= deadline);
        assert_eq!(queue.get_timeout(Duration::ZERO), Ok(1));
        assert_eq!(queue.put_deadline(4, Instant::now()), Ok(()));
        assert_eq!(queue.get_deadline(Instant::now()), Ok(4));
    });
}

/// A huge timeout is for ever, and overflows nothing.
#[test]
fn waits_for_ever_at_most() {
    watched(|| {
        let queue = Queue::new(1);
        thread::scope(|scope| {
            let getter = scope.spawn(|| queue.get_timeout(Duration::MAX));
            a_moment();
            queue.put_timeout(1, Duration::MAX).unwrap();
            assert_eq!(getter.join().unwrap(), Ok(1));
        });
        assert_eq!(queue.task_done(), Ok(()));
        assert!(queue.join_timeout(Duration::MAX).is_ok());
    });
}

/// Rows: tasks count from `put` on; `join` is at once when there are none, and may be called again.
#[test]
fn counts_tasks() {
    watched(|| {
        let queue = Queue::new(0);
        queue.join();
        assert_eq!(queue.task_done(), Err(TooManyTasksDone));
        queue.put(1).unwrap();
        queue.put(2).unwrap();
        assert_eq!(queue.unfinished_tasks(), 2);
        queue.get().unwrap();
        assert_eq!(queue.unfinished_tasks(), 2);
        queue.task_done().unwrap();
        assert!(queue.try_join().is_err());
        let begin = Instant::now();
        assert!(queue.join_timeout(Duration::from_millis(30)).is_err());
        assert!(begin.elapsed() >= Duration::from_millis(30));
        assert!(queue.join_deadline(Instant::now()).is_err());
        queue.task_done().unwrap();
        queue.join();
        queue.join();
        assert!(queue.try_join().is_ok());
        assert!(queue.join_deadline(Instant::now()).is_ok());
        assert_eq!(queue.task_done(), Err(TooManyTasksDone));
        queue.put(3).unwrap();
        assert!(queue.try_join().is_err());
    });
}

/// Row Q-14: `join` returns after the last worker's last task, not before.
#[test]
fn join_waits_for_workers() {
    watched(|| {
        let queue = Queue::new(4);
        let done = std::sync::atomic::AtomicU32::new(0);
        let relaxed = std::sync::atomic::Ordering::Relaxed;
        thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| {
                    while queue.get().is_ok() {
                        thread::yield_now();
                        done.fetch_add(1, relaxed);
                        queue.task_done().unwrap();
                    }
                });
            }
            for round in 1..=5 {
                for n in 0..100 {
                    queue.put(n).unwrap();
                }
                queue.join();
                assert_eq!(done.load(relaxed), round * 100);
            }
            queue.shutdown(false);
        });
    });
}

/// Many producers, many consumers, every form that blocks: nothing is lost, nothing comes twice, each producer's items stay in order.
#[test]
fn loses_nothing() {
    const PRODUCERS: u64 = 4;
    const EACH: u64 = if cfg!(miri) { 20 } else { 5_000 };
    for capacity in [0, 1, 2, 7] {
        watched(move || {
            let queue = Arc::new(Queue::new(capacity));
            let producers: Vec<_> = (0..PRODUCERS)
                .map(|producer| {
                    let queue = Arc::clone(&queue);
                    thread::spawn(move || {
                        for n in 0..EACH {
                            let item = (producer, n);
                            match n % 3 {
                                0 => queue.put(item).unwrap(),
                                1 => queue.put_timeout(item, Duration::from_secs(60)).unwrap(),
                                _ => {
                                    while let Err(TryPutError::Full(_)) = queue.try_put(item) {
                                        thread::yield_now();
                                    }
                                }
                            }
                        }
                    })
                })
                .collect();
            let consumers: Vec<_> = (0..3)
                .map(|consumer| {
                    let queue = Arc::clone(&queue);
                    thread::spawn(move || consume(&queue, consumer))
                })
                .collect();
            producers.into_iter().for_each(|p| p.join().unwrap());
            queue.join();
            queue.shutdown(false);
            let taken: Vec<_> = consumers.into_iter().map(|c| c.join().unwrap()).collect();
            for of_one in &taken {
                let mut last = [None; PRODUCERS as usize];
                for &(producer, n) in of_one {
                    let last = &mut last[producer as usize];
                    assert!(*last < Some(n), "{n} after {last:?}");
                    *last = Some(n);
                }
            }
            let all: Vec<_> = taken.into_iter().flatten().collect();
            assert_eq!(all.len() as u64, PRODUCERS * EACH);
            assert_eq!(
                all.into_iter().collect::<BTreeSet<_>>().len() as u64,
                PRODUCERS * EACH
            );
        });
    }
}

fn consume(queue: &Queue<(u64, u64)>, consumer: u32) -> Vec<(u64, u64)> {
    let mut taken = Vec::new();
    loop {
        let item = match consumer {
            0 => queue.get().ok(),
            1 => queue.get_timeout(Duration::from_secs(60)).ok(),
            _ => loop {
                match queue.try_get() {
                    Ok(item) => break Some(item),
                    Err(TryGetError::Empty) => thread::yield_now(),
                    Err(TryGetError::ShutDown) => break None,
                }
            },
        };
        let Some(item) = item else { return taken };
        taken.push(item);
        queue.task_done().unwrap();
    }
}

/// Errors do not need items that can be shown, and say what happened.
#[test]
fn errors_speak() {
    struct Opaque;
    let queue = Queue::new(1);
    queue.put(Opaque).unwrap();
    let full = queue.try_put(Opaque).unwrap_err();
    assert_eq!(full.to_string(), "the queue is full");
    assert_eq!(format!("{full:?}"), "Full(..)");
    let late = queue.put_timeout(Opaque, Duration::ZERO).unwrap_err();
    assert_eq!(late.to_string(), "there was no room in time");
    queue.shutdown(true);
    assert_eq!(
        queue.put(Opaque).unwrap_err().to_string(),
        "the queue is shut down"
    );
    assert!(format!("{queue:?}").contains("shut_down: true"));
}
