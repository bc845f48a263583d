//! Row X-11, after the questions that CPython 3.13's `test_queue` asks about `shutdown`, for every kind of queue.

mod queue_support;

use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::thread;
use std::time::Duration;

use queue_support::{a_moment, watched};
use selvedge::queue::{
    GetTimeoutError, LifoQueue, PriorityQueue, PutError, PutTimeoutError, Queue, QueueOf, ShutDown,
    Store, TooManyTasksDone, TryGetError, TryPutError,
};

const LONG: Duration = Duration::from_secs(1000);

fn refuses_puts<S: Store<Item = i32>>(queue: &QueueOf<S>) {
    assert_eq!(queue.put(9), Err(PutError(9)));
    assert_eq!(queue.try_put(9), Err(TryPutError::ShutDown(9)));
    let put = queue.put_timeout(9, LONG);
    assert_eq!(put, Err(PutTimeoutError::ShutDown(9)));
}

fn refuses_gets<S: Store<Item = i32>>(queue: &QueueOf<S>) {
    assert_eq!(queue.get(), Err(ShutDown));
    assert_eq!(queue.try_get(), Err(TryGetError::ShutDown));
    assert_eq!(queue.get_timeout(LONG), Err(GetTimeoutError::ShutDown));
}

/// With nothing in it.
fn empty<S: Store<Item = i32>>(queue: &QueueOf<S>) {
    queue.shutdown(false);
    refuses_puts(queue);
    refuses_gets(queue);
    queue.join();
}

/// With something in it, which can still be taken.
fn nonempty<S: Store<Item = i32>>(queue: &QueueOf<S>) {
    queue.put(1).unwrap();
    queue.shutdown(false);
    refuses_puts(queue);
    assert_eq!(queue.get(), Ok(1));
    refuses_gets(queue);
}

/// With something in it, at once: it is gone, and nobody has to do it.
fn immediate<S: Store<Item = i32>>(queue: &QueueOf<S>) {
    queue.put(1).unwrap();
    queue.put(2).unwrap();
    queue.shutdown(true);
    refuses_puts(queue);
    refuses_gets(queue);
    assert_eq!((queue.len(), queue.unfinished_tasks()), (0, 0));
    queue.join();
    assert_eq!(queue.task_done(), Err(TooManyTasksDone));
}

/// First in good order, then at once.
fn in_two_steps<S: Store<Item = i32>>(queue: &QueueOf<S>) {
    queue.put(1).unwrap();
    queue.put(2).unwrap();
    assert!(!queue.is_shut_down());
    queue.shutdown(false);
    assert!(queue.is_shut_down());
    queue.get().unwrap();
    queue.shutdown(true);
    refuses_gets(queue);
    assert_eq!(queue.unfinished_tasks(), 1);
    queue.task_done().unwrap();
    queue.join();
}

/// Many who put into a full queue, and wait.
fn wakes_putters<S: Store<Item = i32> + Sync>(queue: &QueueOf<S>, immediate: bool) {
    queue.put(1).unwrap();
    queue.put(2).unwrap();
    thread::scope(|scope| {
        for n in 0..4 {
            scope.spawn(move || match n % 2 {
                0 => assert_eq!(queue.put(n), Err(PutError(n))),
                _ => {
                    let put = queue.put_timeout(n, LONG);
                    assert_eq!(put, Err(PutTimeoutError::ShutDown(n)));
                }
            });
        }
        a_moment();
        assert_eq!(queue.len(), 2);
        queue.shutdown(immediate);
    });
    assert_eq!(queue.drain().count(), if immediate { 0 } else { 2 });
}

/// Many who get from an empty queue, and wait.
fn wakes_getters<S: Store<Item = i32> + Sync>(queue: &QueueOf<S>, immediate: bool) {
    thread::scope(|scope| {
        for n in 0..4 {
            scope.spawn(move || match n % 2 {
                0 => assert_eq!(queue.get(), Err(ShutDown)),
                _ => assert_eq!(queue.get_timeout(LONG), Err(GetTimeoutError::ShutDown)),
            });
        }
        a_moment();
        queue.shutdown(immediate);
    });
}

/// Many who join: at once they are let go for what was never taken, and for what was taken only when it is done.
fn joiners<S: Store<Item = i32> + Sync>(queue: &QueueOf<S>, immediate: bool) {
    queue.put(1).unwrap();
    queue.put(2).unwrap();
    queue.get().unwrap();
    let joined = AtomicU32::new(0);
    thread::scope(|scope| {
        for n in 0..4 {
            let joined = &joined;
            scope.spawn(move || {
                match n % 2 {
                    0 => queue.join(),
                    _ => queue.join_timeout(LONG).unwrap(),
                }
                joined.fetch_add(1, Relaxed);
            });
        }
        a_moment();
        queue.shutdown(immediate);
        a_moment();
        assert_eq!(joined.load(Relaxed), 0);
        queue.task_done().unwrap();
        if !immediate {
            a_moment();
            assert_eq!(joined.load(Relaxed), 0);
            queue.get().unwrap();
            queue.task_done().unwrap();
        }
    });
    assert_eq!(joined.load(Relaxed), 4);
}

/// Producers, consumers that report, and joiners, all at once; a shutdown in the middle; everybody comes home, and the books balance.
fn everything_at_once<S: Store<Item = i32> + Sync>(queue: &QueueOf<S>, immediate: bool) {
    let (put, got) = (AtomicU32::new(0), AtomicU32::new(0));
    thread::scope(|scope| {
        let (put, got) = (&put, &got);
        for _ in 0..3 {
            scope.spawn(move || {
                for n in 0..5_000 {
                    if queue.put(n).is_err() {
                        break;
                    }
                    put.fetch_add(1, Relaxed);
                }
            });
            scope.spawn(move || {
                while queue.get().is_ok() {
                    got.fetch_add(1, Relaxed);
                    queue.task_done().unwrap();
                }
            });
        }
        while got.load(Relaxed) < 100 {
            thread::yield_now();
        }
        scope.spawn(|| queue.join());
        queue.shutdown(immediate);
    });
    let (put, got) = (put.into_inner(), got.into_inner());
    assert!(got <= put && (immediate || got == put));
    assert_eq!((queue.unfinished_tasks(), queue.len()), (0, 0));
}

macro_rules! scenarios {
    ($($name:ident: $queue:ident;)*) => {$(
        mod $name {
            use super::*;

            #[test]
            fn in_one_thread() {
                watched(|| {
                    empty(&$queue::new(2));
                    nonempty(&$queue::new(2));
                    immediate(&$queue::new(2));
                    in_two_steps(&$queue::new(2));
                    nonempty(&$queue::new(0));
                    immediate(&$queue::new(0));
                });
            }

            #[test]
            fn who_waits() {
                watched(|| {
                    for immediate in [false, true] {
                        wakes_putters(&$queue::new(2), immediate);
                        wakes_getters(&$queue::new(2), immediate);
                        wakes_getters(&$queue::new(0), immediate);
                        joiners(&$queue::new(2), immediate);
                    }
                });
            }

            #[test]
            fn everything_at_once() {
                watched(|| {
                    for round in 0..20 {
                        super::everything_at_once(&$queue::new(round % 3), round % 2 == 0);
                    }
                });
            }
        }
    )*};
}

scenarios! {
    fifo: Queue;
    lifo: LifoQueue;
    priority: PriorityQueue;
}
