//! [`Semaphore`] and [`BoundedSemaphore`] with time limits.

use core::time::Duration;

use selvedge_core::error::TimedOut;
use selvedge_core::port::TimedPort;
use selvedge_core::{BoundedSemaphore, Semaphore};

use super::{LONG, is_at_once, later, runs_out};
use crate::tools::{Count, Dice, crowd, crowd_size, pair};
use crate::{Ladder, World};

pub(super) fn ladder<W: World<Port: TimedPort>>() -> Ladder<W> {
    ladder!("timed semaphore", 1 => smoke, 2 => in_time, 3 => permits_are_kept, 3 => stress)
}

/// Runs out without permits, and takes one that is there at once (row T-82).
fn smoke<W: World<Port: TimedPort>>(w: &W) {
    let semaphore = Semaphore::<W::Port>::new(1);
    let bounded = BoundedSemaphore::<W::Port>::new(1);
    is_at_once::<W, _, _>(
        |d| semaphore.acquire_timeout(d),
        |t| semaphore.acquire_deadline(t),
    );
    is_at_once::<W, _, _>(
        |d| bounded.acquire_timeout(d),
        |t| bounded.acquire_deadline(t),
    );
    {
        let _held = (semaphore.acquire(), bounded.acquire());
        runs_out(
            w,
            TimedOut,
            |d| semaphore.acquire_timeout(d),
            |t| semaphore.acquire_deadline(t),
        );
        runs_out(
            w,
            TimedOut,
            |d| bounded.acquire_timeout(d),
            |t| bounded.acquire_deadline(t),
        );
        assert_eq!((semaphore.value(), bounded.value()), (0, 0));
    }
    assert_eq!((semaphore.value(), bounded.value()), (1, 1));
}

/// A release ends the wait.
fn in_time<W: World<Port: TimedPort>>(w: &W) {
    let semaphore = Semaphore::<W::Port>::new(0);
    for span in [LONG, Duration::MAX] {
        pair(
            w,
            || {
                w.nap();
                semaphore.release(2);
            },
            || {
                semaphore.acquire_timeout(span).expect("released").keep();
                let permit = semaphore.acquire_deadline(later::<W>(LONG));
                permit.expect("released").keep();
            },
        );
        assert_eq!(semaphore.value(), 0);
    }
}

/// Permits that are released just as waits run out are not lost: taken or there.
fn permits_are_kept<W: World<Port: TimedPort>>(w: &W) {
    let semaphore = Semaphore::<W::Port>::new(0);
    let n = crowd_size(w) as u32;
    for _ in 0..w.rounds(20) {
        let taken = Count::new();
        crowd(w, |i| {
            if i == 0 {
                // About when the others run out.
                let _ = semaphore
                    .acquire_timeout(w.moment())
                    .map(selvedge_core::Permit::keep);
                semaphore.release(n);
            } else if let Ok(permit) = semaphore.acquire_timeout(w.moment()) {
                permit.keep();
                taken.up();
            }
        });
        let mut left = 0;
        while let Some(permit) = semaphore.try_acquire() {
            permit.keep();
            left += 1;
        }
        assert_eq!(taken.get() + left, n);
    }
}

/// Short limits among tasks that wait for ever: never more holders than permits, and all are there in the end.
fn stress<W: World<Port: TimedPort>>(w: &W) {
    let semaphore = Semaphore::<W::Port>::new(2);
    let inside = Count::new();
    let rounds = w.rounds(1_000);
    crowd(w, |i| {
        let mut dice = Dice::new(i);
        for _ in 0..rounds {
            let permit = match dice.roll(3) {
                0 => Ok(semaphore.acquire()),
                1 => Ok(w.block_on(semaphore.acquire_async())),
                _ => semaphore.acquire_timeout(Duration::from_micros(u64::from(dice.roll(100)))),
            };
            if let Ok(_permit) = permit {
                assert!(inside.up() < 2);
                if dice.roll(100) == 0 {
                    w.nap();
                }
                inside.down();
            }
        }
    });
    assert_eq!(semaphore.value(), 2);
}
