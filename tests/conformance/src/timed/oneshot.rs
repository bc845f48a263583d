//! [`Oneshot`] with time limits.

use core::time::Duration;

use selvedge_core::error::TimedOut;
use selvedge_core::future::{Oneshot, TakeTimeoutError};
use selvedge_core::port::TimedPort;

use super::{LONG, is_at_once, later, runs_out};
use crate::tools::pair;
use crate::{Ladder, World};

pub(super) fn ladder<W: World<Port: TimedPort>>() -> Ladder<W> {
    ladder!("timed oneshot", 1 => smoke, 2 => in_time, 2 => late)
}

/// Runs out while there is no value, and returns at once if there is one, or none will come (row F-38).
fn smoke<W: World<Port: TimedPort>>(w: &W) {
    let oneshot = Oneshot::<W::Port, u32>::new();
    runs_out(
        w,
        TakeTimeoutError::TimedOut,
        |d| oneshot.take_timeout(d),
        |t| oneshot.take_deadline(t),
    );
    runs_out(
        w,
        TimedOut,
        |d| oneshot.wait_timeout(d),
        |t| oneshot.wait_deadline(t),
    );
    oneshot.set(1).expect("it is new");
    is_at_once::<W, _, _>(|d| oneshot.wait_timeout(d), |t| oneshot.wait_deadline(t));
    assert_eq!(oneshot.take_timeout(Duration::ZERO), Ok(1));
    assert_eq!(oneshot.take_timeout(LONG), Err(TakeTimeoutError::Taken));
    assert!(oneshot.renew() && oneshot.cancel());
    assert_eq!(
        oneshot.take_deadline(later::<W>(LONG)),
        Err(TakeTimeoutError::Cancelled)
    );
}

/// A value ends the wait.
fn in_time<W: World<Port: TimedPort>>(w: &W) {
    for span in [LONG, Duration::MAX] {
        let oneshot = Oneshot::<W::Port, u32>::new();
        pair(
            w,
            || {
                w.nap();
                oneshot.set(1).expect("it is new");
            },
            || {
                assert_eq!(oneshot.wait_timeout(span), Ok(()));
                assert_eq!(oneshot.take_timeout(span), Ok(1));
            },
        );
    }
}

/// A limit against a value: taken in time, or still there.
fn late<W: World<Port: TimedPort>>(w: &W) {
    for _ in 0..w.rounds(5) {
        let oneshot = Oneshot::<W::Port, u32>::new();
        pair(
            w,
            || {
                let _ = Oneshot::<W::Port, u32>::new().take_timeout(w.moment());
                oneshot.set(1).expect("it is new");
            },
            || {
                let taken = oneshot.take_timeout(w.moment());
                assert!(matches!(taken, Ok(1) | Err(TakeTimeoutError::TimedOut)));
                if taken.is_err() {
                    assert_eq!(oneshot.take(), Ok(1));
                }
            },
        );
    }
}
