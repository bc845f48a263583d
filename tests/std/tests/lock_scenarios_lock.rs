//! [`Lock`], scenario by scenario (rows T-54 to T-62).
//!
//! The scenarios are those of CPython 3.10's `lock_tests.LockTests` and `BaseLockTests`, and of `test_threading`. Without a counterpart: keyword arguments
//! and their errors (the forms are different functions), and `_at_fork_reinit` (row T-62: a child of `fork` makes its locks anew).

#[path = "lock_support/any_lock.rs"]
mod any_lock;
mod lock_support;

use std::sync::Arc;

use any_lock::any_lock_tests;
use lock_support::{Bunch, ms, watch};
use selvedge::threading::{Lock, NotHeld};

any_lock_tests!(Lock);

/// `test_reacquire`: the second acquisition of the same thread waits for a release (row T-55).
#[test]
fn reacquire() {
    let _watchdog = watch();
    let lock = Arc::new(Lock::new());
    let bunch = Bunch::start(1, {
        let lock = lock.clone();
        move |_| {
            lock.acquire().keep();
            lock.acquire().keep();
        }
    });
    bunch.wait_asleep(1);
    assert!(lock.locked());
    assert_eq!(lock.release(), Ok(()));
    bunch.join();
    assert!(lock.locked());
}

/// `test_different_thread`: any thread may release (row T-56).
#[test]
fn different_thread() {
    let _watchdog = watch();
    let lock = Arc::new(Lock::new());
    lock.acquire().keep();
    Bunch::run(1, {
        let lock = lock.clone();
        move |_| assert_eq!(lock.release(), Ok(()))
    });
    drop(lock.acquire());
    assert!(!lock.locked());
}

/// `test_state_after_timeout` (row T-59).
#[test]
fn state_after_timeout() {
    let _watchdog = watch();
    let lock = Lock::new();
    lock.acquire().keep();
    assert!(lock.acquire_timeout(ms(10)).is_err());
    assert_eq!(lock.release(), Ok(()));
    assert!(!lock.locked());
    assert!(lock.try_acquire().is_some());
}

/// `test_threading.test_releasing_unacquired_lock` (row T-56).
#[test]
fn releasing_unacquired() {
    let _watchdog = watch();
    let lock = Lock::new();
    assert_eq!(lock.release(), Err(NotHeld));
    drop(lock.acquire());
    assert_eq!(lock.release(), Err(NotHeld));
    assert!(!lock.locked());
}

/// A release wakes exactly one of those that wait (row T-56).
#[test]
fn one_release_one_waiter() {
    const N: usize = 4;
    let _watchdog = watch();
    let lock = Arc::new(Lock::new());
    lock.acquire().keep();
    let bunch = Bunch::start(N, {
        let lock = lock.clone();
        move |_| lock.acquire().keep()
    });
    for passed in 0..N {
        bunch.wait_asleep(N - passed);
        assert_eq!(bunch.finished(), passed);
        assert_eq!(lock.release(), Ok(()));
    }
    bunch.join();
    assert!(lock.locked());
}
