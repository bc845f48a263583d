//! What CPython's `test_concurrent_futures` asks of `wait` and `as_completed`, with the rows that it shows. Threads that complete promises stand for executors.
//!
//! One answer differs: a future that was cancelled is done for `wait` and `as_completed` as it is for `done()` (row F-50 calls the other answer a fault).

mod future_support;

use std::iter;
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::{Duration, Instant};

use future_support::{
    a_moment, cancelled, failed, finished, later, pending, reason, rounds, running, watched,
};
use selvedge::concurrent::futures::{
    Future, Promise, ReturnWhen, Unfinished, Waitable, as_completed, wait, wait_timeout,
};
use selvedge::threading::Event;

/// Row F-46: one future twice is one.
#[test]
fn twice_the_same() {
    watched(|| {
        let (promise, future) = pending();
        let setter = later(promise, 1);
        let waited = wait(&[&future, &future], ReturnWhen::AllCompleted);
        assert_eq!((waited.done, waited.not_done), (vec![0], vec![]));
        setter.join().unwrap();
        let (_promise, future) = pending::<i32>();
        let waited = wait_timeout(
            &[&future, &future],
            ReturnWhen::FirstCompleted,
            Duration::ZERO,
        );
        assert_eq!((waited.done, waited.not_done), (vec![], vec![0]));
    });
}

/// Row F-47.
#[test]
fn first_completed() {
    watched(|| {
        let (promise, first) = pending();
        let (_second, second) = running();
        let setter = later(promise, 42);
        let waited = wait(&[&first, &second], ReturnWhen::FirstCompleted);
        assert_eq!((waited.done, waited.not_done), (vec![0], vec![1]));
        setter.join().unwrap();
    });
}

/// Rows F-47, F-50: returns at once if some are done already, cancelled ones among them.
#[test]
fn first_completed_some_already_completed() {
    watched(|| {
        let (_promise, first) = running::<i32>();
        let futures = [&cancelled(), &finished(42), &first];
        let waited = wait(&futures, ReturnWhen::FirstCompleted);
        assert_eq!((waited.done, waited.not_done), (vec![0, 1], vec![2]));
    });
}

/// Row F-48: one that succeeds does not end the wait, one that fails does.
#[test]
fn first_exception() {
    watched(|| {
        let (one, first) = pending();
        let (two, second) = pending::<i32>();
        let (_three, third) = running();
        let failing = thread::spawn(move || {
            a_moment();
            one.set_result(42).unwrap();
            a_moment();
            two.set_exception(reason()).unwrap();
        });
        let waited = wait(&[first, second, third], ReturnWhen::FirstException);
        assert_eq!((waited.done, waited.not_done), (vec![0, 1], vec![2]));
        failing.join().unwrap();
    });
}

/// Row F-48: cancelled ones have not failed.
#[test]
fn first_exception_some_already_complete() {
    watched(|| {
        let (one, first) = pending::<i32>();
        let (_two, second) = running();
        let failing = thread::spawn(move || {
            a_moment();
            one.set_exception(reason()).unwrap();
        });
        let futures = [finished(42), cancelled(), first, second];
        let waited = wait(&futures, ReturnWhen::FirstException);
        assert_eq!((waited.done, waited.not_done), (vec![0, 1, 2], vec![3]));
        failing.join().unwrap();
    });
}

/// Row F-48: returns at once if one has failed already.
#[test]
fn first_exception_one_already_failed() {
    watched(|| {
        let (_promise, first) = pending::<i32>();
        let waited = wait(&[failed(), first], ReturnWhen::FirstException);
        assert_eq!((waited.done, waited.not_done), (vec![0], vec![1]));
    });
}

/// Row F-48: without a failure it is as if all were waited for.
#[test]
fn first_exception_without_one() {
    watched(|| {
        let (promise, first) = pending();
        let setter = later(promise, 1);
        let waited = wait(&[cancelled(), first], ReturnWhen::FirstException);
        assert_eq!((waited.done, waited.not_done), (vec![0, 1], vec![]));
        setter.join().unwrap();
    });
}

/// Row F-49.
#[test]
fn all_completed() {
    watched(|| {
        let (one, first) = pending::<i32>();
        let (two, second) = pending();
        let failing = thread::spawn(move || one.set_exception(reason()).unwrap());
        let setter = later(two, 42);
        let futures = [finished(42), cancelled(), failed(), first, second];
        let waited = wait(&futures, ReturnWhen::AllCompleted);
        assert_eq!(waited.done, [0, 1, 2, 3, 4]);
        assert!(waited.not_done.is_empty());
        failing.join().unwrap();
        setter.join().unwrap();
    });
}

/// Row F-46: that time runs out is no error.
#[test]
fn timeout() {
    watched(|| {
        let (_promise, last) = running();
        let futures = [cancelled(), failed(), finished(42), last];
        let begin = Instant::now();
        let limit = Duration::from_millis(20);
        let waited = wait_timeout(&futures, ReturnWhen::AllCompleted, limit);
        assert!(begin.elapsed() >= limit);
        assert_eq!((waited.done, waited.not_done), (vec![0, 1, 2], vec![3]));
    });
}

/// Row F-46: nothing to wait for.
#[test]
fn nothing() {
    for when in [
        ReturnWhen::FirstCompleted,
        ReturnWhen::FirstException,
        ReturnWhen::AllCompleted,
    ] {
        let waited = wait::<Future<i32>>(&[], when);
        assert!(waited.done.is_empty() && waited.not_done.is_empty());
    }
    assert_eq!(as_completed(iter::empty::<Future<i32>>()).count(), 0);
}

/// Row F-53: a hundred at once, while their waiter installs itself.
#[test]
fn pending_calls_race() {
    watched(|| {
        for _ in 0..rounds(50) {
            let (promises, futures): (Vec<_>, Vec<_>) =
                (0..100).map(|_| Promise::<usize>::new()).unzip();
            let go = Event::new();
            thread::scope(|scope| {
                for (worker, promises) in promises.chunks(25).enumerate() {
                    let go = &go;
                    scope.spawn(move || {
                        go.wait();
                        for promise in promises {
                            promise.set_result(worker).unwrap();
                        }
                    });
                }
                go.set();
                let waited = wait(&futures, ReturnWhen::AllCompleted);
                assert_eq!(waited.done.len(), 100);
                assert!(futures.iter().all(Future::done));
            });
        }
    });
}

/// Row F-53 for `as_completed`: each comes once.
#[test]
fn as_completed_race() {
    watched(|| {
        for _ in 0..rounds(50) {
            let (promises, futures): (Vec<_>, Vec<_>) =
                (0..100).map(|_| Promise::<usize>::new()).unzip();
            let go = Arc::new(Barrier::new(5));
            thread::scope(|scope| {
                for (worker, promises) in promises.chunks(25).enumerate() {
                    let go = go.clone();
                    scope.spawn(move || {
                        go.wait();
                        for (at, promise) in promises.iter().enumerate() {
                            promise.set_result(worker * 25 + at).unwrap();
                        }
                    });
                }
                go.wait();
                let mut seen: Vec<_> = as_completed(futures)
                    .with_index()
                    .map(|(index, future)| {
                        assert_eq!(future.result().unwrap(), index);
                        index
                    })
                    .collect();
                seen.sort_unstable();
                assert!(seen.into_iter().eq(0..100));
            });
        }
    });
}

/// Row F-51: those that are done come first, then in the order of completion.
#[test]
fn no_timeout() {
    watched(|| {
        let (one, first) = pending();
        let (two, second) = pending();
        let futures = [first, cancelled(), failed(), second, finished(42)];
        let mut done = as_completed(futures).with_index();
        let mut next = || done.next().map(|(index, _)| index);
        assert_eq!([next(), next(), next()], [Some(1), Some(2), Some(4)]);
        two.set_result(1).unwrap();
        one.set_result(2).unwrap();
        assert_eq!([next(), next(), next()], [Some(3), Some(0), None]);
    });
}

/// Row F-51: it waits.
#[test]
fn as_completed_waits() {
    watched(|| {
        let (promise, future) = pending();
        let setter = later(promise, 42);
        let mut done = as_completed([future]);
        assert_eq!(done.len(), 1);
        assert_eq!(done.next().unwrap().result().unwrap(), 42);
        assert!(done.next().is_none() && done.next().is_none());
        setter.join().unwrap();
    });
}

/// Row F-51: without time, those that are done.
#[test]
fn zero_timeout() {
    let (_promise, last) = running();
    let futures = [cancelled(), failed(), finished(42), last];
    let done = as_completed(futures).timeout(Duration::ZERO);
    assert_eq!(done.take_while(Result::is_ok).count(), 3);
}

/// Row F-51: any iterator will do, and one future several times is one.
#[test]
fn duplicate_futures() {
    watched(|| {
        let (promise, future) = pending();
        let setter = later(promise, 1);
        let future = future.shared();
        let mut done = as_completed(iter::repeat_n(future.clone(), 3)).with_index();
        assert_eq!(done.next().unwrap().0, 0);
        assert!(done.next().is_none());
        assert_eq!(as_completed([&future, &future]).count(), 1);
        setter.join().unwrap();
    });
}

/// Row F-51: nothing is kept of a future that was given back: the allocation of the last one goes with its handle, while others are still waited for.
#[test]
fn free_reference_yielded_future() {
    let (promises, futures): (Vec<_>, Vec<_>) = (0..8).map(|_| pending()).unzip();
    let mut done = as_completed(futures);
    for promise in promises {
        let value = Arc::new(());
        let kept = Arc::downgrade(&value);
        promise.set_result(value).unwrap();
        drop(promise);
        let future = done.next().unwrap();
        assert!(kept.upgrade().is_some());
        drop(future);
        assert!(kept.upgrade().is_none());
    }
}

/// Row F-51.
#[test]
fn correct_timeout_exception_msg() {
    let (_one, first) = pending();
    let (_two, second) = running();
    let futures = [cancelled(), first, second, finished(42)];
    let late = as_completed(futures).timeout(Duration::ZERO).last();
    let late = late.unwrap().unwrap_err();
    assert_eq!(
        late,
        Unfinished {
            unfinished: 2,
            total: 4
        }
    );
    assert_eq!(late.to_string(), "2 (of 4) futures unfinished");
}

/// Row F-46: futures of different makers and types.
#[test]
fn of_different_types() {
    watched(|| {
        let (number, three) = pending();
        let (text, word) = pending();
        let word = word.shared();
        let futures: [&dyn Waitable; 3] = [&three, &word, &word];
        let setters = [
            thread::spawn(move || number.set_result(3).unwrap()),
            thread::spawn(move || text.set_result("three").unwrap()),
        ];
        assert_eq!(wait(&futures, ReturnWhen::AllCompleted).done, [0, 1]);
        assert_eq!(as_completed(futures).count(), 2);
        for setter in setters {
            setter.join().unwrap();
        }
    });
}
