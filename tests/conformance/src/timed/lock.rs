//! [`Lock`] and [`Mutex`] with time limits.

use core::time::Duration;

use selvedge_core::error::TimedOut;
use selvedge_core::port::TimedPort;
use selvedge_core::{Lock, Mutex};

use super::{LONG, is_at_once, later, runs_out};
use crate::tools::{Count, Dice, crowd, crowd_size, pair, until};
use crate::{Ladder, World};

pub(super) fn ladder<W: World<Port: TimedPort>>() -> Ladder<W> {
    ladder!("timed lock", 1 => smoke, 1 => state_after, 2 => in_time, 2 => for_ever, 3 => many, 3 => stress)
}

/// Runs out while held, and takes what is free at once (row T-55).
fn smoke<W: World<Port: TimedPort>>(w: &W) {
    let lock = Lock::<W::Port>::new();
    let mutex = Mutex::<W::Port, u32>::new(0);
    is_at_once::<W, _, _>(|d| lock.acquire_timeout(d), |t| lock.acquire_deadline(t));
    is_at_once::<W, _, _>(|d| mutex.lock_timeout(d), |t| mutex.lock_deadline(t));
    let _held = (lock.acquire(), mutex.lock());
    runs_out(
        w,
        TimedOut,
        |d| lock.acquire_timeout(d),
        |t| lock.acquire_deadline(t),
    );
    runs_out(
        w,
        TimedOut,
        |d| mutex.lock_timeout(d),
        |t| mutex.lock_deadline(t),
    );
}

/// After a wait that ran out the lock is as it was (row T-59).
fn state_after<W: World<Port: TimedPort>>(w: &W) {
    let lock = Lock::<W::Port>::new();
    lock.acquire().keep();
    for _ in 0..3 {
        assert!(lock.acquire_timeout(w.moment()).is_err());
        assert!(lock.locked());
        assert_eq!(lock.release(), Ok(()));
        assert!(!lock.locked());
        lock.try_acquire().expect("free").keep();
    }
}

/// A release ends the wait.
fn in_time<W: World<Port: TimedPort>>(w: &W) {
    let mutex = Mutex::<W::Port, u32>::new(0);
    for i in 0..w.rounds(20) {
        let (held, came) = (Count::new(), Count::new());
        pair(
            w,
            || {
                let mut data = mutex.lock();
                held.up();
                until(w, || came.get() == 1);
                w.nap();
                *data += 1;
            },
            || {
                until(w, || held.get() == 1);
                came.up();
                if i % 2 == 0 {
                    *mutex.lock_timeout(LONG).expect("all the time there is") += 1;
                } else {
                    *mutex
                        .lock_deadline(later::<W>(LONG))
                        .expect("all the time there is") += 1;
                }
            },
        );
        assert_eq!(*mutex.lock(), 2 * (i + 1));
    }
}

/// More time than the clock can tell is for ever, and does not overflow.
fn for_ever<W: World<Port: TimedPort>>(w: &W) {
    let lock = Lock::<W::Port>::new();
    for span in [
        Duration::MAX,
        Duration::MAX / 2,
        Duration::from_secs(u64::MAX / 4),
        Duration::from_secs(1 << 40),
    ] {
        lock.acquire().keep();
        pair(
            w,
            || {
                let guard = lock.acquire_timeout(span);
                assert!(guard.is_ok());
            },
            || {
                w.nap();
                assert_eq!(lock.release(), Ok(()));
            },
        );
        assert!(!lock.locked());
    }
}

/// Many run out side by side; none takes anything, and the last release wakes nobody that is gone.
fn many<W: World<Port: TimedPort>>(w: &W) {
    let lock = Lock::<W::Port>::new();
    let n = crowd_size(w) as u32;
    let ran_out = Count::new();
    crowd(w, |i| {
        if i == 0 {
            let guard = lock.acquire();
            until(w, || ran_out.get() == n - 1);
            drop(guard);
        } else {
            until(w, || lock.locked());
            assert!(lock.acquire_timeout(w.moment()).is_err());
            ran_out.up();
        }
    });
    assert!(lock.acquire_timeout(Duration::ZERO).is_ok());
}

/// Short limits that run out or do not, tasks that wait for ever, futures: no increment is lost, and nobody is forgotten.
fn stress<W: World<Port: TimedPort>>(w: &W) {
    let mutex = Mutex::<W::Port, u32>::new(0);
    let added = Count::new();
    let rounds = w.rounds(1_000);
    crowd(w, |i| {
        let mut dice = Dice::new(i);
        for _ in 0..rounds {
            match dice.roll(4) {
                0 => *mutex.lock() += 1,
                1 => w.block_on(async { *mutex.lock_async().await += 1 }),
                _ => {
                    let span = Duration::from_micros(u64::from(dice.roll(100)));
                    let Ok(mut data) = mutex.lock_timeout(span) else {
                        continue;
                    };
                    *data += 1;
                    if dice.roll(50) == 0 {
                        w.nap();
                    }
                }
            }
            added.up();
        }
    });
    assert_eq!(mutex.into_inner(), added.get());
}
