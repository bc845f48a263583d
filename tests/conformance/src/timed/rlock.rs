//! [`RLock`] with time limits.

use core::time::Duration;

use selvedge_core::error::TimedOut;
use selvedge_core::port::{Identity, TimedPort};
use selvedge_core::{Condition, RLock};

use super::{LONG, is_at_once, runs_out};
use crate::tools::{Count, Dice, crowd, crowd_size, pair, until};
use crate::{Ladder, World};

/// The ladder.
pub(crate) fn ladder<W: World<Port: TimedPort + Identity>>() -> Ladder<W> {
    ladder!("timed rlock", 1 => owner, 2 => stranger, 2 => levels_come_back, 3 => stress)
}

/// The owner needs no time.
fn owner<W: World<Port: TimedPort + Identity>>(_: &W) {
    let lock = RLock::<W::Port>::default();
    is_at_once::<W, _, _>(|d| lock.acquire_timeout(d), |t| lock.acquire_deadline(t));
    let _held = lock.acquire();
    is_at_once::<W, _, _>(|d| lock.acquire_timeout(d), |t| lock.acquire_deadline(t));
    assert_eq!(lock.level(), 1);
}

/// Others run out, and leave the lock as it was.
fn stranger<W: World<Port: TimedPort + Identity>>(w: &W) {
    let lock = RLock::<W::Port>::default();
    let phase = Count::new();
    pair(
        w,
        || {
            let outer = lock.acquire();
            let _inner = lock.acquire();
            phase.set(1);
            until(w, || phase.get() == 2);
            assert_eq!(lock.level(), 2);
            drop(outer);
            w.nap();
        },
        || {
            until(w, || phase.get() == 1);
            runs_out(
                w,
                TimedOut,
                |d| lock.acquire_timeout(d),
                |t| lock.acquire_deadline(t),
            );
            phase.set(2);
            let guard = lock.acquire_timeout(LONG).expect("released");
            assert_eq!(lock.level(), 1);
            drop(guard);
        },
    );
    assert!(!lock.locked());
}

/// A wait that runs out gives all levels back.
fn levels_come_back<W: World<Port: TimedPort + Identity>>(w: &W) {
    let lock = RLock::<W::Port>::default();
    let condition = Condition::new(&lock);
    let (waits, passed) = (Count::new(), Count::new());
    pair(
        w,
        || {
            let _outer = lock.acquire();
            let mut guard = condition.acquire();
            waits.up();
            // Until the other had it in the middle.
            while passed.get() == 0 {
                assert_eq!(guard.wait_timeout(w.moment()), Err(TimedOut));
                assert_eq!(lock.level(), 2);
            }
        },
        || {
            until(w, || waits.get() == 1);
            let _guard = lock.acquire();
            assert_eq!(lock.level(), 1);
            passed.up();
        },
    );
    assert!(!lock.locked());
}

/// Short limits at several levels.
fn stress<W: World<Port: TimedPort + Identity>>(w: &W) {
    let lock = RLock::<W::Port>::default();
    let (total, taken) = (Count::new(), Count::new());
    let rounds = w.rounds(1_000);
    crowd(w, |i| {
        let mut dice = Dice::new(i);
        for _ in 0..rounds {
            let span = Duration::from_micros(u64::from(dice.roll(100)));
            let Ok(_outer) = lock.acquire_timeout(span) else {
                continue;
            };
            let _inner = lock.acquire_timeout(Duration::ZERO).expect("it is ours");
            total.up_unprotected();
            taken.up();
            if dice.roll(50) == 0 {
                w.nap();
            }
        }
    });
    assert!(crowd_size(w) > 2);
    assert_eq!(total.get(), taken.get());
    assert!(!lock.locked());
}
