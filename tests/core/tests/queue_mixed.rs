//! Queues under everything at once: every form of putting and taking, on every port, with futures dropped and time running out all the while. What was put is what was taken.

mod support;

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::Duration;

use selvedge::port::{Native, Parking};
use selvedge_conformance::host::Watchdog;
use selvedge_core::port::TimedPort;
use selvedge_core::queue::{
    FifoQueue, GetTimeoutError, PutTimeoutError, Queue, Store, TryGetError, TryPutError,
};
use selvedge_core::raw::{Boxed, Ring};
use support::host_spin::HostSpin;
use support::live_tasks::LiveTasks;

const EACH: u64 = if cfg!(miri) { 12 } else { 4_000 };
const PRODUCERS: u64 = 4;

/// Runs a future in this thread, sleeping in between: a lost wake-up hangs.
fn block_on<F: Future>(future: F) -> F::Output {
    struct Unpark(Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let mut future = pin!(future);
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut context = Context::from_waker(&waker);
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(output) => return output,
            Poll::Pending => thread::park(),
        }
    }
}

/// Polls a future twice, with a pause in which it may be woken, and drops it.
fn barely<F: Future>(future: F) -> Option<F::Output> {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    for _ in 0..2 {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return Some(output);
        }
        thread::yield_now();
    }
    None
}

fn put<P: TimedPort, S: Store<Item = u64>>(queue: &Queue<P, S>, item: u64) {
    let moment = Duration::from_micros(item % 90);
    match item % 6 {
        0 => queue.put(item).unwrap(),
        1 => block_on(queue.put_async(item)).unwrap(),
        2 => {
            while let Err(error) = queue.put_timeout(item, moment) {
                assert_eq!(error, PutTimeoutError::TimedOut(item));
            }
        }
        3 => {
            let deadline = || P::after(P::now(), moment).unwrap();
            while let Err(error) = queue.put_deadline(item, deadline()) {
                assert_eq!(error, PutTimeoutError::TimedOut(item));
            }
        }
        4 => {
            while let Err(error) = queue.try_put(item) {
                assert_eq!(error, TryPutError::Full(item));
                thread::yield_now();
            }
        }
        _ => {
            while barely(queue.put_async(item)).is_none() {
                thread::yield_now();
            }
        }
    }
}

/// `None` when it is shut down.
fn get<P: TimedPort, S: Store<Item = u64>>(queue: &Queue<P, S>, nth: u64) -> Option<u64> {
    let moment = Duration::from_micros(nth % 90);
    match nth % 6 {
        0 => queue.get().ok(),
        1 => block_on(queue.get_async()).ok(),
        2 => loop {
            match queue.get_timeout(moment) {
                Err(GetTimeoutError::TimedOut) => {}
                other => return other.ok(),
            }
        },
        3 => loop {
            match queue.get_deadline(P::after(P::now(), moment).unwrap()) {
                Err(GetTimeoutError::TimedOut) => {}
                other => return other.ok(),
            }
        },
        4 => loop {
            match queue.try_get() {
                Err(TryGetError::Empty) => thread::yield_now(),
                other => return other.ok(),
            }
        },
        _ => loop {
            if let Some(got) = barely(queue.get_async()) {
                return got.ok();
            }
            thread::yield_now();
        },
    }
}

fn mix<P: TimedPort, S: Store<Item = u64> + Sync>(queue: &Queue<P, S>) {
    let (sum, count) = (AtomicU64::new(0), AtomicU64::new(0));
    thread::scope(|scope| {
        let producers: Vec<_> = (0..PRODUCERS)
            .map(|producer| {
                scope.spawn(move || (0..EACH).for_each(|n| put(queue, producer * EACH + n)))
            })
            .collect();
        for consumer in 0..3 {
            let (sum, count) = (&sum, &count);
            scope.spawn(move || {
                let mut nth = consumer;
                while let Some(item) = get(queue, nth) {
                    sum.fetch_add(item, Ordering::Relaxed);
                    count.fetch_add(1, Ordering::Relaxed);
                    queue.task_done().unwrap();
                    nth += 1;
                }
            });
        }
        let failed = producers.into_iter().filter_map(|p| p.join().err()).count();
        if failed == 0 {
            queue.join();
            block_on(queue.join_async());
            assert!(queue.join_timeout(Duration::ZERO).is_ok());
        }
        queue.shutdown(false);
        assert_eq!(failed, 0);
    });
    let items = PRODUCERS * EACH;
    assert_eq!(count.into_inner(), items);
    assert_eq!(sum.into_inner(), items * (items - 1) / 2);
    assert!(queue.is_empty());
}

fn mix_all<P: TimedPort>(name: &str) {
    let _watchdog = Watchdog::new(name);
    mix(&FifoQueue::<P, _, 1>::new());
    mix(&FifoQueue::<P, _, 3>::new());
    mix(&Queue::<P, _>::with_store(Ring::new(Boxed::new(16))));
}

#[test]
fn native() {
    mix_all::<Native>("queues, mixed, Native");
}

#[test]
fn parking() {
    mix_all::<Parking>("queues, mixed, Parking");
}

#[test]
fn host_spin() {
    mix_all::<HostSpin>("queues, mixed, HostSpin");
}

#[test]
fn live_tasks() {
    mix_all::<LiveTasks>("queues, mixed, LiveTasks");
}
