//! [`Condition`], scenario by scenario (rows T-69 to T-80).
//!
//! The scenarios are those of CPython 3.10's `lock_tests.ConditionTests`; that a default condition is a reentrant lock, too, is in `lock_scenarios_rlock.rs`. Deliberately
//! different: `wait` and `notify` belong to the guard, so that Python's `RuntimeError` (rows T-72, T-74, T-79) has one way left to happen, see `unacquired_wait`.

mod lock_support;

use std::sync::Arc;
use std::time::Duration;

use lock_support::{Bunch, LONG, ms, timed, until, watch};
use selvedge::threading::{Condition, Lock, Mutex, RLock, Shared, TimedOut};

/// `test_acquire`: on a lock of its own, which is reentrant, and on one that is shared with others (rows T-69 to T-71).
#[test]
fn acquire() {
    let _watchdog = watch();
    let condition: Condition = Condition::default();
    let outer = condition.acquire();
    let inner = condition.acquire();
    assert_eq!(condition.lock().level(), 2);
    drop((inner, outer));

    let lock = Lock::new();
    let condition = Condition::new(&lock);
    {
        let _guard = condition.acquire();
        assert!(lock.try_acquire().is_none());
    }
    {
        let _guard = lock.try_acquire().expect("released");
        assert!(condition.try_acquire().is_none());
        assert!(condition.acquire_timeout(ms(5)).is_err());
    }
    let _guard = condition.acquire();
    assert!(lock.try_acquire().is_none());
}

/// Several conditions on one lock that lives in an `Arc` (row T-69).
#[test]
fn shared_by_two() {
    let _watchdog = watch();
    let lock = Arc::new(Mutex::new(0_u32));
    let even = Arc::new(Condition::new(Shared(lock.clone())));
    let odd = Arc::new(Condition::new(Shared(lock.clone())));
    Bunch::run(2, move |i| {
        let (mine, theirs) = if i == 0 { (&even, &odd) } else { (&odd, &even) };
        for _ in 0..500 {
            let mut guard = mine.acquire();
            guard.wait_for(|n| ***n as usize % 2 == i);
            **guard += 1;
            theirs.condvar().notify_one();
        }
    });
    assert_eq!(*lock.lock(), 1_000);
}

/// `test_unacquired_wait`: with a lock without data somebody may release it behind the guard's back; then a wait panics, and nothing else happens (row T-79).
#[test]
fn unacquired_wait() {
    let _watchdog = watch();
    let released = std::thread::spawn(|| {
        let condition = Condition::new(Lock::new());
        let mut guard = condition.acquire();
        condition.lock().release().unwrap();
        guard.wait();
    });
    let panic = released.join().unwrap_err();
    assert_eq!(
        panic.downcast_ref::<&str>(),
        Some(&"waited on a condition without holding the lock")
    );
}

/// `test_unacquired_notify`: allowed here, and of no effect when nobody waits (row T-74).
#[test]
fn unacquired_notify() {
    let _watchdog = watch();
    let condition: Condition = Condition::default();
    assert_eq!(condition.condvar().notify_all(), 0);
    assert!(!condition.condvar().notify_one());
    let mut guard = condition.acquire();
    assert_eq!(guard.wait_timeout(ms(5)), Err(TimedOut), "not remembered");
}

#[derive(Default)]
struct Results {
    phase: u32,
    ready: usize,
    first: Vec<u32>,
    second: Vec<u32>,
}

type Workers = Arc<Condition<Mutex<Results>>>;

fn check_notify(condition: &Workers) {
    const N: usize = 5;
    let bunch = Bunch::start(N, {
        let condition = condition.clone();
        move |_| {
            let mut guard = condition.acquire();
            guard.ready += 1;
            guard.wait();
            let phase = guard.phase;
            guard.first.push(phase);
            guard.ready += 1;
            guard.wait();
            let phase = guard.phase;
            guard.second.push(phase);
        }
    });
    // All in their first wait.
    until(|| condition.acquire().ready == N);
    assert_eq!(condition.condvar().waiting() as usize, N);

    let mut guard = condition.acquire();
    assert_eq!(guard.notify(3), 3);
    guard.phase = 1;
    drop(guard);
    until(|| condition.acquire().ready == N + 3);
    let guard = condition.acquire();
    assert_eq!(guard.first, [1; 3]);
    assert!(guard.second.is_empty());
    drop(guard);

    // Two in their first wait, three in their second: the eldest first, but five are all.
    let mut guard = condition.acquire();
    assert_eq!(guard.notify(5), 5);
    guard.phase = 2;
    drop(guard);
    until(|| condition.acquire().ready == 2 * N);
    until(|| condition.acquire().second.len() == 3);
    let guard = condition.acquire();
    assert_eq!(guard.first, [1, 1, 1, 2, 2]);
    assert_eq!(guard.second, [2; 3]);
    drop(guard);

    let mut guard = condition.acquire();
    assert_eq!(guard.notify_all(), 2);
    guard.phase = 3;
    drop(guard);
    bunch.join();
    let mut guard = condition.acquire();
    assert_eq!(guard.first, [1, 1, 1, 2, 2]);
    assert_eq!(guard.second, [2, 2, 2, 3, 3]);
    assert_eq!(guard.notify_all(), 0);
    **guard = Results::default();
}

/// `test_notify`: exact counts in phases, twice on one object (rows T-74, T-75, T-77, T-80).
#[test]
fn notify() {
    let _watchdog = watch();
    let condition = Workers::new(Condition::new(Mutex::new(Results::default())));
    for _ in 0..10 {
        check_notify(&condition);
    }
}

/// `test_timeout` (row T-72).
#[test]
fn timeout() {
    const N: usize = 5;
    let _watchdog = watch();
    let condition: Arc<Condition> = Arc::default();
    Bunch::run(N, {
        let condition = condition.clone();
        move |_| {
            let mut guard = condition.acquire();
            let (outcome, time) = timed(|| guard.wait_timeout(ms(300)));
            assert_eq!(outcome, Err(TimedOut));
            assert!(time >= ms(300));
            assert!(condition.lock().is_owned());
        }
    });
    assert_eq!(condition.condvar().waiting(), 0);
}

/// `test_waitfor` (row T-73).
#[test]
fn waitfor() {
    let _watchdog = watch();
    let condition = Arc::new(Condition::new(Mutex::new(0)));
    let bunch = Bunch::start(1, {
        let condition = condition.clone();
        move |_| {
            let mut guard = condition.acquire();
            guard.wait_for(|state| ***state == 4);
            assert_eq!(**guard, 4);
        }
    });
    for _ in 0..4 {
        std::thread::sleep(ms(5));
        let mut guard = condition.acquire();
        **guard += 1;
        guard.notify(1);
    }
    bunch.join();
}

/// `test_waitfor_timeout`: the limit is for the whole (row T-73).
#[test]
fn waitfor_timeout() {
    let _watchdog = watch();
    let condition = Arc::new(Condition::new(Mutex::new(0)));
    let bunch = Bunch::start(1, {
        let condition = condition.clone();
        move |_| {
            let mut guard = condition.acquire();
            let (outcome, time) = timed(|| guard.wait_for_timeout(ms(100), |state| ***state == 4));
            assert_eq!(outcome, Err(TimedOut));
            assert!(time >= ms(100));
        }
    });
    for _ in 0..3 {
        std::thread::sleep(ms(5));
        let mut guard = condition.acquire();
        **guard += 1;
        guard.notify(1);
    }
    bunch.join();
}

/// The predicate is asked first, without waiting, and its panic leaves the lock to the guard (row T-73).
#[test]
fn waitfor_asks_first() {
    let _watchdog = watch();
    let condition = Arc::new(Condition::new(Mutex::new(1)));
    let mut guard = condition.acquire();
    guard.wait_for(|n| ***n == 1);
    for span in [Duration::ZERO, LONG, Duration::MAX] {
        assert_eq!(guard.wait_for_timeout(span, |n| ***n == 1), Ok(()));
    }
    drop(guard);
    let panicking = std::thread::spawn({
        let condition = condition.clone();
        move || {
            condition
                .acquire()
                .wait_for(|_| std::panic::resume_unwind(Box::new("expected")));
        }
    });
    assert!(panicking.join().is_err());
    assert!(condition.try_acquire().is_some());
}

/// A wait lets go of every level of a reentrant lock, and gets them all back (rows T-68, T-72).
#[test]
fn all_levels() {
    let _watchdog = watch();
    let condition: Arc<Condition> = Arc::default();
    let bunch = Bunch::start(1, {
        let condition = condition.clone();
        move |_| {
            let _outer = condition.acquire();
            let _middle = condition.acquire();
            let mut inner = condition.acquire();
            inner.wait();
            let lock: &RLock = condition.lock();
            assert_eq!(lock.level(), 3);
        }
    });
    until(|| condition.condvar().waiting() == 1);
    let guard = condition.acquire();
    assert_eq!(guard.notify(1), 1);
    drop(guard);
    bunch.join();
    assert!(!condition.lock().locked());
}
