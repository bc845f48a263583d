//! [`Lock`].

use core::pin::pin;

use selvedge_core::Lock;
use selvedge_core::error::NotHeld;

use crate::probe::Probe;
use crate::tools::{Count, crowd, crowd_size, give_time, pair, until};
use crate::{Ladder, World};

/// The ladder.
pub fn ladder<W: World>() -> Ladder<W> {
    ladder!("lock",
        1 => smoke, 1 => limits, 1 => forgotten, 1 => fair,
        2 => try_elsewhere, 2 => block, 2 => twice, 2 => released_elsewhere, 2 => future_and_task,
        2 => exclusive, 2 => visible, 3 => mixed, 3 => stress,
    )
}

/// Taken, refused, released.
pub fn smoke<W: World>(_: &W) {
    let lock = Lock::<W::Port>::new();
    assert!(!lock.locked());
    let guard = lock.acquire();
    assert!(lock.locked());
    assert!(lock.try_acquire().is_none());
    drop(guard);
    assert!(!lock.locked());
    assert!(lock.try_acquire().is_some());
    assert!(!lock.locked());
}

/// Releasing what nobody holds is refused and changes nothing; a guard whose lock was released is empty (row T-56).
pub fn limits<W: World>(_: &W) {
    let lock = Lock::<W::Port>::new();
    assert_eq!(lock.release(), Err(NotHeld));
    assert!(!lock.locked());

    lock.acquire().keep();
    assert!(lock.locked());
    assert_eq!(lock.release(), Ok(()));
    assert_eq!(lock.release(), Err(NotHeld));

    let guard = lock.acquire();
    assert_eq!(lock.release(), Ok(()));
    drop(guard);
    assert!(!lock.locked());
}

/// A held lock may go (row T-54), and a new one at the same place is free.
pub fn forgotten<W: World>(_: &W) {
    for _ in 0..3 {
        let lock = Lock::<W::Port>::new();
        assert!(!lock.locked());
        lock.acquire().keep();
    }
}

/// A fair release keeps the lock for the waiter: who comes by does not get it.
pub fn fair<W: World>(_: &W) {
    let lock = Lock::<W::Port>::new();
    lock.acquire().release_fair();
    assert!(!lock.locked(), "nobody waited");

    let guard = lock.acquire();
    let probe = Probe::new();
    let mut waiter = pin!(Some(lock.acquire_async()));
    assert!(probe.poll(&mut waiter).is_pending());
    guard.release_fair();
    assert!(probe.woken());
    assert!(lock.locked());
    assert!(lock.try_acquire().is_none());
    assert_eq!(
        lock.release(),
        Err(NotHeld),
        "kept for a waiter, held by nobody"
    );
    assert!(probe.poll(&mut waiter).is_ready());
    assert!(!lock.locked());

    // Kept for a waiter that gives up: free again.
    let guard = lock.acquire();
    let mut waiter = pin!(Some(lock.acquire_async()));
    assert!(probe.poll(&mut waiter).is_pending());
    guard.release_fair();
    waiter.set(None);
    assert!(lock.try_acquire().is_some());
}

/// Another task is refused, and does not wait.
pub fn try_elsewhere<W: World>(w: &W) {
    let lock = Lock::<W::Port>::new();
    let (held, tried) = (Count::new(), Count::new());
    pair(
        w,
        || {
            let guard = lock.acquire();
            held.up();
            until(w, || tried.get() == 1);
            drop(guard);
        },
        || {
            until(w, || held.get() == 1);
            assert!(lock.try_acquire().is_none());
            tried.up();
        },
    );
    assert!(!lock.locked());
}

/// Nobody passes while it is held; all pass afterwards.
pub fn block<W: World>(w: &W) {
    let lock = Lock::<W::Port>::new();
    lock.acquire().keep();
    let (came, passed) = (Count::new(), Count::new());
    let n = crowd_size(w) as u32;
    crowd(w, |i| {
        if i == 0 {
            until(w, || came.get() == n - 1);
            give_time(w);
            assert_eq!(passed.get(), 0);
            assert_eq!(lock.release(), Ok(()));
        } else {
            came.up();
            drop(lock.acquire());
            passed.up();
        }
    });
    assert_eq!(passed.get(), n - 1);
    assert!(!lock.locked());
}

/// It is not reentrant: the second acquisition of one task waits for somebody's release.
pub fn twice<W: World>(w: &W) {
    let lock = Lock::<W::Port>::new();
    let phase = Count::new();
    pair(
        w,
        || {
            lock.acquire().keep();
            phase.up();
            lock.acquire().keep();
            phase.up();
        },
        || {
            until(w, || phase.get() == 1);
            give_time(w);
            assert_eq!(phase.get(), 1);
            assert_eq!(lock.release(), Ok(()));
            until(w, || phase.get() == 2);
        },
    );
    assert!(lock.locked());
}

/// A lock serves as a signal: one task acquires, another releases, over and over.
pub fn released_elsewhere<W: World>(w: &W) {
    let (ping, pong) = (Lock::<W::Port>::new(), Lock::<W::Port>::new());
    ping.acquire().keep();
    pong.acquire().keep();
    let rounds = w.rounds(2_000);
    pair(
        w,
        || {
            for _ in 0..rounds {
                assert_eq!(ping.release(), Ok(()));
                pong.acquire().keep();
            }
        },
        || {
            for _ in 0..rounds {
                ping.acquire().keep();
                assert_eq!(pong.release(), Ok(()));
            }
        },
    );
    assert!(ping.locked() && pong.locked());
}

/// A future waits beside a task; both get the lock.
pub fn future_and_task<W: World>(w: &W) {
    let lock = Lock::<W::Port>::new();
    for _ in 0..w.rounds(50) {
        lock.acquire().keep();
        let (came, passed) = (Count::new(), Count::new());
        let probe = Probe::new();
        let mut future = pin!(Some(lock.acquire_async()));
        assert!(probe.poll(&mut future).is_pending());
        future.set(None);
        pair(
            w,
            || {
                came.up();
                drop(lock.acquire());
                passed.up();
                w.block_on(async { drop(lock.acquire_async().await) });
                passed.up();
            },
            || {
                let probe = Probe::new();
                let mut future = pin!(Some(lock.acquire_async()));
                assert!(probe.poll(&mut future).is_pending());
                until(w, || came.get() == 1);
                assert_eq!(lock.release(), Ok(()));
                // Whoever is woken first: both get it in the end.
                until(w, || probe.woken() || passed.get() > 0);
                future.set(None);
                until(w, || passed.get() == 2);
            },
        );
        assert!(!lock.locked());
    }
}

/// Never two holders at a time.
pub fn exclusive<W: World>(w: &W) {
    let lock = Lock::<W::Port>::new();
    let (inside, total) = (Count::new(), Count::new());
    let rounds = w.rounds(5_000);
    crowd(w, |_| {
        for _ in 0..rounds {
            let guard = lock.acquire();
            assert_eq!(inside.up(), 0);
            inside.down();
            drop(guard);
            total.up();
        }
    });
    assert_eq!(total.get(), rounds * crowd_size(w) as u32);
    assert!(!lock.locked());
}

/// What one holder wrote, the next one sees: plain increments are not lost.
pub fn visible<W: World>(w: &W) {
    let lock = Lock::<W::Port>::new();
    let total = Count::new();
    let rounds = w.rounds(20_000);
    crowd(w, |_| {
        for _ in 0..rounds {
            let _guard = lock.acquire();
            total.up_unprotected();
        }
    });
    assert_eq!(total.get(), rounds * crowd_size(w) as u32);
}

/// Tasks that block, try, release fairly, and futures, on one lock.
pub fn mixed<W: World>(w: &W) {
    let lock = Lock::<W::Port>::new();
    let total = Count::new();
    let rounds = w.rounds(2_000);
    crowd(w, |i| {
        for _ in 0..rounds {
            let guard = match i % 4 {
                0 => lock.acquire(),
                1 => w.block_on(lock.acquire_async()),
                2 => lock.try_acquire().unwrap_or_else(|| lock.acquire()),
                _ => {
                    let guard = lock.acquire();
                    total.up_unprotected();
                    guard.release_fair();
                    continue;
                }
            };
            total.up_unprotected();
            drop(guard);
        }
    });
    assert_eq!(total.get(), rounds * crowd_size(w) as u32);
    assert!(!lock.locked());
}

/// Waits at the lock of many short and some long holders, so that tasks really sleep.
pub fn stress<W: World>(w: &W) {
    let lock = Lock::<W::Port>::new();
    let total = Count::new();
    let rounds = w.rounds(300);
    crowd(w, |i| {
        for round in 0..rounds {
            let _guard = lock.acquire();
            total.up_unprotected();
            if (round as usize + i).is_multiple_of(64) {
                w.nap();
            }
        }
    });
    assert_eq!(total.get(), rounds * crowd_size(w) as u32);
    assert!(!lock.locked());
}
