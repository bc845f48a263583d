//! [`RLock`], and conditions on it.

use core::cell::Cell;
use core::pin::pin;

use selvedge_core::error::NotOwner;
use selvedge_core::port::Identity;
use selvedge_core::{Condition, RLock};

use crate::probe::Probe;
use crate::tools::{Count, crowd, crowd_size, give_time, pair, until};
use crate::{Ladder, World};

/// The ladder.
pub fn ladder<W: World<Port: Identity>>() -> Ladder<W> {
    ladder!("rlock",
        1 => smoke, 1 => limits, 1 => data, 1 => future,
        2 => stranger, 2 => block, 2 => nested_release, 2 => counts, 2 => condition_lets_go_of_all_levels, 2 => condition_default, 3 => mixed, 3 => stress,
    )
}

/// Up and down (rows T-64, T-65).
pub fn smoke<W: World<Port: Identity>>(_: &W) {
    let lock = RLock::<W::Port>::default();
    assert_eq!(
        (lock.level(), lock.is_owned(), lock.locked()),
        (0, false, false)
    );
    let one = lock.acquire();
    let two = lock.try_acquire();
    assert!(two.is_some());
    assert_eq!(
        (lock.level(), lock.is_owned(), lock.locked()),
        (2, true, true)
    );
    drop(one);
    assert_eq!(
        (lock.level(), lock.is_owned(), lock.locked()),
        (1, true, true)
    );
    drop(two);
    assert_eq!(
        (lock.level(), lock.is_owned(), lock.locked()),
        (0, false, false)
    );
}

/// Released as often as acquired, and no more.
pub fn limits<W: World<Port: Identity>>(_: &W) {
    let lock = RLock::<W::Port>::default();
    assert_eq!(lock.release(), Err(NotOwner));
    lock.acquire().keep();
    lock.acquire().keep();
    assert_eq!(lock.release(), Ok(()));
    lock.acquire().keep();
    assert_eq!(lock.level(), 2);
    assert_eq!(lock.release(), Ok(()));
    assert_eq!(lock.release(), Ok(()));
    assert_eq!(lock.release(), Err(NotOwner));
    assert!(!lock.locked());

    // A guard whose level was released is empty.
    let guard = lock.acquire();
    assert_eq!(lock.release(), Ok(()));
    drop(guard);
    assert!(!lock.locked());

    // Deep down and up again.
    for _ in 0..1_000 {
        lock.acquire().keep();
    }
    assert_eq!(lock.level(), 1_000);
    for _ in 0..1_000 {
        assert_eq!(lock.release(), Ok(()));
    }
    assert!(!lock.locked());
}

/// Shared access to the data, at every level.
pub fn data<W: World<Port: Identity>>(_: &W) {
    let mut lock = RLock::<W::Port, Cell<u32>>::new(Cell::new(1));
    {
        let outer = lock.acquire();
        let inner = lock.acquire();
        inner.set(outer.get() + 1);
        assert_eq!(outer.get(), 2);
        assert!(core::ptr::eq(outer.lock(), &lock));
    }
    lock.get_mut().set(5);
    assert_eq!(lock.into_inner().get(), 5);
}

/// A future gives the lock to the task that polls it, again if that has it already.
pub fn future<W: World<Port: Identity>>(w: &W) {
    let lock = RLock::<W::Port>::default();
    let one = w.block_on(lock.acquire_async());
    assert!(lock.is_owned());
    let two = w.block_on(lock.acquire_async());
    assert_eq!(lock.level(), 2);
    drop(one);
    drop(two);
    assert!(!lock.locked());
}

/// Another task neither owns it, nor gets it, nor can release it.
pub fn stranger<W: World<Port: Identity>>(w: &W) {
    let lock = RLock::<W::Port>::default();
    let (held, looked) = (Count::new(), Count::new());
    pair(
        w,
        || {
            let _one = lock.acquire();
            let _two = lock.acquire();
            held.up();
            until(w, || looked.get() == 1);
            assert_eq!(lock.level(), 2);
        },
        || {
            until(w, || held.get() == 1);
            assert!(lock.locked());
            assert_eq!((lock.level(), lock.is_owned()), (0, false));
            assert!(lock.try_acquire().is_none());
            assert_eq!(lock.release(), Err(NotOwner));
            assert!(lock.locked());
            looked.up();
        },
    );
    assert!(!lock.locked());
}

/// Others wait until the last level is released.
pub fn block<W: World<Port: Identity>>(w: &W) {
    let lock = RLock::<W::Port>::default();
    let n = crowd_size(w) as u32;
    let (held, came, passed) = (Count::new(), Count::new(), Count::new());
    crowd(w, |i| {
        if i == 0 {
            let outer = lock.acquire();
            let inner = lock.acquire();
            held.up();
            until(w, || came.get() == n - 1);
            drop(inner);
            give_time(w);
            assert_eq!(passed.get(), 0);
            drop(outer);
        } else {
            until(w, || held.get() == 1);
            came.up();
            let _one = lock.acquire();
            let _two = lock.acquire();
            assert_eq!(lock.level(), 2);
            passed.up();
        }
    });
    assert_eq!(passed.get(), n - 1);
    assert!(!lock.locked());
}

/// Guards need not go in the order of their levels.
pub fn nested_release<W: World<Port: Identity>>(w: &W) {
    let lock = RLock::<W::Port>::default();
    let rounds = w.rounds(1_000);
    let total = Count::new();
    crowd(w, |_| {
        for _ in 0..rounds {
            let first = lock.acquire();
            let second = lock.acquire();
            drop(first);
            total.up_unprotected();
            drop(second);
        }
    });
    assert_eq!(total.get(), rounds * crowd_size(w) as u32);
}

/// No increment is lost, at any level.
pub fn counts<W: World<Port: Identity>>(w: &W) {
    let lock = RLock::<W::Port, Cell<u32>>::new(Cell::new(0));
    let rounds = w.rounds(5_000);
    fn add<P: Identity + selvedge_core::port::Port>(lock: &RLock<P, Cell<u32>>, n: u32) {
        let total = lock.acquire();
        total.set(total.get() + 1);
        if n > 1 {
            add(lock, n - 1);
        }
    }
    crowd(w, |i| {
        for _ in 0..rounds {
            add(&lock, 1 + i as u32 % 3);
        }
    });
    let per_round: u32 = (0..crowd_size(w) as u32).map(|i| 1 + i % 3).sum();
    assert_eq!(lock.into_inner().get(), rounds * per_round);
}

/// A wait releases every level, and gives them all back (rows T-68, T-72).
pub fn condition_lets_go_of_all_levels<W: World<Port: Identity>>(w: &W) {
    let lock = RLock::<W::Port>::default();
    let condition = Condition::new(&lock);
    let rounds = w.rounds(100);
    pair(
        w,
        || {
            for _ in 0..rounds {
                let _one = lock.acquire();
                let _two = lock.acquire();
                let mut guard = condition.acquire();
                assert_eq!(lock.level(), 3);
                guard.wait();
                assert_eq!((lock.level(), lock.is_owned()), (3, true));
            }
        },
        || {
            for _ in 0..rounds {
                until(w, || condition.condvar().waiting() == 1);
                let guard = condition.acquire();
                assert_eq!(lock.level(), 1);
                assert_eq!(guard.notify_all(), 1);
            }
        },
    );
    assert!(!lock.locked());
}

/// Python's default: a condition on a new reentrant lock (row T-69).
pub fn condition_default<W: World<Port: Identity>>(w: &W) {
    let condition = Condition::<RLock<W::Port>>::default();
    let turn = Count::new();
    let rounds = w.rounds(1_000);
    let play = |parity: u32| {
        for _ in 0..rounds {
            let _outer = condition.acquire();
            let mut guard = condition.acquire();
            guard.wait_for(|_| turn.get() % 2 == parity);
            turn.up_unprotected();
            guard.notify_all();
        }
    };
    pair(w, || play(0), || play(1));
    assert_eq!(turn.get(), 2 * rounds);
    assert!(!condition.lock().locked());
}

/// Tasks that block, and tasks that poll.
pub fn mixed<W: World<Port: Identity>>(w: &W) {
    let lock = RLock::<W::Port>::default();
    let total = Count::new();
    let rounds = w.rounds(1_000);
    crowd(w, |i| {
        for _ in 0..rounds {
            let _outer = if i % 2 == 0 {
                lock.acquire()
            } else {
                w.block_on(lock.acquire_async())
            };
            let _inner = lock.acquire();
            assert_eq!(lock.level(), 2);
            total.up_unprotected();
        }
    });
    assert_eq!(total.get(), rounds * crowd_size(w) as u32);
}

/// Sleeping owners, and futures that give up.
pub fn stress<W: World<Port: Identity>>(w: &W) {
    let lock = RLock::<W::Port>::default();
    let total = Count::new();
    let rounds = w.rounds(200);
    crowd(w, |i| {
        for round in 0..rounds {
            let probe = Probe::new();
            let mut gives_up = pin!(Some(lock.acquire_async()));
            let _ = probe.poll(&mut gives_up);
            gives_up.set(None);
            let _outer = lock.acquire();
            let _inner = lock.try_acquire().expect("it is ours");
            total.up_unprotected();
            if (round as usize + i).is_multiple_of(61) {
                w.nap();
            }
        }
    });
    assert_eq!(total.get(), rounds * crowd_size(w) as u32);
    assert!(!lock.locked());
}
