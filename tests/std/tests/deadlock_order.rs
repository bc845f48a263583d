//! Orders of locking that contradict each other are found without a deadlock.

mod deadlock_support;
mod timer_support;

use std::sync::{Mutex as StdMutex, MutexGuard, PoisonError};

use deadlock_support::start;
use selvedge::deadlock::{self, Action, Inversion, Kind};
use selvedge::threading::{Condition, Lock, Mutex, RLock, catch_panic};
use timer_support::{ms, watched};

static SEEN: StdMutex<Vec<Inversion>> = StdMutex::new(Vec::new());

/// One test at a time: there is one graph.
fn alone() -> MutexGuard<'static, ()> {
    static TURN: StdMutex<()> = StdMutex::new(());
    let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    deadlock::on_inversion(|inversion| {
        SEEN.lock().unwrap().push(inversion.clone());
        Action::Continue
    });
    deadlock::lock_order(true);
    SEEN.lock().unwrap().clear();
    turn
}

/// What was reported of locks that were taken in this file.
fn seen() -> Vec<Inversion> {
    let mut seen = SEEN.lock().unwrap().split_off(0);
    seen.retain(|inversion| inversion.nestings[0].inner_at.file() == file!());
    seen
}

#[test]
fn two_orders_in_two_threads_one_after_the_other() {
    watched(|| {
        let _turn = alone();
        static LOCKS: (Lock, Mutex<()>) = (Lock::new(), Mutex::new(()));
        const FIRST: u32 = line!() + 3;
        start("order-first", || {
            let _lock = LOCKS.0.acquire();
            let _mutex = LOCKS.1.lock();
        })
        .join()
        .unwrap();
        assert_eq!(seen(), []);
        const SECOND: u32 = line!() + 4;
        start("order-second", || {
            for _ in 0..2 {
                let _mutex = LOCKS.1.lock();
                let _lock = LOCKS.0.acquire();
            }
        })
        .join()
        .unwrap();

        let mut seen = seen();
        assert_eq!(seen.len(), 1, "once for each pair: {seen:#?}");
        let [closing, before] = &seen.remove(0).nestings[..] else {
            panic!("two orders");
        };
        assert_eq!(closing.thread.name, "order-second");
        assert_eq!(closing.outer.kind, Kind::Mutex);
        assert_eq!(closing.outer_at.unwrap().line(), SECOND - 1);
        assert_eq!(closing.inner_at.line(), SECOND);
        assert_eq!(before.thread.name, "order-first");
        assert_eq!(before.outer.kind, Kind::Lock);
        assert_eq!(before.outer_at.unwrap().line(), FIRST - 1);
        assert_eq!(before.inner_at.line(), FIRST);
        assert_eq!(closing.inner, before.outer);
    });
}

#[test]
fn a_circle_of_three() {
    watched(|| {
        let _turn = alone();
        let locks: [RLock; 3] = Default::default();
        for n in 0..3 {
            let _outer = locks[n].acquire();
            let _again = locks[n].acquire();
            let _inner = locks[(n + 1) % 3].acquire();
        }
        let seen = seen();
        assert_eq!(seen.len(), 1);
        assert_eq!(seen[0].nestings.len(), 3);
        let text = seen[0].to_string();
        assert_eq!(text.matches(file!()).count(), 6, "{text}");
    });
}

#[test]
fn what_does_not_wait_for_ever_has_no_order() {
    watched(|| {
        let _turn = alone();
        let (a, b) = (Mutex::new(()), Mutex::new(()));
        {
            let _a = a.lock();
            let _b = b.lock();
        }
        {
            let _b = b.lock();
            let _a = a.try_lock().unwrap();
        }
        {
            let _b = b.lock();
            let _a = a.lock_timeout(ms(1000)).unwrap();
        }
        assert_eq!(seen(), []);
        deadlock::lock_order(false);
        {
            let _b = b.lock();
            let _a = a.lock();
        }
        assert_eq!(seen(), []);
    });
}

/// A wait on a condition takes the lock again under everything else that the thread has.
#[test]
fn a_wait_on_a_condition_nests_its_lock() {
    watched(|| {
        let _turn = alone();
        let condition = Condition::new(Mutex::new(()));
        let other = Mutex::new(());
        let mut guard = condition.acquire();
        let _other = other.lock();
        assert_eq!(seen(), []);
        assert!(guard.wait_timeout(ms(1)).is_err());
        let seen = seen();
        assert_eq!(seen.len(), 1);
        assert_eq!(seen[0].nestings.len(), 2);
    });
}

#[test]
fn a_panic_comes_before_the_lock_is_taken() {
    watched(|| {
        let _turn = alone();
        let (a, b) = (Mutex::new(()), Mutex::new(()));
        {
            let _a = a.lock();
            let _b = b.lock();
        }
        deadlock::on_inversion(|_| Action::Panic);
        let outcome = catch_panic(|| {
            let _b = b.lock();
            let _a = a.lock();
        });
        let text = outcome.unwrap_err().to_string();
        assert!(text.contains("orders that can deadlock"), "{text}");
        assert!(!a.is_locked() && !b.is_locked());
        let threads = deadlock::snapshot().threads;
        let me = selvedge::threading::get_ident();
        assert!(threads.iter().all(|state| state.thread.ident != me));
    });
}
