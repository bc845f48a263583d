//! [`Barrier`] with time limits.

use core::time::Duration;

use selvedge_core::Barrier;
use selvedge_core::error::{BarrierError, Broken};
use selvedge_core::port::{Clock, TimedPort};

use super::{LONG, later, now};
use crate::tools::{Count, Dice, crowd, crowd_size, until};
use crate::{Ladder, World};

pub(super) fn ladder<W: World<Port: TimedPort>>() -> Ladder<W> {
    ladder!("timed barrier", 1 => smoke, 1 => last_needs_no_time, 2 => in_time, 2 => one_breaks_all, 2 => all_or_none)
}

/// Running out breaks the barrier until a reset (row T-103).
fn smoke<W: World<Port: TimedPort>>(w: &W) {
    let barrier = Barrier::<W::Port>::new(2);
    let start = now::<W>();
    assert_eq!(
        barrier.wait_timeout(w.moment()),
        Err(BarrierError::TimedOut)
    );
    assert!(W::Port::until(start, now::<W>()) >= w.moment(), "too early");
    assert!(barrier.is_broken());
    assert_eq!(barrier.n_waiting(), 0);
    assert_eq!(barrier.wait_timeout(LONG), Err(BarrierError::Broken));
    assert_eq!(barrier.wait(), Err(Broken));
    barrier.reset();
    let end = later::<W>(w.moment());
    assert_eq!(barrier.wait_deadline(end), Err(BarrierError::TimedOut));
    assert!(now::<W>() >= end, "too early");
    barrier.reset();
    assert_eq!(
        barrier.wait_timeout(Duration::ZERO),
        Err(BarrierError::TimedOut)
    );
    assert!(barrier.is_broken());
    barrier.reset();
    assert_eq!(barrier.wait_deadline(start), Err(BarrierError::TimedOut));
    assert!(barrier.is_broken());
}

/// The last party passes without any time.
fn last_needs_no_time<W: World<Port: TimedPort>>(_: &W) {
    let past = now::<W>();
    let barrier = Barrier::<W::Port>::new(1);
    for span in [Duration::ZERO, LONG, Duration::MAX] {
        assert_eq!(barrier.wait_timeout(span), Ok(0));
    }
    assert_eq!(barrier.wait_deadline(past), Ok(0));
}

/// All come in time.
fn in_time<W: World<Port: TimedPort>>(w: &W) {
    let n = crowd_size(w) as u32;
    let barrier = Barrier::<W::Port>::new(n);
    let sum = Count::new();
    let rounds = w.rounds(100);
    crowd(w, |i| {
        for _ in 0..rounds {
            let number = match i % 3 {
                0 => barrier.wait_timeout(LONG),
                1 => barrier.wait_timeout(Duration::MAX),
                _ => barrier.wait_deadline(later::<W>(LONG)),
            };
            sum.add(number.expect("all the time there is"));
        }
    });
    assert_eq!(sum.get(), rounds * (n * (n - 1) / 2));
}

/// One that has no time breaks it for those that have.
fn one_breaks_all<W: World<Port: TimedPort>>(w: &W) {
    let n = crowd_size(w) as u32;
    let barrier = Barrier::<W::Port>::new(n + 1);
    let broken = Count::new();
    crowd(w, |i| {
        if i == 0 {
            until(w, || barrier.n_waiting() == n - 1);
            assert_eq!(
                barrier.wait_timeout(w.moment()),
                Err(BarrierError::TimedOut)
            );
        } else {
            assert_eq!(barrier.wait_timeout(LONG), Err(BarrierError::Broken));
            broken.up();
        }
    });
    assert_eq!(broken.get(), n - 1);
    assert!(barrier.is_broken());
}

/// Time runs out just as the last one comes: then all of the cycle pass, or none; and a cycle that has passed does not break the next one.
fn all_or_none<W: World<Port: TimedPort>>(w: &W) {
    let n = crowd_size(w).min(4) as u32;
    let barrier = Barrier::<W::Port>::new(n);
    let round = Barrier::<W::Port>::new(n);
    let (passed, ran_out) = (Count::new(), Count::new());
    let span = Duration::from_micros(50);
    crowd(w, |i| {
        if i as u32 >= n {
            return;
        }
        let mut dice = Dice::new(i);
        for _ in 0..w.rounds(3_000) {
            assert!(round.wait().is_ok());
            let outcome = if i == 0 {
                // About when the others run out.
                let end = later::<W>(span);
                for _ in 0..dice.roll(300) {
                    core::hint::spin_loop();
                }
                while now::<W>() < end {
                    core::hint::spin_loop();
                }
                barrier.wait_timeout(span)
            } else {
                barrier.wait_timeout(span)
            };
            match outcome {
                Ok(_) => passed.up(),
                Err(BarrierError::TimedOut) => ran_out.up(),
                Err(BarrierError::Broken) => 0,
            };
            assert!(round.wait().is_ok());
            let (all, out) = (passed.get(), ran_out.get());
            assert!(all == n || all == 0, "{all} of {n} passed");
            assert_eq!(out > 0, all == 0, "broken by nobody, or for nothing");
            assert_eq!(barrier.is_broken(), all == 0);
            assert_eq!(barrier.n_waiting(), 0);
            if round.wait() == Ok(0) {
                passed.set(0);
                ran_out.set(0);
                barrier.reset();
            }
        }
    });
}
