//! What CPython's `test_queue` asks of `SimpleQueue`: rows.
//!
//! Not asked: negative timeouts (a `Duration` is none).

mod queue_support;

use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use queue_support::{block_on, watched};
use selvedge::queue::{Empty, SimpleQueue};

/// Put, get in all forms, the questions.
#[test]
fn basic() {
    watched(|| {
        let queue = SimpleQueue::new();
        assert!(queue.is_empty());
        assert_eq!((queue.len(), queue.capacity()), (0, None));
        for item in 1..=5 {
            queue.put(item);
            assert_eq!(queue.len(), item);
        }
        assert_eq!(queue.get(), 1);
        assert_eq!(queue.try_get(), Ok(2));
        assert_eq!(queue.get_timeout(Duration::from_millis(100)), Ok(3));
        assert_eq!(queue.get_deadline(Instant::now()), Ok(4));
        assert_eq!(block_on(queue.get_async()), 5);
        assert!(queue.is_empty());
        assert_eq!(queue.try_get(), Err(Empty));
        let (begin, limit) = (Instant::now(), Duration::from_millis(20));
        assert!(queue.get_timeout(limit).is_err());
        assert!(begin.elapsed() >= limit);
        assert!(queue.get_deadline(Instant::now()).is_err());
        assert_eq!(
            (queue.len(), Empty.to_string()),
            (0, "the queue is empty".into())
        );
    });
}

/// What takes an item in one of the ways that the scenarios ask for.
type Take = fn(&SimpleQueue<Option<u32>>) -> Option<u32>;

fn take(queue: &SimpleQueue<Option<u32>>) -> Option<u32> {
    queue.get()
}

fn take_without_waiting(queue: &SimpleQueue<Option<u32>>) -> Option<u32> {
    loop {
        match queue.try_get() {
            Ok(item) => return item,
            Err(Empty) => thread::sleep(Duration::from_micros(10)),
        }
    }
}

fn take_within_limits(queue: &SimpleQueue<Option<u32>>) -> Option<u32> {
    loop {
        if let Ok(item) = queue.get_timeout(Duration::from_micros(10)) {
            return item;
        }
    }
}

fn take_async(queue: &SimpleQueue<Option<u32>>) -> Option<u32> {
    block_on(queue.get_async())
}

/// So many feeders share the input, and so many consumers take it; each feeder ends with a `None`, which ends one consumer. What was taken, in some order.
fn run(threads: usize, items: u32, take: Take) -> Vec<u32> {
    let queue = SimpleQueue::new();
    let input = Mutex::new(0..items);
    let results = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let item = input.lock().unwrap_or_else(PoisonError::into_inner).next();
                    queue.put(item);
                    match item {
                        None => break,
                        Some(item) if item % 7 == 0 => thread::yield_now(),
                        Some(_) => {}
                    }
                }
            });
            scope.spawn(|| {
                while let Some(item) = take(&queue) {
                    let mut results = results.lock().unwrap_or_else(PoisonError::into_inner);
                    results.push(item);
                }
            });
        }
    });
    assert!(queue.is_empty());
    results.into_inner().unwrap_or_else(PoisonError::into_inner)
}

const N: usize = if cfg!(miri) { 3 } else { 50 };
const ITEMS: u32 = if cfg!(miri) { 100 } else { 10_000 };

/// One to one: in order.
#[test]
fn order() {
    watched(|| assert!(run(1, 100, take).into_iter().eq(0..100)));
}

/// Many to many: all of it, once each, whatever way they take it.
fn many(items: u32, take: Take) {
    watched(move || {
        let mut results = run(N, items, take);
        results.sort_unstable();
        assert!(results.into_iter().eq(0..items));
    });
}

#[test]
fn many_threads() {
    many(ITEMS, take);
}

#[test]
fn many_threads_without_waiting() {
    many(ITEMS, take_without_waiting);
}

#[test]
fn many_threads_within_limits() {
    many(ITEMS / 10, take_within_limits);
}

#[test]
fn many_tasks() {
    many(ITEMS, take_async);
}

/// The queue lets go of each item as it leaves.
#[test]
fn references() {
    let queue = SimpleQueue::new();
    let all: Vec<_> = (0..200).map(Arc::new).collect();
    for item in &all {
        queue.put(Arc::clone(item));
    }
    for item in &all {
        assert_eq!(Arc::strong_count(item), 2);
        assert_eq!(queue.get(), *item);
        assert_eq!(Arc::strong_count(item), 1);
    }
    // And of those that are left, when it goes.
    for item in &all {
        queue.put(Arc::clone(item));
    }
    drop(queue);
    assert!(all.iter().all(|item| Arc::strong_count(item) == 1));
}

/// Row Q-18: puts come out of destructors, in the middle of other puts and gets.
#[test]
fn reentrancy() {
    /// Puts the next number when it goes.
    struct Late<'a>(&'a SimpleQueue<u32>, &'a std::cell::Cell<u32>);
    impl Drop for Late<'_> {
        fn drop(&mut self) {
            let n = self.1.get();
            self.1.set(n + 1);
            self.0.put(n);
        }
    }
    let (queue, next) = (SimpleQueue::new(), std::cell::Cell::new(0));
    let lates = SimpleQueue::new();
    let mut results = Vec::new();
    while results.len() < 10_000 {
        lates.put(Late(&queue, &next));
        lates.put(Late(&queue, &next));
        drop(lates.get());
        drop(lates.try_get());
        results.extend([queue.get(), queue.get()]);
    }
    assert!(results.into_iter().eq(0..10_000));
    // The ones that go with their queue as well.
    lates.put(Late(&queue, &next));
    drop(lates);
    assert_eq!(queue.get(), 10_000);
}

/// A queue may be a `static`, and a put never waits, however much there is.
#[test]
fn without_a_limit() {
    static QUEUE: SimpleQueue<u32> = SimpleQueue::new();
    const MUCH: u32 = if cfg!(miri) { 1_000 } else { 200_000 };
    for round in 0..2 {
        for n in 0..MUCH {
            QUEUE.put(n + round);
        }
        assert_eq!(QUEUE.len(), MUCH as usize);
        assert!(QUEUE.drain().eq(round..MUCH + round));
    }
}
