//! [`Semaphore`] and [`BoundedSemaphore`].

use core::pin::pin;

use selvedge_core::error::TooManyReleases;
use selvedge_core::{BoundedSemaphore, Semaphore};

use crate::probe::Probe;
use crate::tools::{Count, Dice, crowd, crowd_size, give_time, pair, until};
use crate::{Ladder, World};

/// The ladder.
pub fn ladder<W: World>() -> Ladder<W> {
    ladder!("semaphore",
        1 => smoke, 1 => limits, 1 => bounded, 1 => zero_bound, 1 => woken_are_counted,
        2 => try_elsewhere, 2 => block, 3 => phases, 2 => signal, 2 => never_more, 3 => bounded_crowd, 3 => mixed, 3 => stress,
    )
}

/// Taken and given back (row T-84).
pub fn smoke<W: World>(_: &W) {
    let semaphore = Semaphore::<W::Port>::new(2);
    let one = semaphore.acquire();
    let two = semaphore.try_acquire();
    assert!(two.is_some());
    assert_eq!(semaphore.value(), 0);
    assert!(semaphore.try_acquire().is_none());
    drop(one);
    assert_eq!(semaphore.value(), 1);
    drop(two);
    assert_eq!(semaphore.value(), 2);
}

/// 0 permits, the default 1, permits out of nothing, nothing released, the most there can be (rows T-81, T-83).
pub fn limits<W: World>(_: &W) {
    let semaphore = Semaphore::<W::Port>::new(0);
    assert!(semaphore.try_acquire().is_none());
    semaphore.release(0);
    assert_eq!(semaphore.value(), 0);
    semaphore.release(3);
    assert_eq!(semaphore.value(), 3);
    for _ in 0..3 {
        semaphore.acquire().keep();
    }
    assert_eq!(semaphore.value(), 0);

    assert_eq!(Semaphore::<W::Port>::default().value(), 1);

    const MOST: u32 = u32::MAX >> 1;
    let full = Semaphore::<W::Port>::new(MOST);
    assert_eq!(full.value(), MOST);
    full.acquire().keep();
    full.release(1);
    assert_eq!(full.value(), MOST);
}

/// A release too many is refused and changes nothing (row T-86).
pub fn bounded<W: World>(_: &W) {
    let semaphore = BoundedSemaphore::<W::Port>::new(3);
    assert_eq!((semaphore.value(), semaphore.bound()), (3, 3));
    assert_eq!(semaphore.release(1), Err(TooManyReleases));
    semaphore.acquire().keep();
    assert_eq!(semaphore.release(2), Err(TooManyReleases));
    assert_eq!(semaphore.release(u32::MAX), Err(TooManyReleases));
    assert_eq!(semaphore.value(), 2);
    assert_eq!(semaphore.release(0), Ok(()));
    assert_eq!(semaphore.release(1), Ok(()));
    assert_eq!(semaphore.value(), 3);

    // The permit of one that was released for it is worth nothing.
    let permit = semaphore.acquire();
    assert_eq!(semaphore.release(1), Ok(()));
    drop(permit);
    assert_eq!(semaphore.value(), 3);

    assert_eq!(BoundedSemaphore::<W::Port>::default().bound(), 1);
}

/// With a bound of 0 every release is refused, and nobody is woken by it.
pub fn zero_bound<W: World>(_: &W) {
    let semaphore = BoundedSemaphore::<W::Port>::new(0);
    let probe = Probe::new();
    let mut waiter = pin!(Some(semaphore.acquire_async()));
    assert!(probe.poll(&mut waiter).is_pending());
    assert_eq!(semaphore.release(1), Err(TooManyReleases));
    assert!(!probe.woken());
    assert_eq!(semaphore.value(), 0);
}

/// `n` permits wake `n` waiters, not fewer; nobody is passed over who could go on.
pub fn woken_are_counted<W: World>(_: &W) {
    let semaphore = Semaphore::<W::Port>::new(0);
    let probes: [Probe; 4] = core::array::from_fn(|_| Probe::new());
    let mut a = pin!(Some(semaphore.acquire_async()));
    let mut b = pin!(Some(semaphore.acquire_async()));
    let mut c = pin!(Some(semaphore.acquire_async()));
    let mut d = pin!(Some(semaphore.acquire_async()));
    for (probe, future) in probes.iter().zip([&mut a, &mut b, &mut c, &mut d]) {
        assert!(probe.poll(future).is_pending());
    }
    semaphore.release(3);
    let woken = probes.iter().filter(|probe| probe.woken()).count();
    assert_eq!(woken, 3);
    // The permits come back as they are taken, so the fourth gets one, too: it must be woken for it.
    for (probe, future) in probes.iter().zip([&mut a, &mut b, &mut c, &mut d]) {
        assert!(probe.woken(), "one was passed over");
        assert!(probe.poll(future).is_ready());
    }
    assert_eq!(semaphore.value(), 3);
}

/// Each of a crowd tries once: as many succeed as there are permits.
pub fn try_elsewhere<W: World>(w: &W) {
    let n = crowd_size(w) as u32;
    let semaphore = Semaphore::<W::Port>::new(n - 1);
    let (got, tried) = (Count::new(), Count::new());
    crowd(w, |_| {
        if let Some(permit) = semaphore.try_acquire() {
            got.up();
            permit.keep();
        }
        tried.up();
    });
    assert_eq!((got.get(), tried.get()), (n - 1, n));
    assert_eq!(semaphore.value(), 0);
}

/// Nobody passes without a permit.
pub fn block<W: World>(w: &W) {
    let semaphore = Semaphore::<W::Port>::new(0);
    let (came, passed) = (Count::new(), Count::new());
    let n = crowd_size(w) as u32;
    crowd(w, |i| {
        if i == 0 {
            until(w, || came.get() == n - 1);
            give_time(w);
            assert_eq!(passed.get(), 0);
            for k in 1..n {
                semaphore.release(1);
                until(w, || passed.get() == k);
            }
        } else {
            came.up();
            semaphore.acquire().keep();
            passed.up();
        }
    });
    assert_eq!(semaphore.value(), 0);
}

/// Releases of several, in phases, give exactly as many acquisitions (row T-87).
pub fn phases<W: World>(w: &W) {
    let semaphore = Semaphore::<W::Port>::new(2);
    let passed = Count::new();
    let waiters = crowd_size(w) as u32 - 1;
    let all = 3 * waiters;
    crowd(w, |i| {
        if i > 0 {
            for _ in 0..3 {
                semaphore.acquire().keep();
                passed.up();
            }
            return;
        }
        let mut released = 2;
        let mut step = 1;
        loop {
            until(w, || passed.get() == released);
            give_time(w);
            assert_eq!(passed.get(), released);
            if released == all {
                break;
            }
            let n = step.min(all - released);
            semaphore.release(n);
            released += n;
            step += 1;
        }
    });
    assert_eq!(passed.get(), all);
    assert!(semaphore.try_acquire().is_none());
}

/// What was done before a release is seen after the acquisition.
pub fn signal<W: World>(w: &W) {
    let (full, free) = (Semaphore::<W::Port>::new(0), Semaphore::<W::Port>::new(1));
    let cell = Count::new();
    let rounds = w.rounds(5_000);
    pair(
        w,
        || {
            for round in 0..rounds {
                free.acquire().keep();
                assert_eq!(cell.get(), round);
                cell.up_unprotected();
                full.release(1);
            }
        },
        || {
            for round in 0..rounds {
                full.acquire().keep();
                assert_eq!(cell.get(), round + 1);
                free.release(1);
            }
        },
    );
    assert_eq!((full.value(), free.value()), (0, 1));
}

/// Never more holders than permits.
pub fn never_more<W: World>(w: &W) {
    let permits = (crowd_size(w) as u32 / 2).max(1);
    let semaphore = Semaphore::<W::Port>::new(permits);
    let inside = Count::new();
    let rounds = w.rounds(5_000);
    crowd(w, |_| {
        for _ in 0..rounds {
            let _permit = semaphore.acquire();
            assert!(inside.up() < permits);
            inside.down();
        }
    });
    assert_eq!(semaphore.value(), permits);
}

/// A bounded semaphore in use: never above its bound, and full in the end.
pub fn bounded_crowd<W: World>(w: &W) {
    let semaphore = BoundedSemaphore::<W::Port>::new(2);
    let (inside, refused) = (Count::new(), Count::new());
    let rounds = w.rounds(2_000);
    crowd(w, |i| {
        for _ in 0..rounds {
            let permit = if i % 2 == 0 {
                semaphore.acquire()
            } else {
                w.block_on(semaphore.acquire_async())
            };
            assert!(inside.up() < 2);
            assert!(semaphore.value() <= semaphore.bound());
            inside.down();
            drop(permit);
        }
        if semaphore.release(3) == Err(TooManyReleases) {
            refused.up();
        }
    });
    assert_eq!(refused.get(), crowd_size(w) as u32);
    assert_eq!(semaphore.value(), 2);
}

/// Tasks and futures on one semaphore.
pub fn mixed<W: World>(w: &W) {
    let semaphore = Semaphore::<W::Port>::new(2);
    let inside = Count::new();
    let rounds = w.rounds(2_000);
    crowd(w, |i| {
        for _ in 0..rounds {
            let permit = match i % 3 {
                0 => semaphore.acquire(),
                1 => w.block_on(semaphore.acquire_async()),
                _ => semaphore
                    .try_acquire()
                    .unwrap_or_else(|| semaphore.acquire()),
            };
            assert!(inside.up() < 2);
            inside.down();
            drop(permit);
        }
    });
    assert_eq!(semaphore.value(), 2);
}

/// Producers release by handfuls, consumers take one by one; in the end the books balance.
pub fn stress<W: World>(w: &W) {
    let semaphore = Semaphore::<W::Port>::new(0);
    let rounds = w.rounds(1_000);
    let producers = crowd_size(w) / 2;
    let consumers = crowd_size(w) - producers;
    let each = rounds * 6;
    let (produced, taken) = (Count::new(), Count::new());
    let all = each * consumers as u32;
    crowd(w, |i| {
        if i < producers {
            let mut dice = Dice::new(i);
            loop {
                let n = 1 + dice.roll(5);
                let before = produced.get();
                if before == all {
                    break;
                }
                let n = n.min(all - before);
                if produced.add_if(before, n) {
                    semaphore.release(n);
                }
                if dice.roll(100) == 0 {
                    w.nap();
                }
            }
        } else {
            for _ in 0..each {
                semaphore.acquire().keep();
                taken.up();
            }
        }
    });
    assert_eq!(taken.get(), all);
    assert_eq!(semaphore.value(), 0);
}
