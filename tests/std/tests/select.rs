//! `Select` on real threads: queues of every kind, events, limits, futures.

use std::pin::pin;
use std::task::{Context, Waker};
use std::thread;
use std::time::{Duration, Instant};

use selvedge::queue::{LifoQueue, PriorityQueue, Queue, Select, ShutDown, SimpleQueue, channel};
use selvedge::threading::Event;
use selvedge_conformance::host::Watchdog;

/// One select over queues of every kind takes everything that is put into any of them.
#[test]
fn every_kind() {
    let _watchdog = Watchdog::new("every_kind");
    const EACH: u64 = 2_000;
    let (fifo, lifo, priority) = (Queue::new(3), LifoQueue::new(0), PriorityQueue::new(2));
    let simple = SimpleQueue::new();
    let (sender, receiver) = channel(5);
    let (never, stop) = (Event::new(), Event::new());
    let sum = thread::scope(|scope| {
        let putters = [
            scope.spawn(|| (0..EACH).for_each(|i| fifo.put(i).unwrap())),
            scope.spawn(|| (0..EACH).for_each(|i| lifo.put(i).unwrap())),
            scope.spawn(|| (0..EACH).for_each(|i| priority.put(i).unwrap())),
            scope.spawn(|| (0..EACH).for_each(|i| simple.put(i))),
            scope.spawn(|| (0..EACH).for_each(|i| sender.put(i).unwrap())),
        ];
        let taker = scope.spawn(|| {
            let (mut sum, mut count) = (0, 0);
            while count < 5 * EACH {
                let item = Select::new()
                    .get(&fifo, Result::ok)
                    .get(&lifo, Result::ok)
                    .get(&priority, Result::ok)
                    .get(&simple, Some)
                    .get(receiver.as_queue(), Result::ok)
                    .event(&never, || None)
                    .wait();
                sum += item.expect("nobody stops it");
                count += 1;
            }
            let stopped = Select::new()
                .get(&fifo, Result::ok)
                .event(&stop, || None)
                .wait();
            assert_eq!(stopped, None);
            sum
        });
        for putter in putters {
            putter.join().unwrap();
        }
        stop.set();
        taker.join().unwrap()
    });
    assert_eq!(sum, 5 * (0..EACH).sum::<u64>());
}

/// A limit runs out, not too early, and nothing has been done.
#[test]
fn limits() {
    let _watchdog = Watchdog::new("limits");
    let (empty, full) = (Queue::<u32>::new(0), Queue::new(1));
    full.put(1).unwrap();
    let span = Duration::from_millis(30);
    for round in 0..2 {
        let mut item = Some(2);
        let start = Instant::now();
        let select = Select::new()
            .get(&empty, |got| got.is_ok())
            .put(&full, &mut item, |put| put.is_ok());
        let outcome = match round {
            0 => select.wait_timeout(span),
            _ => select.wait_deadline(start + span),
        };
        assert!(outcome.is_err() && start.elapsed() >= span);
        assert_eq!((item, full.len()), (Some(2), 1));
    }
    let select = Select::new().get(&full, |got| got);
    assert_eq!(select.wait_timeout(Duration::ZERO), Ok(Ok(1)));
    let select = Select::new().get(&full, |got| got);
    full.put(3).unwrap();
    assert_eq!(select.wait_timeout(Duration::MAX), Ok(Ok(3)));
}

/// Asleep on many things, with a limit far away, it is woken by any of them.
#[test]
fn woken_by_each() {
    let _watchdog = Watchdog::new("woken_by_each");
    let queues: [Queue<usize>; 6] = [const { Queue::new(0) }; 6];
    for which in 0..6 {
        thread::scope(|scope| {
            let waits = scope.spawn(|| {
                Select::new()
                    .get_any(queues.each_ref(), |which, got| (which, got))
                    .wait_timeout(Duration::from_secs(3_000))
            });
            if which % 2 == 0 {
                thread::sleep(Duration::from_millis(5));
            }
            queues[which].put(which + 10).unwrap();
            assert_eq!(waits.join().unwrap(), Ok((which, Ok(which + 10))));
        });
    }
}

/// A shutdown reaches selects that wait, as threads and as futures.
#[test]
fn shutdown_reaches_all() {
    let _watchdog = Watchdog::new("shutdown_reaches_all");
    let (queue, other) = (Queue::<u32>::new(1), Queue::<u32>::new(1));
    let select = || Select::new().get_any([&other, &queue], |which, got| (which, got));
    thread::scope(|scope| {
        let waits: Vec<_> = (0..4).map(|_| scope.spawn(|| select().wait())).collect();
        let mut future = pin!(select().wait_async());
        let mut context = Context::from_waker(Waker::noop());
        assert!(future.as_mut().poll(&mut context).is_pending());
        queue.shutdown(false);
        for wait in waits {
            assert_eq!(wait.join().unwrap(), (1, Err(ShutDown)));
        }
        assert!(future.as_mut().poll(&mut context).is_ready());
    });
    assert!(other.is_empty() && !other.is_shut_down());
}

/// Workers that take from two queues until they are told to stop, in turns of both: everything is done once, and none is starved by the queue that always has something.
#[test]
fn workers() {
    let _watchdog = Watchdog::new("workers");
    let (often, seldom) = (Queue::new(4), Queue::new(4));
    let stop = Event::new();
    let done = thread::scope(|scope| {
        let workers: Vec<_> = (0..4)
            .map(|_| {
                scope.spawn(|| {
                    let mut done = [0_u32; 2];
                    while let Some(which) = Select::new()
                        .get_any([&often, &seldom], |which, got| got.is_ok().then_some(which))
                        .event(&stop, || None)
                        .wait()
                    {
                        done[which] += 1;
                        [&often, &seldom][which].task_done().unwrap();
                    }
                    done
                })
            })
            .collect();
        let feeder = scope.spawn(|| (0..5_000).for_each(|i| often.put(i).unwrap()));
        (0..100).for_each(|i| seldom.put(i).unwrap());
        feeder.join().unwrap();
        often.join();
        seldom.join();
        stop.set();
        workers
            .into_iter()
            .map(|worker| worker.join().unwrap())
            .fold([0, 0], |sum, done| [sum[0] + done[0], sum[1] + done[1]])
    });
    assert_eq!(done, [5_000, 100]);
}
