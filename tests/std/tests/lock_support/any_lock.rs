//! What is true of every lock, reentrant or not (CPython's `BaseLockTests`, rows T-54 to T-61, T-63 to T-67, T-70).
#![allow(unreachable_pub, reason = "a module of a test")]

use std::fmt::Debug;
use std::mem::forget;
use std::sync::Arc;
use std::time::Duration;

use selvedge::threading::{Condition, Lock, RLock, TIMEOUT_MAX};

use crate::lock_support::{Bunch, LONG, ms, timed};

/// A lock in the shape of Python's: without guards.
pub trait AnyLock: Default + Debug + Send + Sync + 'static {
    fn acquire(&self);
    fn try_acquire(&self) -> bool;
    fn acquire_timeout(&self, timeout: Duration) -> bool;
    /// False where Python raises `RuntimeError`.
    fn release(&self) -> bool;
    /// Python's `with`: a guard.
    fn with(&self, body: impl FnOnce());
}

macro_rules! any_lock {
    ($lock:ty) => {
        impl AnyLock for $lock {
            fn acquire(&self) {
                self.acquire().keep();
            }
            fn try_acquire(&self) -> bool {
                self.try_acquire().map(|guard| guard.keep()).is_some()
            }
            fn acquire_timeout(&self, timeout: Duration) -> bool {
                self.acquire_timeout(timeout)
                    .map(|guard| guard.keep())
                    .is_ok()
            }
            fn release(&self) -> bool {
                self.release().is_ok()
            }
            fn with(&self, body: impl FnOnce()) {
                let _guard = self.acquire();
                body();
            }
        }
    };
}

any_lock!(Lock);
any_lock!(RLock);

/// A default condition is a reentrant lock as well (row T-70).
impl AnyLock for Condition {
    fn acquire(&self) {
        forget(self.acquire());
    }
    fn try_acquire(&self) -> bool {
        self.try_acquire().map(forget).is_some()
    }
    fn acquire_timeout(&self, timeout: Duration) -> bool {
        self.acquire_timeout(timeout).map(forget).is_ok()
    }
    fn release(&self) -> bool {
        self.lock().release().is_ok()
    }
    fn with(&self, body: impl FnOnce()) {
        let _guard = self.acquire();
        body();
    }
}

/// Instantiates the tests of this file for a lock.
macro_rules! any_lock_tests {
    ($lock:ty: $($test:ident)*) => {
        $(#[test] fn $test() {
            let _watchdog = $crate::lock_support::watch();
            $crate::any_lock::$test::<$lock>();
        })*
    };
    ($lock:ty) => {
        any_lock_tests! { $lock:
            constructor acquire_destroy acquire_release try_acquire try_acquire_contended
            acquire_contended with no_thread_entry_leaks timeout shared_and_gone repr
        }
    };
}
pub(crate) use any_lock_tests;

pub fn constructor<L: AnyLock>() {
    let lock = L::default();
    assert!(lock.try_acquire());
    assert!(lock.release());
}

/// Dropping a held lock is allowed (row T-54).
pub fn acquire_destroy<L: AnyLock>() {
    for _ in 0..10 {
        let lock = L::default();
        lock.acquire();
        drop(lock);
    }
}

pub fn acquire_release<L: AnyLock>() {
    let lock = L::default();
    lock.acquire();
    assert!(lock.release());
    assert!(!lock.release());
}

pub fn try_acquire<L: AnyLock>() {
    let lock = L::default();
    assert!(lock.try_acquire());
    assert!(lock.release());
}

pub fn try_acquire_contended<L: AnyLock>() {
    let lock = Arc::new(L::default());
    lock.acquire();
    Bunch::run(1, {
        let lock = lock.clone();
        move |_| assert!(!lock.try_acquire())
    });
    assert!(lock.release());
}

/// Five wait; none passes before the release, all do after it.
pub fn acquire_contended<L: AnyLock>() {
    const N: usize = 5;
    let lock = Arc::new(L::default());
    lock.acquire();
    let bunch = Bunch::start(N, {
        let lock = lock.clone();
        move |_| {
            lock.acquire();
            assert!(lock.release());
        }
    });
    bunch.wait_asleep(N);
    assert_eq!(bunch.finished(), 0);
    assert!(lock.release());
    bunch.join();
    assert!(lock.try_acquire());
}

/// A guard releases, also when its owner panics (rows T-58, T-66, T-109).
pub fn with<L: AnyLock>() {
    let lock = Arc::new(L::default());
    let is_free_elsewhere = || {
        let lock = lock.clone();
        Bunch::run(1, move |_| {
            lock.acquire();
            assert!(lock.release());
        });
    };
    lock.with(|| {});
    is_free_elsewhere();
    let panicking = {
        let lock = lock.clone();
        std::thread::spawn(move || lock.with(|| std::panic::resume_unwind(Box::new("expected"))))
    };
    assert!(panicking.join().is_err());
    is_free_elsewhere();
}

/// Threads that this library did not start leave nothing in its list of threads by using a lock.
pub fn no_thread_entry_leaks<L: AnyLock>() {
    let before = selvedge::threading::active_count();
    let lock = Arc::new(L::default());
    Bunch::run(15, {
        let lock = lock.clone();
        move |_| {
            lock.acquire();
            assert!(lock.release());
        }
    });
    assert_eq!(selvedge::threading::active_count(), before);
}

/// Time limits (row T-55): every `Duration` is one; what Python refuses by `ValueError` cannot be written.
pub fn timeout<L: AnyLock>() {
    let lock = Arc::new(L::default());
    for free in [TIMEOUT_MAX, Duration::MAX, LONG, ms(5), Duration::ZERO] {
        assert!(lock.acquire_timeout(free));
        assert!(lock.release());
    }
    lock.acquire();
    Bunch::run(1, {
        let lock = lock.clone();
        move |_| {
            let (taken, time) = timed(|| lock.acquire_timeout(ms(300)));
            assert!(!taken);
            assert!(time >= ms(300));
            assert!(!lock.acquire_timeout(Duration::ZERO));
        }
    });
    assert!(lock.release());
}

/// The counterpart of weak references: a shared lock goes with its last owner.
pub fn shared_and_gone<L: AnyLock>() {
    let lock = Arc::new(L::default());
    let weak = Arc::downgrade(&lock);
    assert!(weak.upgrade().is_some_and(|lock| lock.try_acquire()));
    drop(lock);
    assert!(weak.upgrade().is_none());
}

/// The debug form tells whether it is held (rows T-61, T-67).
pub fn repr<L: AnyLock>() {
    let lock = L::default();
    assert!(format!("{lock:?}").contains("locked: false"), "{lock:?}");
    lock.acquire();
    assert!(format!("{lock:?}").contains("locked: true"), "{lock:?}");
    assert!(lock.release());
}
