//! [`Condvar`] and [`Condition`] with time limits.

use core::time::Duration;

use selvedge_core::error::TimedOut;
use selvedge_core::port::{Clock, TimedPort};
use selvedge_core::{Condition, Condvar, Mutex};

use super::{LONG, later, now};
use crate::tools::{Count, Dice, crowd, crowd_size, pair, until};
use crate::{Ladder, World};

pub(super) fn ladder<W: World<Port: TimedPort>>() -> Ladder<W> {
    ladder!("timed condition",
        1 => smoke, 1 => zero, 1 => predicate, 1 => acquisition, 2 => total_time, 2 => in_time, 2 => taking_the_lock_has_no_limit, 3 => late_or_told, 3 => stress,
    )
}

/// Runs out without a notification, with the lock held, and leaves nobody counted (row T-72).
fn smoke<W: World<Port: TimedPort>>(w: &W) {
    let (mutex, condvar) = (Mutex::<W::Port, u32>::new(0), Condvar::<W::Port>::new());
    let mut guard = mutex.lock();
    let start = now::<W>();
    assert_eq!(condvar.wait_timeout(&mut guard, w.moment()), Err(TimedOut));
    assert!(W::Port::until(start, now::<W>()) >= w.moment(), "too early");
    let end = later::<W>(w.moment());
    assert_eq!(condvar.wait_deadline(&mut guard, end), Err(TimedOut));
    assert!(now::<W>() >= end, "too early");
    assert_eq!(condvar.wait_deadline(&mut guard, start), Err(TimedOut));
    assert!(mutex.is_locked());
    assert_eq!(condvar.waiting(), 0);
    assert_eq!(condvar.notify_all(), 0);
}

/// No time at all: the lock is let go and taken again.
fn zero<W: World<Port: TimedPort>>(_: &W) {
    let (mutex, condvar) = (Mutex::<W::Port, u32>::new(0), Condvar::<W::Port>::new());
    let mut guard = mutex.lock();
    for _ in 0..100 {
        assert_eq!(
            condvar.wait_timeout(&mut guard, Duration::ZERO),
            Err(TimedOut)
        );
        assert!(mutex.is_locked());
        assert_eq!(condvar.waiting(), 0);
    }
}

/// A predicate that holds costs no time; one that does not is asked at the beginning and at the end (row T-73).
fn predicate<W: World<Port: TimedPort>>(w: &W) {
    let (mutex, condvar) = (Mutex::<W::Port, u32>::new(0), Condvar::<W::Port>::new());
    let mut guard = mutex.lock();
    let asked = Count::new();
    let start = now::<W>();
    let outcome = condvar.wait_for_timeout(&mut guard, w.moment(), |_| {
        asked.up();
        false
    });
    assert_eq!(outcome, Err(TimedOut));
    assert!(W::Port::until(start, now::<W>()) >= w.moment(), "too early");
    assert_eq!(asked.get(), 2);
    for span in [Duration::ZERO, w.moment(), Duration::MAX] {
        assert_eq!(condvar.wait_for_timeout(&mut guard, span, |_| true), Ok(()));
    }
    assert_eq!(
        condvar.wait_for_deadline(&mut guard, start, |_| true),
        Ok(())
    );
    // It holds when it is asked last.
    asked.set(0);
    let outcome = condvar.wait_for_timeout(&mut guard, w.moment(), |_| asked.up() == 1);
    assert_eq!(outcome, Ok(()));
}

/// Python's shape: the lock's own acquisition has a limit as well.
fn acquisition<W: World<Port: TimedPort>>(w: &W) {
    let condition = Condition::new(Mutex::<W::Port, u32>::new(0));
    let mut guard = condition.acquire_timeout(Duration::MAX).expect("free");
    assert!(condition.acquire_timeout(w.moment()).is_err());
    assert!(condition.acquire_deadline(later::<W>(w.moment())).is_err());
    assert_eq!(guard.wait_timeout(w.moment()), Err(TimedOut));
    assert_eq!(guard.wait_deadline(now::<W>()), Err(TimedOut));
    assert_eq!(
        guard.wait_for_timeout(w.moment(), |n| ***n == 1),
        Err(TimedOut)
    );
    assert_eq!(guard.wait_for_timeout(Duration::MAX, |n| ***n == 0), Ok(()));
    drop(guard);
    assert!(condition.acquire_deadline(now::<W>()).is_ok());
}

/// The limit is for the whole of a wait for a predicate, whatever comes in between.
fn total_time<W: World<Port: TimedPort>>(w: &W) {
    let (mutex, condvar) = (Mutex::<W::Port, u32>::new(0), Condvar::<W::Port>::new());
    let done = Count::new();
    pair(
        w,
        || {
            let mut guard = mutex.lock();
            let start = now::<W>();
            let outcome = condvar.wait_for_timeout(&mut guard, w.moment(), |_| false);
            assert_eq!(outcome, Err(TimedOut));
            assert!(W::Port::until(start, now::<W>()) >= w.moment(), "too early");
            done.up();
        },
        || {
            // If each notification gave it new time, it would never end.
            while done.get() == 0 {
                condvar.notify_one();
                w.yield_now();
            }
        },
    );
    assert_eq!(condvar.waiting(), 0);
}

/// A notification ends the wait.
fn in_time<W: World<Port: TimedPort>>(w: &W) {
    let (mutex, condvar) = (Mutex::<W::Port, u32>::new(0), Condvar::<W::Port>::new());
    for span in [LONG, Duration::MAX] {
        pair(
            w,
            || {
                let mut guard = mutex.lock();
                assert_eq!(condvar.wait_timeout(&mut guard, span), Ok(()));
                assert_eq!(
                    condvar.wait_for_timeout(&mut guard, span, |n| **n == 1),
                    Ok(())
                );
                *guard = 0;
            },
            || {
                until(w, || condvar.notify_one());
                until(w, || condvar.waiting() == 1);
                *mutex.lock() = 1;
                assert!(condvar.notify_one());
            },
        );
    }
}

/// The time limit does not count for taking the lock again (row T-72).
fn taking_the_lock_has_no_limit<W: World<Port: TimedPort>>(w: &W) {
    let (mutex, condvar) = (Mutex::<W::Port, u32>::new(0), Condvar::<W::Port>::new());
    let (came, returned) = (Count::new(), Count::new());
    pair(
        w,
        || {
            let mut guard = mutex.lock();
            came.up();
            let _ = condvar.wait_timeout(&mut guard, Duration::ZERO);
            let _ = condvar.wait_timeout(&mut guard, w.moment());
            assert_eq!(*guard % 2, 0);
            returned.up();
        },
        || {
            until(w, || came.get() == 1);
            while returned.get() == 0 {
                let mut guard = mutex.lock();
                *guard = 1;
                for _ in 0..3 {
                    w.nap();
                }
                *guard = 2;
                drop(guard);
                // The lock is not fair: leave the other a chance.
                w.nap();
            }
        },
    );
}

/// Whoever is notified while its time runs out was notified, or is not counted by the notifier: the two agree, always (row T-78).
fn late_or_told<W: World<Port: TimedPort>>(w: &W) {
    let (mutex, condvar) = (Mutex::<W::Port, ()>::default(), Condvar::<W::Port>::new());
    let n = crowd_size(w) as u32;
    let (told, done, notified) = (Count::new(), Count::new(), Count::new());
    let rounds = w.rounds(300);
    crowd(w, |i| {
        let mut dice = Dice::new(i);
        if i == 0 {
            while done.get() < n - 1 {
                notified.add(condvar.notify(1 + dice.roll(2)));
                if dice.roll(3) == 0 {
                    w.yield_now();
                }
            }
        } else {
            for _ in 0..rounds {
                let span = Duration::from_micros(u64::from(dice.roll(100)));
                if condvar.wait_timeout(&mut mutex.lock(), span).is_ok() {
                    told.up();
                }
            }
            done.up();
        }
    });
    assert_eq!(told.get(), notified.get());
    assert_eq!(condvar.waiting(), 0);
    assert!(!mutex.is_locked());
}

/// A bounded buffer whose users have little time and try again: nothing is lost, and nobody hangs.
fn stress<W: World<Port: TimedPort>>(w: &W) {
    let buffer = Mutex::<W::Port, u32>::new(0);
    let (not_empty, not_full) = (Condvar::<W::Port>::new(), Condvar::<W::Port>::new());
    let pairs = crowd_size(w) / 2;
    let rounds = w.rounds(500);
    crowd(w, |i| {
        if i / 2 >= pairs {
            return;
        }
        let mut dice = Dice::new(i);
        let mut left = rounds;
        while left > 0 {
            let span = Duration::from_micros(u64::from(dice.roll(200)));
            let mut filled = buffer.lock();
            if i % 2 == 0 {
                if not_full
                    .wait_for_timeout(&mut filled, span, |filled| **filled < 3)
                    .is_ok()
                {
                    *filled += 1;
                    left -= 1;
                    not_empty.notify_one();
                }
            } else if not_empty
                .wait_for_timeout(&mut filled, span, |filled| **filled > 0)
                .is_ok()
            {
                *filled -= 1;
                left -= 1;
                not_full.notify_one();
            }
        }
    });
    assert_eq!(*buffer.lock(), 0);
    assert_eq!((not_empty.waiting(), not_full.waiting()), (0, 0));
}
