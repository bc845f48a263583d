//! [`RLock`], and the default [`Condition`] as one, scenario by scenario (rows T-63 to T-68, T-70).
//!
//! The scenarios are those of CPython 3.10's `lock_tests.RLockTests`, which also runs on conditions (`ConditionAsRLockTests`). Without a counterpart: `_release_save`
//! (row T-68; a condition does it inside), whose scenario is `release_unacquired` here.

#[path = "lock_support/any_lock.rs"]
mod any_lock;
mod lock_support;

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use any_lock::{AnyLock, any_lock_tests};
use lock_support::{Bunch, until, watch};
use selvedge::threading::{Condition, NotOwner, RLock};

mod rlock {
    use super::*;

    any_lock_tests!(RLock);

    #[test]
    fn reacquire() {
        super::reacquire::<RLock>();
    }

    #[test]
    fn release_unacquired() {
        super::release_unacquired::<RLock>();
    }

    #[test]
    fn different_thread() {
        super::different_thread::<RLock>();
    }
}

mod condition {
    use super::*;

    any_lock_tests!(Condition);

    #[test]
    fn reacquire() {
        super::reacquire::<Condition>();
    }

    #[test]
    fn release_unacquired() {
        super::release_unacquired::<Condition>();
    }

    #[test]
    fn different_thread() {
        super::different_thread::<Condition>();
    }
}

/// `test_reacquire`: the owner goes in again (row T-64).
fn reacquire<L: AnyLock>() {
    let _watchdog = watch();
    let lock = L::default();
    lock.acquire();
    lock.acquire();
    assert!(lock.release());
    assert!(lock.try_acquire());
    assert!(lock.release());
    assert!(lock.release());
    assert!(!lock.release());
}

/// `test_release_unacquired`, `test_release_save_unacquired`: no more releases than acquisitions (row T-65).
fn release_unacquired<L: AnyLock>() {
    let _watchdog = watch();
    let lock = L::default();
    assert!(!lock.release());
    lock.acquire();
    lock.acquire();
    assert!(lock.release());
    lock.acquire();
    assert!(lock.release());
    assert!(lock.release());
    assert!(!lock.release());
}

/// `test_different_thread`: only the owner releases (row T-65).
fn different_thread<L: AnyLock>() {
    let _watchdog = watch();
    let shared = Arc::new((L::default(), AtomicBool::new(false), AtomicBool::new(false)));
    let bunch = Bunch::start(1, {
        let shared = shared.clone();
        move |_| {
            let (lock, held, may_go) = &*shared;
            lock.acquire();
            held.store(true, Ordering::SeqCst);
            until(|| may_go.load(Ordering::SeqCst));
            assert!(lock.release());
        }
    });
    let (lock, held, may_go) = &*shared;
    assert!(!lock.release());
    until(|| held.load(Ordering::SeqCst));
    assert!(!lock.release());
    assert!(!lock.try_acquire());
    may_go.store(true, Ordering::SeqCst);
    bunch.join();
    assert!(lock.try_acquire());
}

/// `test__is_owned`: by the caller, at whatever level (row T-68).
#[test]
fn is_owned() {
    let _watchdog = watch();
    let lock = Arc::new(RLock::new(()));
    assert!(!lock.is_owned());
    let outer = lock.acquire();
    assert!(lock.is_owned());
    let inner = lock.acquire();
    assert!(lock.is_owned());
    Bunch::run(1, {
        let lock = lock.clone();
        move |_| {
            assert!(!lock.is_owned());
            assert!(lock.locked());
            assert_eq!(lock.level(), 0);
            assert_eq!(lock.release(), Err(NotOwner));
        }
    });
    drop(inner);
    assert!(lock.is_owned());
    drop(outer);
    assert!(!lock.is_owned());
}

/// The debug form tells owner and count (row T-67).
#[test]
fn repr_tells_the_level() {
    let _watchdog = watch();
    let lock = RLock::new(());
    assert!(format!("{lock:?}").contains("owner: 0"));
    let _one = lock.acquire();
    let _two = lock.acquire();
    let text = format!("{lock:?}");
    assert!(
        text.contains("level: 2") && !text.contains("owner: 0"),
        "{text}"
    );
}

/// Recursion through a function that locks for itself, with data (row T-66).
#[test]
fn recursion_with_data() {
    fn sum(total: &RLock<Cell<u64>>, n: u64) {
        let level = total.acquire();
        level.set(level.get() + n);
        if n > 0 {
            sum(total, n - 1);
        }
        assert!(total.level() >= 1);
    }
    let _watchdog = watch();
    let total = Arc::new(RLock::new(Cell::new(0)));
    Bunch::run(4, {
        let total = total.clone();
        move |_| sum(&total, 100)
    });
    assert_eq!(total.acquire().get(), 4 * 5_050);
    assert!(!total.locked());
}
