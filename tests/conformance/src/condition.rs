//! [`Condvar`] and [`Condition`].

use core::pin::pin;

use selvedge_core::{Condition, Condvar, Lock, Mutex};

use crate::probe::Probe;
use crate::tools::{Count, Dice, crowd, crowd_size, give_time, pair, until};
use crate::{Ladder, World};

/// The ladder.
pub fn ladder<W: World>() -> Ladder<W> {
    ladder!("condition",
        1 => smoke, 1 => oldest_first, 1 => not_remembered, 1 => many_futures,
        2 => block, 2 => predicate, 3 => exact, 2 => not_stolen, 2 => lock_is_held, 2 => two_on_one_lock, 2 => without_the_lock,
        2 => with_a_plain_lock, 2 => waits_async, 2 => ping_pong, 3 => buffer, 3 => stress,
    )
}

/// Nobody waits: nothing happens.
pub fn smoke<W: World>(_: &W) {
    let condvar = Condvar::<W::Port>::new();
    assert!(!condvar.notify_one());
    assert_eq!(condvar.notify(3), 0);
    assert_eq!(condvar.notify_all(), 0);
    assert_eq!(condvar.waiting(), 0);

    let condition = Condition::new(Mutex::<W::Port, u32>::new(5));
    let mut guard = condition.acquire();
    guard.wait_for(|guard| ***guard == 5);
    assert!(condition.try_acquire().is_none());
    assert_eq!(guard.notify_all(), 0);
    drop(guard);
    assert!(condition.try_acquire().is_some());
}

/// Waiters are notified in the order in which they came, as many as asked for (rows T-74, T-77).
pub fn oldest_first<W: World>(_: &W) {
    let (mutex, condvar) = (Mutex::<W::Port, ()>::default(), Condvar::<W::Port>::new());
    let probes: [Probe; 4] = core::array::from_fn(|_| Probe::new());
    let woken = || probes.each_ref().map(Probe::woken);
    let wait = || async { drop(condvar.wait_async(mutex.lock_async().await).await) };
    let (mut a, mut b) = (pin!(Some(wait())), pin!(Some(wait())));
    let (mut c, mut d) = (pin!(Some(wait())), pin!(Some(wait())));
    for (probe, future) in probes.iter().zip([&mut a, &mut b, &mut c, &mut d]) {
        assert!(probe.poll(future).is_pending());
        assert!(!mutex.is_locked());
    }
    assert_eq!(condvar.waiting(), 4);
    assert_eq!(condvar.notify(0), 0);
    assert_eq!(condvar.notify(2), 2);
    assert_eq!(condvar.waiting(), 2);
    assert_eq!(woken(), [true, true, false, false]);
    assert!(condvar.notify_one());
    assert_eq!(woken(), [true, true, true, false]);
    assert_eq!(condvar.notify(5), 1);
    assert_eq!(woken(), [true; 4]);
    assert_eq!(condvar.notify_all(), 0);
    for (probe, future) in probes.iter().zip([&mut a, &mut b, &mut c, &mut d]) {
        assert!(probe.poll(future).is_ready());
    }
}

/// A notification is for those that wait, not for one that comes later.
pub fn not_remembered<W: World>(_: &W) {
    let (mutex, condvar) = (Mutex::<W::Port, ()>::default(), Condvar::<W::Port>::new());
    assert_eq!(condvar.notify_all(), 0);
    let probe = Probe::new();
    let mut future = pin!(Some(condvar.wait_async(mutex.lock())));
    assert!(probe.poll(&mut future).is_pending());
    assert!(probe.poll(&mut future).is_pending(), "polled for no reason");
    assert_eq!(condvar.waiting(), 1);
    assert!(condvar.notify_one());
    // It must have the lock for its return.
    let guard = mutex.lock();
    assert!(probe.poll(&mut future).is_pending());
    drop(guard);
    assert!(probe.poll(&mut future).is_ready());
    assert!(!mutex.is_locked());
}

/// More waiters than any batch of wake-ups holds.
pub fn many_futures<W: World>(_: &W) {
    let (mutex, condvar) = (Mutex::<W::Port, ()>::default(), Condvar::<W::Port>::new());
    let probe = Probe::new();
    macro_rules! wait_for_it {
        ($($future:ident)*) => {
            $(let mut $future = pin!(Some(condvar.wait_async(mutex.lock()))); assert!(probe.poll(&mut $future).is_pending());)*
            assert_eq!(condvar.waiting(), 20);
            assert_eq!(condvar.notify(11), 11);
            assert_eq!(condvar.waiting(), 9);
            assert_eq!(condvar.notify_all(), 9);
            assert_eq!(probe.wakes(), 20);
            $(assert!(probe.poll(&mut $future).is_ready());)*
        };
    }
    wait_for_it!(a b c d e f g h i j k l m n o p q r s t);
}

/// Nobody returns without a notification; each returns after its own.
pub fn block<W: World>(w: &W) {
    let (mutex, condvar) = (Mutex::<W::Port, u32>::new(0), Condvar::<W::Port>::new());
    let n = crowd_size(w) as u32;
    crowd(w, |i| {
        if i == 0 {
            until(w, || condvar.waiting() == n - 1);
            give_time(w);
            assert_eq!(*mutex.lock(), 0);
            for k in 1..n {
                assert!(condvar.notify_one());
                until(w, || *mutex.lock() == k);
            }
            assert!(!condvar.notify_one());
        } else {
            let mut returned = mutex.lock();
            condvar.wait(&mut returned);
            *returned += 1;
        }
    });
    assert_eq!(condvar.waiting(), 0);
}

/// Waiting for a predicate: asked under the lock, first of all, and after each notification (row T-73).
pub fn predicate<W: World>(w: &W) {
    let (mutex, condvar) = (Mutex::<W::Port, u32>::new(0), Condvar::<W::Port>::new());
    let asked = Count::new();
    pair(
        w,
        || {
            let mut state = mutex.lock();
            condvar.wait_for(&mut state, |state| {
                asked.up();
                assert!(mutex.is_locked());
                **state == 4
            });
            assert_eq!(*state, 4);
        },
        || {
            for k in 0..4 {
                until(w, || condvar.waiting() == 1);
                assert_eq!(asked.get(), k + 1);
                let mut state = mutex.lock();
                *state += 1;
                assert!(condvar.notify_one());
            }
        },
    );
    assert_eq!(asked.get(), 5);
}

/// Some, then more than are left of the first, then all: the counts are exact each time (row T-80).
pub fn exact<W: World>(w: &W) {
    let n = crowd_size(w) as u32 - 1;
    let (mutex, condvar) = (
        Mutex::<W::Port, [u32; 2]>::new([0; 2]),
        Condvar::<W::Port>::new(),
    );
    for _ in 0..w.rounds(20) {
        *mutex.lock() = [0; 2];
        crowd(w, |i| {
            if i > 0 {
                let mut returned = mutex.lock();
                condvar.wait(&mut returned);
                returned[0] += 1;
                condvar.wait(&mut returned);
                returned[1] += 1;
                return;
            }
            until(w, || condvar.waiting() == n);
            let some = n / 2;
            let guard = mutex.lock();
            assert_eq!(condvar.notify(some), some);
            drop(guard);
            // They go round and wait again, behind those that are left.
            until(w, || condvar.waiting() == n);
            assert_eq!(*mutex.lock(), [some, 0]);
            let guard = mutex.lock();
            assert_eq!(condvar.notify(n - some), n - some);
            drop(guard);
            until(w, || condvar.waiting() == n);
            assert_eq!(
                *mutex.lock(),
                [n, 0],
                "oldest first: all are in their second wait"
            );
            let guard = mutex.lock();
            assert_eq!(condvar.notify_all(), n);
            assert_eq!(*guard, [n, 0]);
            drop(guard);
        });
        assert_eq!(*mutex.lock(), [n, n]);
        assert_eq!(condvar.waiting(), 0);
    }
}

/// One that comes after a notification does not take it, even if it gets the lock first.
pub fn not_stolen<W: World>(w: &W) {
    let (mutex, condvar) = (Mutex::<W::Port, u32>::new(0), Condvar::<W::Port>::new());
    for _ in 0..w.rounds(20) {
        *mutex.lock() = 0;
        pair(
            w,
            || {
                let mut returned = mutex.lock();
                condvar.wait(&mut returned);
                *returned += 1;
            },
            || {
                until(w, || condvar.waiting() == 1);
                let guard = mutex.lock();
                assert!(condvar.notify_one());
                // Still before the notified one can have the lock:
                let probe = Probe::new();
                let mut later = pin!(Some(condvar.wait_async(guard)));
                assert!(probe.poll(&mut later).is_pending());
                until(w, || *mutex.lock() == 1);
                assert!(!probe.woken());
                assert!(probe.poll(&mut later).is_pending());
                assert_eq!(condvar.waiting(), 1);
            },
        );
        assert_eq!(condvar.waiting(), 0);
    }
}

/// Whoever returns has the lock: plain data are safe, and the notifier goes on undisturbed until it lets go.
pub fn lock_is_held<W: World>(w: &W) {
    let (mutex, condvar) = (Mutex::<W::Port, u32>::new(0), Condvar::<W::Port>::new());
    let inside = Count::new();
    let n = crowd_size(w) as u32;
    for _ in 0..w.rounds(50) {
        crowd(w, |i| {
            if i == 0 {
                until(w, || condvar.waiting() == n - 1);
                let guard = mutex.lock();
                assert_eq!(condvar.notify_all(), n - 1);
                assert_eq!(inside.up(), 0);
                w.yield_now();
                inside.down();
                drop(guard);
            } else {
                let mut guard = mutex.lock();
                condvar.wait(&mut guard);
                assert_eq!(inside.up(), 0);
                *guard += 1;
                inside.down();
            }
        });
    }
    assert_eq!(*mutex.lock(), w.rounds(50) * (n - 1));
}

/// Two conditions share a lock, and are not mixed up (row T-69).
pub fn two_on_one_lock<W: World>(w: &W) {
    let mutex = Mutex::<W::Port, u32>::new(0);
    let even = Condition::new(&mutex);
    let odd = Condition::new(&mutex);
    let rounds = w.rounds(1_000);
    let turn = |mine: &Condition<&Mutex<W::Port, u32>>, theirs: &Condition<_>, parity: u32| {
        for _ in 0..rounds {
            let mut guard = mine.acquire();
            guard.wait_for(|n| ***n % 2 == parity);
            **guard += 1;
            theirs.condvar().notify_all();
        }
    };
    pair(w, || turn(&even, &odd, 0), || turn(&odd, &even, 1));
    assert_eq!(*mutex.lock(), 2 * rounds);
}

/// A notifier need not hold the lock, if it changed the predicate under it.
pub fn without_the_lock<W: World>(w: &W) {
    let (mutex, condvar) = (Mutex::<W::Port, u32>::new(0), Condvar::<W::Port>::new());
    let rounds = w.rounds(2_000);
    let turn = |parity: u32| {
        for _ in 0..rounds {
            let mut n = mutex.lock();
            condvar.wait_for(&mut n, |n| **n % 2 == parity);
            *n += 1;
            drop(n);
            condvar.notify_one();
        }
    };
    pair(w, || turn(0), || turn(1));
    assert_eq!(*mutex.lock(), 2 * rounds);
}

/// With a lock without data.
pub fn with_a_plain_lock<W: World>(w: &W) {
    let condition = Condition::new(Lock::<W::Port>::new());
    let state = Count::new();
    let rounds = w.rounds(1_000);
    let turn = |parity: u32| {
        for _ in 0..rounds {
            let mut guard = condition.acquire();
            guard.wait_for(|_| state.get() % 2 == parity);
            state.up_unprotected();
            guard.notify_all();
        }
    };
    pair(w, || turn(0), || turn(1));
    assert_eq!(state.get(), 2 * rounds);
    assert!(!condition.lock().locked());
}

/// A future and a task take turns.
pub fn waits_async<W: World>(w: &W) {
    let condition = Condition::new(Mutex::<W::Port, u32>::new(0));
    let rounds = w.rounds(1_000);
    pair(
        w,
        || {
            w.block_on(async {
                let mut guard = condition.acquire_async().await;
                for _ in 0..rounds {
                    guard = guard.wait_for_async(|n| ***n % 2 == 0).await;
                    **guard += 1;
                    guard.notify_all();
                }
            });
        },
        || {
            let mut guard = condition.acquire();
            for _ in 0..rounds {
                guard.wait_for(|n| ***n % 2 == 1);
                **guard += 1;
                guard.notify_all();
            }
        },
    );
    assert_eq!(**condition.acquire(), 2 * rounds);
}

/// Two tasks take turns, each with a condition of its own.
pub fn ping_pong<W: World>(w: &W) {
    let mutex = Mutex::<W::Port, u32>::new(0);
    let conditions: [Condvar<W::Port>; 2] = [const { Condvar::new() }; 2];
    let rounds = w.rounds(5_000);
    let turn = |me: usize| {
        for _ in 0..rounds {
            let mut n = mutex.lock();
            conditions[me].wait_for(&mut n, |n| **n as usize % 2 == me);
            *n += 1;
            conditions[1 - me].notify_one();
        }
    };
    pair(w, || turn(0), || turn(1));
    assert_eq!(*mutex.lock(), 2 * rounds);
}

struct Buffer {
    numbers: [u32; 4],
    filled: usize,
}

/// A small buffer between producers and consumers, `notify_one` only: a notification that went astray would stop it.
pub fn buffer<W: World>(w: &W) {
    let buffer = Mutex::<W::Port, _>::new(Buffer {
        numbers: [0; 4],
        filled: 0,
    });
    let (not_empty, not_full) = (Condvar::<W::Port>::new(), Condvar::<W::Port>::new());
    let pairs = crowd_size(w) / 2;
    let rounds = w.rounds(2_000);
    let sum = Count::new();
    crowd(w, |i| {
        if i / 2 >= pairs {
            return;
        }
        for round in 0..rounds {
            let mut buffer = buffer.lock();
            if i % 2 == 0 {
                not_full.wait_for(&mut buffer, |buffer| buffer.filled < 4);
                let at = buffer.filled;
                buffer.numbers[at] = round;
                buffer.filled += 1;
                not_empty.notify_one();
            } else {
                not_empty.wait_for(&mut buffer, |buffer| buffer.filled > 0);
                buffer.filled -= 1;
                sum.add(buffer.numbers[buffer.filled]);
                not_full.notify_one();
            }
        }
    });
    assert_eq!(sum.get(), pairs as u32 * (0..rounds).sum::<u32>());
    assert_eq!(buffer.lock().filled, 0);
    assert_eq!((not_empty.waiting(), not_full.waiting()), (0, 0));
}

/// Tickets: notified waiters are counted one by one, among tasks, futures, and futures that give up. Nobody returns without a ticket, and no ticket is lost.
pub fn stress<W: World>(w: &W) {
    let (mutex, condvar) = (Mutex::<W::Port, u32>::new(0), Condvar::<W::Port>::new());
    let rounds = w.rounds(500);
    let waiters = crowd_size(w) - 1;
    let (returned, done) = (Count::new(), Count::new());
    let gave_up = Count::new();
    crowd(w, |i| {
        if i < waiters {
            let mut dice = Dice::new(i);
            for _ in 0..rounds {
                match dice.roll(3) {
                    0 => {
                        let probe = Probe::new();
                        let mut gives_up = pin!(Some(condvar.wait_async(mutex.lock())));
                        let _ = probe.poll(&mut gives_up);
                        w.yield_now();
                        gives_up.set(None);
                        gave_up.up();
                    }
                    1 => drop(w.block_on(async { condvar.wait_async(mutex.lock()).await })),
                    _ => condvar.wait(&mut mutex.lock()),
                }
                returned.up();
            }
            done.up();
        } else {
            let mut dice = Dice::new(i);
            while done.get() < waiters as u32 {
                *mutex.lock() += condvar.notify(dice.roll(3));
                w.yield_now();
            }
        }
    });
    assert_eq!(returned.get(), rounds * waiters as u32);
    let notified = *mutex.lock();
    assert!(notified >= returned.get() - gave_up.get());
    assert_eq!(condvar.waiting(), 0);
    assert!(!mutex.is_locked());
}
