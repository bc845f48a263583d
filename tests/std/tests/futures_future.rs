//! Futures beyond what Python's have: by value and by reference, callbacks against takers, asynchronous forms, handles that go in any order.

mod future_support;

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::thread;
use std::time::{Duration, Instant};

use future_support::{
    Woken, a_moment, block_on, cancelled, failed, finished, is_reason, later, pending, reason,
    rounds, running, watched,
};
use selvedge::concurrent::futures::{
    BrokenKind, CancelOnDrop, Future, Promise, SharedFuture, TaskError, TryResultError,
};

/// Handles are small, may go to other threads with values that are `Send`, and need not be pinned.
#[test]
fn handles() {
    fn send_sync_unpin<T: Send + Sync + Unpin>() {}
    send_sync_unpin::<Future<Cell<u32>>>();
    send_sync_unpin::<Promise<Cell<u32>>>();
    send_sync_unpin::<SharedFuture<u32>>();
    send_sync_unpin::<CancelOnDrop<u32>>();
    assert_eq!(size_of::<Future<[u64; 9]>>(), size_of::<usize>());
    assert_eq!(size_of::<Option<Future<u8>>>(), size_of::<usize>());
    assert_eq!(size_of::<Promise<[u64; 9]>>(), size_of::<usize>());
}

/// What is not done comes back, and can be asked again (row F-38).
#[test]
fn try_and_again() {
    let (promise, future) = pending();
    let Err(TryResultError::NotDone(future)) = future.try_result() else {
        panic!("it is not done");
    };
    let error = future.result_deadline(Instant::now()).unwrap_err();
    let future = error.into_future().unwrap();
    promise.set_result(5).unwrap();
    assert_eq!(future.try_result().unwrap(), 5);
    assert!(matches!(
        failed::<u8>().try_result(),
        Err(TryResultError::Failed(error)) if is_reason(&error)
    ));
    assert!(
        cancelled::<u8>()
            .try_result()
            .unwrap_err()
            .into_future()
            .is_none()
    );
}

/// Row F-38: looking can be repeated, and taking after it.
#[test]
fn look_again() {
    let (promise, future) = pending();
    assert!(future.peek().is_none());
    assert!(future.wait_timeout(Duration::ZERO).is_err());
    assert!(future.wait_deadline(Instant::now()).is_err());
    promise.set_result(String::from("here")).unwrap();
    for _ in 0..2 {
        assert_eq!(future.peek().unwrap().unwrap(), "here");
        assert_eq!(future.wait().unwrap(), "here");
        assert_eq!(block_on(future.wait_async()).unwrap(), "here");
        assert!(future.exception().is_none());
        assert!(block_on(future.exception_async()).is_none());
        assert_eq!(future.try_exception().unwrap().map(drop), None);
    }
    let shared = future.shared();
    assert_eq!(shared.clone().wait().unwrap(), "here");

    assert!(cancelled::<u8>().wait().unwrap_err().is_cancelled());
    assert!(is_reason(failed::<u8>().wait().unwrap_err()));
}

/// A promise that is dropped keeps nobody waiting.
#[test]
fn an_abandoned_promise() {
    watched(|| {
        for begun in [false, true] {
            let (promise, future) = if begun { running::<u8>() } else { pending() };
            let dropping = thread::spawn(move || {
                a_moment();
                drop(promise);
            });
            match future.result() {
                Err(TaskError::Broken(broken)) => assert_eq!(broken.kind(), BrokenKind::Abandoned),
                other => panic!("{other:?}"),
            }
            dropping.join().unwrap();
        }
        let (promise, future) = pending::<u8>();
        assert!(future.cancel());
        drop(promise);
        assert!(future.result().unwrap_err().is_cancelled());
    });
}

/// Rows F-40, F-41: a callback that registers another one has it called at once; those that were registered before come after.
#[test]
fn a_callback_in_a_callback() {
    let (promise, future) = pending();
    let future = future.shared();
    let order = Arc::new(Mutex::new(Vec::new()));
    let note = |name: &'static str| {
        let order = order.clone();
        move || order.lock().unwrap().push(name)
    };
    let (first, second, inner) = (note("first"), note("second"), note("inner"));
    let again = future.clone();
    future.add_done_callback(move |outcome| {
        first();
        assert_eq!(outcome.unwrap(), &1);
        again.add_done_callback(move |_| inner());
    });
    future.add_done_callback(move |_| second());
    promise.set_result(1).unwrap();
    assert_eq!(*order.lock().unwrap(), ["first", "inner", "second"]);
}

/// Who takes the value waits until the callbacks have seen it; who looks does not.
#[test]
fn callbacks_come_before_takers() {
    watched(|| {
        for way in 0..3 {
            let (promise, future) = pending();
            let (inside, is_inside) = mpsc::channel();
            let (go_on, goes_on) = mpsc::channel();
            let seen = Arc::new(AtomicUsize::new(0));
            let saw = seen.clone();
            future.add_done_callback(move |outcome| {
                inside.send(()).unwrap();
                goes_on.recv().unwrap();
                saw.store(*outcome.unwrap(), Ordering::SeqCst);
            });
            let completer = thread::spawn(move || promise.set_result(42_usize).unwrap());
            is_inside.recv().unwrap();
            assert!(future.done());
            assert_eq!(future.wait().unwrap(), &42);
            let Err(TryResultError::NotDone(future)) = future.try_result() else {
                panic!("a callback has it");
            };
            let opener = thread::spawn(move || {
                a_moment();
                go_on.send(()).unwrap();
            });
            match way {
                0 => assert_eq!(future.result().unwrap(), 42),
                1 => assert_eq!(block_on(future).unwrap(), 42),
                _ => assert_eq!(
                    future.result_timeout(Duration::from_secs(1000)).unwrap(),
                    42
                ),
            }
            assert_eq!(seen.load(Ordering::SeqCst), 42, "it came first");
            opener.join().unwrap();
            completer.join().unwrap();
        }
    });
}

/// A callback that takes the value of its own future would wait for itself: it panics, and everything else goes on.
#[test]
fn a_callback_that_takes() {
    watched(|| {
        let (promise, future) = pending();
        let place = Arc::new(Mutex::new(None::<Future<i32>>));
        let taken = place.clone();
        let (told, tells) = mpsc::channel();
        future.add_done_callback(move |_| {
            let future = taken.lock().unwrap().take().unwrap();
            let Err(TryResultError::NotDone(future)) = future.try_result() else {
                panic!("a callback has it");
            };
            let result = catch_unwind(AssertUnwindSafe(|| future.result()));
            told.send(result.is_err()).unwrap();
        });
        *place.lock().unwrap() = Some(future);
        promise.set_result(1).unwrap();
        assert!(tells.recv().unwrap());
    });
}

/// The handle goes while a callback looks at the value.
#[test]
fn a_handle_goes_during_a_callback() {
    watched(|| {
        let (promise, future) = pending();
        let (inside, is_inside) = mpsc::channel();
        let (go_on, goes_on) = mpsc::channel();
        future.add_done_callback(move |outcome: Result<&String, _>| {
            inside.send(()).unwrap();
            goes_on.recv().unwrap();
            assert_eq!(outcome.unwrap(), "still here");
            inside.send(()).unwrap();
        });
        let completer = thread::spawn(move || promise.set_result("still here".to_owned()).unwrap());
        is_inside.recv().unwrap();
        drop(future);
        go_on.send(()).unwrap();
        is_inside.recv().unwrap();
        completer.join().unwrap();
    });
}

/// Awaiting: pending, woken once by the completion, ready.
#[test]
fn awaited() {
    let (promise, mut future) = pending();
    let woken = Arc::new(Woken::default());
    let late = Arc::new(Woken::default());
    assert!(woken.poll(Pin::new(&mut future)).is_pending());
    assert!(late.poll(Pin::new(&mut future)).is_pending());
    promise.set_result(5).unwrap();
    assert_eq!((woken.times(), late.times()), (0, 1), "the last waker");
    match late.poll(Pin::new(&mut future)) {
        Poll::Ready(Ok(5)) => {}
        other => panic!("{other:?}"),
    }
    assert!(future.done() && future.peek().unwrap().is_err(), "taken");
    let again = catch_unwind(AssertUnwindSafe(|| late.poll(Pin::new(&mut future))));
    assert!(again.is_err());

    assert_eq!(block_on(finished(5)).unwrap(), 5);
    assert!(is_reason(&block_on(failed::<u8>()).unwrap_err()));
    assert!(block_on(cancelled::<u8>()).unwrap_err().is_cancelled());
}

/// A dropped future lets go of the waker, and of nothing else.
#[test]
fn a_dropped_await() {
    let (promise, mut future) = pending();
    let woken = Arc::new(Woken::default());
    assert!(woken.poll(Pin::new(&mut future)).is_pending());
    assert_eq!(Arc::strong_count(&woken), 2);
    drop(future);
    assert_eq!(Arc::strong_count(&woken), 1);
    promise.set_result(5).unwrap();
    assert_eq!(woken.times(), 0);

    let (promise, future) = pending::<u8>();
    {
        let mut wait = pin!(future.wait_done_async());
        assert!(woken.poll(wait.as_mut()).is_pending());
    }
    assert_eq!(Arc::strong_count(&woken), 1);
    promise.set_result(5).unwrap();
    assert_eq!(woken.times(), 0);
}

/// Awaiting from another thread, by value and by reference, at once.
#[test]
fn awaited_by_many() {
    watched(|| {
        for _ in 0..rounds(100) {
            let (promise, future) = pending();
            let future = future.shared();
            thread::scope(|scope| {
                for _ in 0..2 {
                    scope.spawn(|| assert_eq!(block_on(future.wait_async()).unwrap(), &7));
                    scope.spawn(|| assert_eq!(future.wait().unwrap(), &7));
                }
                promise.set_result(7).unwrap();
            });
            let (promise, future) = pending();
            let awaiting = thread::spawn(|| block_on(future).unwrap());
            promise.set_result(7).unwrap();
            assert_eq!(awaiting.join().unwrap(), 7);
        }
    });
}

/// Cancelling in time, and too late.
#[test]
fn cancel_on_drop() {
    let (promise, future) = pending::<u8>();
    let future = future.cancel_on_drop();
    assert!(!future.done());
    drop(future);
    assert!(promise.is_cancelled());

    let (promise, future) = pending();
    let future = future.cancel_on_drop().into_future();
    promise.set_result(5).unwrap();
    assert_eq!(future.result().unwrap(), 5);
    assert_eq!(finished(5).cancel_on_drop().result().unwrap(), 5);
    assert_eq!(block_on(finished(5).cancel_on_drop()).unwrap(), 5);
    drop(running::<u8>().1.cancel_on_drop());
}

/// Counts the values that live.
struct Counted(Arc<AtomicUsize>);

impl Counted {
    fn new(alive: &Arc<AtomicUsize>) -> Self {
        alive.fetch_add(1, Ordering::SeqCst);
        Self(alive.clone())
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Handles go in any order, and the value goes with the last that could take it.
#[test]
fn handles_go_in_any_order() {
    let alive = Arc::new(AtomicUsize::new(0));
    let count = || alive.load(Ordering::SeqCst);
    // Set, then dropped.
    let (promise, future) = pending();
    assert!(promise.set_result(Counted::new(&alive)).is_ok());
    drop(future);
    assert_eq!(count(), 0, "the promise does not keep it");
    drop(promise);
    // Dropped, then set.
    let (promise, future) = pending();
    drop(future);
    assert!(promise.set_result(Counted::new(&alive)).is_ok());
    drop(promise);
    assert_eq!(count(), 0);
    // Refused.
    let (promise, future) = pending();
    assert!(future.cancel());
    drop(promise.set_result(Counted::new(&alive)));
    assert_eq!(count(), 0);
    // Shared.
    let (promise, future) = pending();
    let first = future.shared();
    let clones = [first.clone(), first];
    assert!(promise.set_result(Counted::new(&alive)).is_ok());
    drop(promise);
    for clone in clones {
        assert_eq!(count(), 1);
        drop(clone);
    }
    assert_eq!(count(), 0);
}

/// Everything at once, at random: a future ends once, everybody hears the same, each callback is called once, and no value is left.
#[test]
fn everything_at_once() {
    watched(|| {
        let alive = Arc::new(AtomicUsize::new(0));
        let mut ends = [0_usize; 3];
        for round in 0..rounds(2_000) {
            let (promise, future) = pending();
            let future = future.shared();
            let calls = Arc::new(AtomicUsize::new(0));
            // 0: not yet; 1: a value; 2: an error; 3: cancelled.
            let kind = |outcome: Result<&Counted, &TaskError>| match outcome {
                Ok(_) => 1,
                Err(TaskError::Cancelled) => 3,
                Err(error) if is_reason(error) => 2,
                Err(error) => panic!("{error}"),
            };
            let heard = thread::scope(|scope| {
                let setter = scope.spawn(|| {
                    if round % 2 == 0 {
                        let _ = promise.set_running_or_notify_cancel();
                    }
                    if round % 3 == 0 {
                        promise.set_exception(reason()).is_ok()
                    } else {
                        promise.set_result(Counted::new(&alive)).is_ok()
                    }
                });
                let canceller = scope.spawn(|| round % 5 != 0 && future.cancel());
                let caller = scope.spawn(|| {
                    for _ in 0..3 {
                        let calls = calls.clone();
                        future.add_done_callback(move |outcome| {
                            calls.fetch_add(kind(outcome), Ordering::SeqCst);
                        });
                    }
                });
                let awaiting = scope.spawn(|| kind(block_on(future.wait_async())));
                let waited = kind(future.wait());
                caller.join().unwrap();
                assert_eq!(setter.join().unwrap(), waited != 3);
                assert_eq!(canceller.join().unwrap(), waited == 3);
                assert_eq!(awaiting.join().unwrap(), waited);
                waited
            });
            assert_eq!(calls.load(Ordering::SeqCst), 3 * heard);
            ends[heard - 1] += 1;
            drop(future);
            drop(promise);
            assert_eq!(alive.load(Ordering::SeqCst), 0);
        }
        assert!(ends[0] + ends[1] + ends[2] > 0);
    });
}

/// As above, for the one who takes.
#[test]
fn taken_while_callbacks_come() {
    watched(|| {
        let alive = Arc::new(AtomicUsize::new(0));
        for _ in 0..rounds(1_000) {
            let (promise, future) = pending();
            let calls = Arc::new(AtomicUsize::new(0));
            let called = calls.clone();
            let setting = {
                let alive = alive.clone();
                thread::spawn(move || assert!(promise.set_result(Counted::new(&alive)).is_ok()))
            };
            future.add_done_callback(move |outcome: Result<&Counted, _>| {
                assert!(outcome.is_ok());
                called.fetch_add(1, Ordering::SeqCst);
            });
            let value = future.result().unwrap();
            assert_eq!(calls.load(Ordering::SeqCst), 1);
            drop(value);
            setting.join().unwrap();
            assert_eq!(alive.load(Ordering::SeqCst), 0);
        }
    });
}

/// Many wait, and all hear.
#[test]
fn many_waiters() {
    watched(|| {
        let (promise, future) = pending();
        let future = future.shared();
        let setter = later(promise, 9);
        thread::scope(|scope| {
            for _ in 0..if cfg!(miri) { 3 } else { 30 } {
                scope.spawn(|| assert_eq!(future.wait().unwrap(), &9));
            }
        });
        setter.join().unwrap();
    });
}

/// A waker that panics takes neither the completer nor the other waiters along.
#[test]
fn a_waker_that_panics() {
    struct Panics;
    impl std::task::Wake for Panics {
        fn wake(self: Arc<Self>) {
            std::panic::resume_unwind(Box::new("a waker"));
        }
    }
    let (promise, mut future) = pending();
    let waker = Arc::new(Panics).into();
    let mut context = std::task::Context::from_waker(&waker);
    assert!(std::future::Future::poll(Pin::new(&mut future), &mut context).is_pending());
    let future = future.shared();
    let other = future.clone();
    let mut wait = pin!(other.wait_done_async());
    assert!(std::future::Future::poll(wait.as_mut(), &mut context).is_pending());
    let calls = Arc::new(AtomicUsize::new(0));
    let called = calls.clone();
    future.add_done_callback(move |_| {
        called.fetch_add(1, Ordering::SeqCst);
    });
    promise.set_result(1).unwrap();
    assert_eq!(calls.load(Ordering::SeqCst), 1);
    assert_eq!(future.wait().unwrap(), &1);
}
