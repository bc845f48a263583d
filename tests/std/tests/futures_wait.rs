//! `wait` and `as_completed` beyond what Python's have: indices, asynchronous forms, streams, giving up, what is left behind.

mod future_support;

use std::future::Future as StdFuture;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::{Duration, Instant};

use future_support::{
    Woken, a_moment, block_on, cancelled, failed, finished, later, pending, rounds, watched,
};
use futures_core::{FusedStream, Stream};
use selvedge::concurrent::futures::{
    CancelOnDrop, DoneAndNotDone, Future, Promise, ReturnWhen, as_completed, try_wait, wait,
    wait_async, wait_deadline, wait_timeout,
};

fn promises<const N: usize>() -> ([Promise<usize>; N], [Future<usize>; N]) {
    let mut futures = Vec::new();
    let promises = std::array::from_fn(|_| {
        let (promise, future) = Promise::new();
        futures.push(future);
        promise
    });
    (promises, futures.try_into().unwrap())
}

fn indices(done: &[usize], not_done: &[usize]) -> DoneAndNotDone {
    DoneAndNotDone {
        done: done.to_vec(),
        not_done: not_done.to_vec(),
    }
}

/// Never blocks, and has no say in when.
#[test]
fn try_form() {
    let ([one, _two], futures) = promises();
    assert_eq!(try_wait(&futures), indices(&[], &[0, 1]));
    one.set_result(1).unwrap();
    assert_eq!(try_wait(&futures), indices(&[0], &[1]));
}

/// A deadline that has passed looks once.
#[test]
fn deadlines() {
    let ([one, _two], futures) = promises();
    let now = Instant::now();
    let when = ReturnWhen::AllCompleted;
    assert_eq!(wait_deadline(&futures, when, now), indices(&[], &[0, 1]));
    one.set_result(1).unwrap();
    let end = Instant::now() + Duration::from_millis(10);
    assert_eq!(wait_deadline(&futures, when, end), indices(&[0], &[1]));
    assert!(Instant::now() >= end);
    // Beyond what the clock can tell.
    let when = ReturnWhen::FirstCompleted;
    assert_eq!(wait_timeout(&futures, when, Duration::MAX).done, [0]);
}

/// A future that is waited for can be used in all other ways meanwhile.
#[test]
fn waited_for_in_many_ways() {
    watched(|| {
        for _ in 0..rounds(100) {
            let (promise, future) = pending();
            let future = future.shared();
            let called = Arc::new(AtomicUsize::new(0));
            thread::scope(|scope| {
                for when in [ReturnWhen::AllCompleted, ReturnWhen::FirstCompleted] {
                    let future = &future;
                    scope.spawn(move || assert_eq!(wait(&[future, future], when).done, [0]));
                    scope.spawn(move || {
                        assert_eq!(block_on(wait_async(&[future], when)).done, [0]);
                    });
                }
                scope.spawn(|| assert_eq!(as_completed([&future]).count(), 1));
                scope.spawn(|| assert_eq!(future.wait().unwrap(), &8));
                let calls = called.clone();
                future.add_done_callback(move |_| {
                    calls.fetch_add(1, Ordering::SeqCst);
                });
                promise.set_result(8).unwrap();
            });
            assert_eq!(called.load(Ordering::SeqCst), 1);
        }
    });
}

/// Waits that give up, and completions, at random: what is done is reported as done, and nothing is lost for the next wait.
#[test]
fn giving_up() {
    watched(|| {
        for round in 0..rounds(300) {
            let (promises, futures) = promises::<4>();
            thread::scope(|scope| {
                scope.spawn(|| {
                    for (value, promise) in promises.iter().enumerate() {
                        if round % 3 == 0 {
                            thread::yield_now();
                        }
                        promise.set_result(value).unwrap();
                    }
                });
                let mut seen = 0;
                while seen < 4 {
                    let limit = Duration::from_micros(10);
                    let waited = wait_timeout(&futures, ReturnWhen::AllCompleted, limit);
                    assert!(waited.done.len() >= seen);
                    assert_eq!(waited.done.len() + waited.not_done.len(), 4);
                    seen = waited.done.len();
                }
            });
            let values: Vec<_> = futures.map(|future| future.result().unwrap()).into();
            assert_eq!(values, [0, 1, 2, 3]);
        }
    });
}

/// An asynchronous wait that is dropped leaves nothing behind.
#[test]
fn a_dropped_wait() {
    let ([one, two], futures) = promises();
    let woken = Arc::new(Woken::default());
    {
        let mut waiting = pin!(wait_async(&futures, ReturnWhen::AllCompleted));
        assert!(woken.poll(waiting.as_mut()).is_pending());
        one.set_result(1).unwrap();
        assert_eq!(woken.times(), 0, "there is one more");
    }
    assert_eq!(Arc::strong_count(&woken), 1);
    two.set_result(2).unwrap();
    assert_eq!(woken.times(), 0);

    let ([one, _two], futures) = promises();
    let mut waiting = pin!(wait_async(&futures, ReturnWhen::FirstCompleted));
    assert!(woken.poll(waiting.as_mut()).is_pending());
    one.set_result(1).unwrap();
    assert_eq!(woken.times(), 1);
    match woken.poll(waiting.as_mut()) {
        Poll::Ready(waited) => assert_eq!(waited, indices(&[0], &[1])),
        Poll::Pending => panic!("one is done"),
    }
}

/// A wait whose future is leaked keeps its own memory, and nobody else's.
#[test]
fn a_leaked_wait() {
    let ([one, two], futures) = promises();
    let futures: &'static [Future<usize>] = Box::leak(Box::new(futures));
    let mut waiting = Box::pin(wait_async(futures, ReturnWhen::AllCompleted));
    let mut context = Context::from_waker(Waker::noop());
    assert!(waiting.as_mut().poll(&mut context).is_pending());
    std::mem::forget(waiting);
    one.set_result(1).unwrap();
    let mut done = as_completed(futures);
    assert_eq!(done.next().unwrap().peek().unwrap().unwrap(), &1);
    std::mem::forget(done);
    two.set_result(2).unwrap();

    let ([one], [future]) = promises();
    std::mem::forget(as_completed([&future]));
    drop(future);
    one.set_result(1).unwrap();
}

/// What is left of an iterator that is given up: the futures, which go on.
#[test]
fn the_rest() {
    let ([one, _two, three], futures) = promises();
    three.set_result(3).unwrap();
    let mut done = as_completed(futures);
    assert_eq!((done.unfinished(), done.total()), (3, 3));
    assert_eq!(done.next().unwrap().result().unwrap(), 3);
    assert_eq!((done.unfinished(), done.total()), (2, 3));
    let rest = done.into_unfinished();
    one.set_result(1).unwrap();
    assert_eq!(try_wait(&rest), indices(&[0], &[1]));

    let mut timed = as_completed(rest).timeout(Duration::ZERO).with_index();
    let (index, first) = timed.next().unwrap().unwrap();
    assert_eq!((index, first.result().unwrap()), (0, 1));
    assert_eq!(timed.next().unwrap().unwrap_err().unfinished, 1);
    assert!(timed.next().is_none());
    assert_eq!(timed.into_inner().into_unfinished().len(), 1);
}

/// Row F-51: what is done by the deadline is given back after it.
#[test]
fn done_before_the_deadline() {
    let ([one], futures) = promises();
    let mut timed = as_completed(futures).deadline(Instant::now());
    one.set_result(1).unwrap();
    assert_eq!(timed.next().unwrap().unwrap().result().unwrap(), 1);
    assert!(timed.next().is_none());
}

/// Futures that cancel what is not needed any more: the first answer wins.
#[test]
fn first_answer_wins() {
    let ([one, two, three], futures) = promises();
    let futures = futures.map(Future::cancel_on_drop);
    two.set_result(2).unwrap();
    let mut done = as_completed(futures);
    assert_eq!(done.next().map(CancelOnDrop::result).unwrap().unwrap(), 2);
    drop(done);
    assert!(one.is_cancelled() && three.is_cancelled());
}

/// Asynchronous, by method and as a stream.
#[test]
fn streams() {
    watched(|| {
        let ([one, two], futures) = promises();
        let setters = [later(one, 1), later(two, 2)];
        let mut done = as_completed(futures);
        let sum = block_on(async {
            let mut sum = 0;
            while let Some(future) = done.next_async().await {
                sum += future.await.unwrap();
            }
            sum
        });
        assert_eq!(sum, 3);
        for setter in setters {
            setter.join().unwrap();
        }

        let ([one, two], futures) = promises();
        let mut stream = as_completed(futures).with_index();
        let woken = Arc::new(Woken::default());
        let poll = |stream: &mut _| {
            let waker = Waker::from(woken.clone());
            let next = Stream::poll_next(Pin::new(stream), &mut Context::from_waker(&waker));
            next.map(|next| next.map(|(index, _): (usize, Future<usize>)| index))
        };
        assert_eq!(poll(&mut stream), Poll::Pending);
        assert_eq!(poll(&mut stream), Poll::Pending);
        two.set_result(2).unwrap();
        assert_eq!(woken.times(), 1);
        assert_eq!(poll(&mut stream), Poll::Ready(Some(1)));
        assert!(!stream.is_terminated());
        one.set_result(1).unwrap();
        assert_eq!(poll(&mut stream), Poll::Ready(Some(0)));
        assert!(stream.is_terminated());
        assert_eq!(poll(&mut stream), Poll::Ready(None));
    });
}

/// A task that awaits the next one is dropped: its place is as it was.
#[test]
fn a_dropped_next() {
    let ([one], futures) = promises();
    let mut done = as_completed(futures);
    let woken = Arc::new(Woken::default());
    {
        let mut next = pin!(done.next_async());
        assert!(woken.poll(next.as_mut()).is_pending());
    }
    one.set_result(1).unwrap();
    assert_eq!(done.next().unwrap().result().unwrap(), 1);
}

/// Many kinds of handles, and those that are done in every way.
#[test]
fn mixed_handles() {
    let shared = finished(1).shared();
    let boxed: [Box<Future<i32>>; 2] = [Box::new(failed()), Box::new(cancelled())];
    assert_eq!(wait(&boxed, ReturnWhen::AllCompleted).done, [0, 1]);
    assert_eq!(
        wait(&[&shared, &shared.clone()], ReturnWhen::AllCompleted).done,
        [0]
    );
    assert_eq!(as_completed(boxed).count(), 2);
    assert_eq!(as_completed([shared.clone(), shared]).count(), 1);
}

/// The waiter sleeps between completions, and each wakes it once.
#[test]
fn slow_completions() {
    watched(|| {
        let (promises, futures) = promises::<3>();
        let setting = thread::spawn(move || {
            for (value, promise) in promises.iter().enumerate().rev() {
                a_moment();
                promise.set_result(value).unwrap();
            }
        });
        let order: Vec<_> = as_completed(futures)
            .map(|future| future.result().unwrap())
            .collect();
        assert_eq!(order, [2, 1, 0]);
        setting.join().unwrap();
    });
}
