//! The queue's futures: alone, beside threads, and dropped at any time.

mod queue_support;

use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::thread;

use queue_support::{a_moment, block_on, poll_once, watched};
use selvedge::queue::Queue;

/// Futures of a queue can be spawned on executors with several threads.
#[test]
fn futures_are_send() {
    fn assert_send<T: Send>(value: T) -> T {
        value
    }
    let queue = Queue::new(1);
    block_on(async {
        assert_send(queue.put_async(1)).await.unwrap();
        assert_eq!(assert_send(queue.get_async()).await, Ok(1));
        queue.task_done().unwrap();
        assert_send(queue.join_async()).await;
    });
}

/// A future waits without a thread, and is ready after the item came.
#[test]
fn waits_without_a_thread() {
    let queue = Queue::new(1);
    let mut get = pin!(queue.get_async());
    assert_eq!(poll_once(get.as_mut()), Poll::Pending);
    queue.put(1).unwrap();
    assert_eq!(poll_once(get.as_mut()), Poll::Ready(Ok(1)));

    queue.put(2).unwrap();
    let mut put = pin!(queue.put_async(3));
    assert_eq!(poll_once(put.as_mut()), Poll::Pending);
    let mut join = pin!(queue.join_async());
    assert_eq!(poll_once(join.as_mut()), Poll::Pending);
    assert_eq!(queue.get(), Ok(2));
    assert_eq!(poll_once(put.as_mut()), Poll::Ready(Ok(())));
    for _ in 0..3 {
        queue.task_done().unwrap();
    }
    assert_eq!(poll_once(join.as_mut()), Poll::Ready(()));
}

/// A future that was woken for an item and is dropped then passes the wake-up on: a thread gets the item.
#[test]
fn a_dropped_get_loses_nothing() {
    watched(|| {
        for _ in 0..20 {
            let queue = Queue::new(0);
            thread::scope(|scope| {
                let mut get = Box::pin(queue.get_async());
                assert!(poll_once(get.as_mut()).is_pending());
                let thread = scope.spawn(|| queue.get());
                a_moment();
                queue.put(1).unwrap(); // may wake the future or the thread
                drop(get);
                assert_eq!(thread.join().unwrap(), Ok(1));
            });
        }
    });
}

/// The same for room: the dropped one puts nothing, and its turn goes to a thread.
#[test]
fn a_dropped_put_loses_nothing() {
    watched(|| {
        for _ in 0..20 {
            let queue = Queue::new(1);
            queue.put(0).unwrap();
            thread::scope(|scope| {
                let mut put = Box::pin(queue.put_async(1));
                assert!(poll_once(put.as_mut()).is_pending());
                let thread = scope.spawn(|| queue.put(2));
                a_moment();
                assert_eq!(queue.get(), Ok(0));
                drop(put);
                assert_eq!(thread.join().unwrap(), Ok(()));
                assert_eq!(queue.get(), Ok(2));
                assert!(queue.is_empty());
            });
        }
    });
}

/// While a task was woken and is not polled, others go on: nobody waits for it.
#[test]
fn a_slow_task_holds_up_nobody() {
    watched(|| {
        let queue = Queue::new(2);
        let mut slow = pin!(queue.get_async());
        assert!(poll_once(slow.as_mut()).is_pending());
        queue.put(1).unwrap();
        assert_eq!(queue.get(), Ok(1));
        queue.put(2).unwrap();
        assert_eq!(queue.len(), 1);
        assert_eq!(poll_once(slow.as_mut()), Poll::Ready(Ok(2)));
    });
}

/// Tasks and threads at both ends of one small queue, with futures dropped all the time.
#[test]
fn tasks_and_threads() {
    const EACH: u64 = if cfg!(miri) { 10 } else { 2_000 };
    watched(|| {
        let queue = Arc::new(Queue::new(2));
        let mut producers = Vec::new();
        for producer in 0..4 {
            let queue = Arc::clone(&queue);
            producers.push(thread::spawn(move || {
                for n in 0..EACH {
                    let item = producer * EACH + n;
                    if producer % 2 == 0 {
                        block_on(queue.put_async(item)).unwrap();
                    } else {
                        queue.put(item).unwrap();
                    }
                }
            }));
        }
        let mut consumers = Vec::new();
        for consumer in 0..4 {
            let queue = Arc::clone(&queue);
            consumers.push(thread::spawn(move || {
                let mut sum = 0;
                loop {
                    let item = match consumer {
                        0 | 1 => block_on(queue.get_async()),
                        2 => queue.get(),
                        // Gives up at once, most of the time, and tries again.
                        _ => match poll_once(Box::pin(queue.get_async()).as_mut()) {
                            Poll::Ready(item) => item,
                            Poll::Pending => {
                                thread::yield_now();
                                continue;
                            }
                        },
                    };
                    match item {
                        Ok(item) => sum += item,
                        Err(_) => return sum,
                    }
                    queue.task_done().unwrap();
                }
            }));
        }
        producers.into_iter().for_each(|p| p.join().unwrap());
        block_on(queue.join_async());
        queue.shutdown(false);
        let sum: u64 = consumers.into_iter().map(|c| c.join().unwrap()).sum();
        let items = 4 * EACH;
        assert_eq!(sum, items * (items - 1) / 2);
    });
}
