//! What CPython's `test_concurrent_futures` asks of `Future`, with the rows that it shows. Futures are made by hand, as there.
//!
//! Not asked: copies and subscripts of types (row F-45), and what the log says word by word (a panic in a callback goes to the excepthook).

mod future_support;

use std::sync::mpsc;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use future_support::{
    cancelled, failed, finished, is_reason, later, pending, reason, running, watched,
};
use selvedge::concurrent::futures::{
    Future, FutureState, InvalidState, ResultTimeoutError, TaskError,
};
use selvedge::threading::{ExceptHook, TimedOut, set_excepthook};

/// What a callback saw.
#[derive(Debug, Clone, PartialEq)]
enum Saw {
    Value(i32),
    Reason,
    Cancelled,
}

fn saw(outcome: Result<&i32, &TaskError>) -> Saw {
    match outcome {
        Ok(value) => Saw::Value(*value),
        Err(TaskError::Cancelled) => Saw::Cancelled,
        Err(error) if is_reason(error) => Saw::Reason,
        Err(error) => panic!("{error}"),
    }
}

/// Adds a callback that notes what it saw.
fn noting(future: &Future<i32>) -> Arc<Mutex<Vec<Saw>>> {
    let notes = Arc::new(Mutex::new(Vec::new()));
    let noted = notes.clone();
    future.add_done_callback(move |outcome| noted.lock().unwrap().push(saw(outcome)));
    notes
}

/// Row F-40: called when a value is set.
#[test]
fn done_callback_with_result() {
    let (promise, future) = pending();
    let notes = noting(&future);
    assert!(notes.lock().unwrap().is_empty());
    promise.set_result(5).unwrap();
    assert_eq!(*notes.lock().unwrap(), [Saw::Value(5)]);
}

/// Row F-40: called when an error is set.
#[test]
fn done_callback_with_exception() {
    let (promise, future) = pending();
    let notes = noting(&future);
    promise.set_exception(reason()).unwrap();
    assert_eq!(*notes.lock().unwrap(), [Saw::Reason]);
}

/// Rows F-36, F-40: called when it is cancelled, once, and by the one who cancels.
#[test]
fn done_callback_with_cancel() {
    let (promise, future) = pending();
    let notes = noting(&future);
    assert!(future.cancel() && future.cancel());
    assert_eq!(*notes.lock().unwrap(), [Saw::Cancelled]);
    assert_eq!(promise.set_running_or_notify_cancel(), Ok(false));
    assert_eq!(notes.lock().unwrap().len(), 1);
}

/// Rows F-40, F-41: a panic in a callback is reported, the others are called, and it does no harm to the one who completes; not where the callback is called at once, either.
#[test]
fn done_callback_raises() {
    let (reports, reported) = mpsc::channel();
    let before = set_excepthook(ExceptHook::new(move |args| {
        let _ = reports.send(args.message().to_owned());
    }));
    let (promise, future) = pending();
    let early = noting(&future);
    future.add_done_callback(|_| panic!("while waiting"));
    let late = noting(&future);
    promise.set_result(5).unwrap();
    assert_eq!(*early.lock().unwrap(), [Saw::Value(5)]);
    assert_eq!(*late.lock().unwrap(), [Saw::Value(5)]);
    future.add_done_callback(|_| panic!("at once"));
    assert_eq!(*noting(&future).lock().unwrap(), [Saw::Value(5)]);
    assert_eq!(future.result().unwrap(), 5);
    set_excepthook(before);
    assert_eq!(reported.recv().unwrap(), "while waiting");
    assert_eq!(reported.recv().unwrap(), "at once");
}

/// Row F-40: called at once, here, where it is done already.
#[test]
fn done_callback_already_done() {
    assert_eq!(*noting(&finished(5)).lock().unwrap(), [Saw::Value(5)]);
    assert_eq!(*noting(&failed()).lock().unwrap(), [Saw::Reason]);
    assert_eq!(*noting(&cancelled()).lock().unwrap(), [Saw::Cancelled]);
}

/// Row F-44.
#[test]
fn repr() {
    fn shows(future: &Future<i32>, state: &str) {
        let text = format!("{future:?}");
        assert!(text.starts_with("<Future at 0x"), "{text}");
        assert!(text.ends_with(state), "{text}");
    }
    let (_promise, future) = pending();
    shows(&future, " state=pending>");
    let (_promise, future) = running();
    shows(&future, " state=running>");
    shows(&cancelled(), " state=cancelled>");
    shows(&failed(), " state=finished failed>");
    shows(&finished(5), " state=finished returned i32>");
}

/// Row F-36: works while it is pending, and again; not later.
#[test]
fn cancel() {
    let (promise, future) = pending::<i32>();
    assert!(future.cancel());
    assert!(promise.is_cancelled());
    assert!(future.cancel());

    let (_promise, future) = running::<i32>();
    assert!(!future.cancel());
    assert!(future.running());

    for future in [finished(5), failed()] {
        assert!(!future.cancel());
        assert!(future.done() && !future.cancelled());
    }
    assert!(cancelled::<i32>().cancel());
}

/// Row F-37.
#[test]
fn states() {
    let (_one, pending) = pending::<i32>();
    let (_two, running) = running::<i32>();
    let all = [&pending, &running, &cancelled(), &failed(), &finished(5)];
    assert_eq!(
        all.map(Future::cancelled),
        [false, false, true, false, false]
    );
    assert_eq!(all.map(Future::running), [false, true, false, false, false]);
    assert_eq!(all.map(Future::done), [false, false, true, true, true]);
}

/// Rows F-38, F-55: no time is enough for one that is not done; none is needed for one that is.
#[test]
fn result_with_timeout() {
    let limit = Duration::from_millis(5);
    for (_promise, future) in [pending::<i32>(), running()] {
        let begin = Instant::now();
        let Err(ResultTimeoutError::TimedOut(future)) = future.result_timeout(limit) else {
            panic!("it is not done");
        };
        assert!(begin.elapsed() >= limit);
        assert!(matches!(
            future.result_timeout(Duration::ZERO),
            Err(ResultTimeoutError::TimedOut(_))
        ));
    }
    let at_once = Duration::ZERO;
    assert!(matches!(
        cancelled::<i32>().result_timeout(at_once),
        Err(ResultTimeoutError::Failed(TaskError::Cancelled))
    ));
    let error = failed::<i32>().result_timeout(at_once).unwrap_err();
    assert_eq!(error.to_string(), future_support::REASON);
    assert_eq!(finished(5).result_timeout(at_once).unwrap(), 5);
}

/// Row F-38: waits for a value that another thread sets.
#[test]
fn result_with_success() {
    watched(|| {
        let (promise, future) = pending();
        let setter = later(promise, 42);
        assert_eq!(
            future.result_timeout(Duration::from_secs(1000)).unwrap(),
            42
        );
        setter.join().unwrap();
    });
}

/// Rows F-36, F-38: whoever waits for the value hears that it is cancelled.
#[test]
fn result_with_cancel() {
    watched(|| {
        let (_promise, future) = pending::<i32>();
        let future = future.shared();
        let other = future.clone();
        let canceller = std::thread::spawn(move || {
            future_support::a_moment();
            assert!(other.cancel());
        });
        let waited = future.wait_timeout(Duration::from_secs(1000)).unwrap();
        assert!(waited.unwrap_err().is_cancelled());
        canceller.join().unwrap();
    });
}

/// Row F-39.
#[test]
fn exception_with_timeout() {
    let limit = Duration::from_millis(5);
    for (_promise, future) in [pending::<i32>(), running()] {
        let begin = Instant::now();
        assert!(matches!(future.exception_timeout(limit), Err(TimedOut)));
        assert!(begin.elapsed() >= limit);
        assert!(future.try_exception().is_err());
    }
    let future = cancelled::<i32>();
    assert!(future.exception().unwrap().is_cancelled());
    let future = failed::<i32>();
    let error = future.exception_timeout(Duration::ZERO).unwrap();
    assert!(is_reason(error.unwrap()));
    assert!(is_reason(future.exception().unwrap()), "again");
    assert!(finished(5).exception().is_none());
}

/// Row F-39: waits for an error that another thread sets.
#[test]
fn exception_with_success() {
    watched(|| {
        let (promise, future) = pending::<i32>();
        let setter = std::thread::spawn(move || {
            future_support::a_moment();
            promise.set_exception(reason()).unwrap();
        });
        let error = future.exception_timeout(Duration::from_secs(1000)).unwrap();
        assert!(is_reason(error.unwrap()));
        setter.join().unwrap();
    });
}

/// Row F-43: the first value stays, and the second comes back.
#[test]
fn multiple_set_result() {
    let (promise, future) = pending();
    promise.set_result(1).unwrap();
    let error = promise.set_result(2).unwrap_err();
    assert_eq!(error.state(), FutureState::Finished);
    assert_eq!(error.to_string(), "the future is finished");
    assert_eq!(error.into_value(), 2);
    assert!(promise.set_exception(reason()).is_err());
    assert_eq!(future.result().unwrap(), 1);
}

/// Row F-43: the first error stays, and the second comes back.
#[test]
fn multiple_set_exception() {
    let (promise, future) = pending::<i32>();
    promise.set_exception(reason()).unwrap();
    let error = promise.set_exception(TaskError::Cancelled).unwrap_err();
    assert_eq!(error.state(), FutureState::Failed);
    assert!(error.into_value().is_cancelled());
    assert!(is_reason(&future.result().unwrap_err()));
}

/// Rows F-42, F-43: each answer once, and nothing after the end.
#[test]
fn set_running_or_notify_cancel() {
    let (promise, future) = pending::<i32>();
    assert_eq!(promise.set_running_or_notify_cancel(), Ok(true));
    let running = InvalidState {
        state: FutureState::Running,
    };
    assert_eq!(promise.set_running_or_notify_cancel(), Err(running));
    promise.set_result(1).unwrap();
    assert!(promise.set_running_or_notify_cancel().is_err());
    drop(future);

    let (promise, future) = pending();
    assert!(future.cancel());
    assert_eq!(promise.set_running_or_notify_cancel(), Ok(false));
    assert!(
        promise.set_running_or_notify_cancel().is_err(),
        "told before"
    );
    let error = promise.set_result(1).unwrap_err();
    assert_eq!(error.state(), FutureState::Cancelled);
    assert_eq!(error.to_string(), "the future is cancelled");
    assert!(future.cancelled());
}
