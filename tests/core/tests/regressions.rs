//! One test for each bug that was found: what went wrong, in its smallest form.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex as StdMutex};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;
use std::time::Duration;

use selvedge::port::Native;
use selvedge_conformance::host::Watchdog;
use selvedge_conformance::probe::Probe;
use selvedge_core::error::BarrierError;
use selvedge_core::{Barrier, Condvar, Event, Mutex, RLock, Semaphore};

/// Calls something once when it is woken.
struct Calls(StdMutex<Option<Box<dyn FnOnce() + Send>>>);

impl Wake for Calls {
    fn wake(self: Arc<Self>) {
        let call = self.0.lock().unwrap().take();
        if let Some(call) = call {
            call();
        }
    }
}

/// A barrier told the parties of a cycle one batch after the other, and a future that was dropped between two batches was taken off the count of the *next* cycle, which
/// made it wrap around.
#[test]
fn barrier_party_gives_up_while_others_are_told() {
    let _watchdog = Watchdog::new("barrier_party_gives_up_while_others_are_told");
    const PARTIES: u32 = 20;
    for abort in [false, true] {
        let barrier = Arc::new(Barrier::<Native>::new(PARTIES));
        let wait = |barrier: &Arc<Barrier<Native>>| {
            let barrier = barrier.clone();
            Box::pin(async move { barrier.wait_async().await })
        };
        let mut parties: Vec<_> = (1..PARTIES).map(|_| wait(&barrier)).collect();
        let mut last = parties.pop();
        // The first one's waker drops the last one, which has not been told yet.
        let slot = Arc::new(StdMutex::new(None));
        let calls = Waker::from(Arc::new(Calls(StdMutex::new(Some(Box::new({
            let slot = slot.clone();
            move || drop(slot.lock().unwrap().take())
        }))))));
        let probe = Probe::new();
        for (i, party) in parties.iter_mut().chain(last.as_mut()).enumerate() {
            let waker = if i == 0 { calls.clone() } else { probe.waker() };
            let mut context = Context::from_waker(&waker);
            assert!(party.as_mut().poll(&mut context).is_pending());
        }
        *slot.lock().unwrap() = last;
        if abort {
            barrier.abort();
        } else {
            assert_eq!(barrier.wait(), Ok(PARTIES - 1));
        }
        assert!(slot.lock().unwrap().is_none(), "it was dropped");
        assert_eq!((barrier.n_waiting(), barrier.is_broken()), (0, abort));
        for party in &mut parties {
            let mut context = Context::from_waker(Waker::noop());
            let Poll::Ready(outcome) = party.as_mut().poll(&mut context) else {
                panic!("a party was not told");
            };
            assert_eq!(outcome.is_err(), abort);
        }
        // The next cycle is whole.
        barrier.reset();
        let mut next = pin!(Some(barrier.wait_async()));
        assert!(probe.poll(&mut next).is_pending());
        assert_eq!(barrier.n_waiting(), 1);
    }
}

/// A party whose time ran out while the action ran broke the barrier, although all had come (CPython lets the cycle pass).
#[test]
fn barrier_time_runs_out_during_the_action() {
    let _watchdog = Watchdog::new("barrier_time_runs_out_during_the_action");
    let limit = Duration::from_millis(30);
    // The last party may come too late for the first one's limit; then it is not this case, and tried again.
    loop {
        let acted = AtomicBool::new(false);
        let barrier = Barrier::<Native, _>::with_action(2, || {
            acted.store(true, Ordering::Relaxed);
            thread::sleep(limit * 3);
        });
        let (first, last) = thread::scope(|scope| {
            let first = scope.spawn(|| barrier.wait_timeout(limit));
            while barrier.n_waiting() == 0 && !barrier.is_broken() {
                thread::yield_now();
            }
            let last = barrier.wait();
            (first.join().unwrap(), last)
        });
        if acted.load(Ordering::Relaxed) {
            assert_eq!((first, last), (Ok(0), Ok(1)));
            assert!(!barrier.is_broken());
            return;
        }
        assert_eq!(first, Err(BarrierError::TimedOut));
    }
}

/// An asynchronous wait under a reentrant lock that was held twice gave both levels back in the end, even if the other guard had been dropped meanwhile: the lock stayed held
/// for ever. Such a wait is refused.
#[test]
#[should_panic(expected = "held more than once")]
fn asynchronous_wait_under_two_levels() {
    let (lock, condition) = (RLock::<Native>::default(), Condvar::<Native>::new());
    let _outer = lock.acquire();
    let mut wait = pin!(condition.wait_async(lock.acquire()));
    let _ = wait.as_mut().poll(&mut Context::from_waker(Waker::noop()));
}

/// A waker that panics when it is woken.
fn panics() -> Waker {
    Waker::from(Arc::new(Calls(StdMutex::new(Some(Box::new(|| {
        panic!("a waker that panics")
    }))))))
}

/// The release in the middle of a wait on a condition woke a future whose waker panicked, and the unwind left the waiter listed in a frame that was gone, and the guard without its lock.
#[test]
fn waker_panics_in_the_middle_of_a_wait() {
    let _watchdog = Watchdog::new("waker_panics_in_the_middle_of_a_wait");
    let (mutex, condition) = (Mutex::<Native, u32>::new(0), Condvar::<Native>::new());
    let mut guard = mutex.lock();
    {
        let mut other = pin!(mutex.lock_async());
        let waker = panics();
        assert!(
            other
                .as_mut()
                .poll(&mut Context::from_waker(&waker))
                .is_pending()
        );
        let wait = catch_unwind(AssertUnwindSafe(|| condition.wait(&mut guard)));
        assert!(wait.is_err());
    }
    assert_eq!((condition.waiting(), condition.notify_all()), (0, 0));
    *guard = 1;
    assert!(mutex.try_lock().is_none(), "the guard holds it again");
    drop(guard);
    assert_eq!(*mutex.lock(), 1);
}

/// A future's waker that panicked kept the wake-up from threads that slept on the same event.
#[test]
fn waker_panics_beside_a_sleeper() {
    let _watchdog = Watchdog::new("waker_panics_beside_a_sleeper");
    for _ in 0..4 {
        let event = Event::<Native>::new();
        thread::scope(|scope| {
            let sleeper = scope.spawn(|| event.wait());
            let mut other = pin!(event.wait_async());
            let waker = panics();
            assert!(
                other
                    .as_mut()
                    .poll(&mut Context::from_waker(&waker))
                    .is_pending()
            );
            thread::sleep(Duration::from_millis(20));
            assert!(catch_unwind(AssertUnwindSafe(|| event.set())).is_err());
            sleeper.join().unwrap();
        });
    }
}

/// A release of too many permits let them be seen before it took them back.
#[test]
fn too_many_permits_are_never_seen() {
    let _watchdog = Watchdog::new("too_many_permits_are_never_seen");
    const MOST: u32 = u32::MAX >> 1;
    let semaphore = Semaphore::<Native>::new(0);
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            for n in [u32::MAX, MOST + 1] {
                for _ in 0..200 {
                    assert!(catch_unwind(AssertUnwindSafe(|| semaphore.release(n))).is_err());
                }
            }
            done.store(true, Ordering::Relaxed);
        });
        while !done.load(Ordering::Relaxed) {
            assert_eq!(semaphore.value(), 0);
        }
    });
    semaphore.release(MOST);
    assert!(catch_unwind(AssertUnwindSafe(|| semaphore.release(1))).is_err());
    assert_eq!(semaphore.value(), MOST);
}

/// A notifier that was about to wake a future which had been given up woke the probe that had its place by then, in another test: places are used again when the last waker is gone.
#[test]
fn a_late_wake_up_counts_for_no_other_probe() {
    let late = Probe::new().waker();
    for _ in 0..3_000 {
        let probe = Probe::new();
        late.wake_by_ref();
        drop(late.clone());
        assert!(!probe.woken());
    }
}
