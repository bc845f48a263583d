//! [`Event`] with time limits.

use core::time::Duration;

use selvedge_core::Event;
use selvedge_core::error::TimedOut;
use selvedge_core::port::TimedPort;

use super::{LONG, is_at_once, later, runs_out};
use crate::tools::{Count, crowd, crowd_size, pair};
use crate::{Ladder, World};

pub(super) fn ladder<W: World<Port: TimedPort>>() -> Ladder<W> {
    ladder!("timed event", 1 => smoke, 2 => in_time, 3 => many)
}

/// Runs out while the flag is down, and returns at once while it is up (row T-92).
fn smoke<W: World<Port: TimedPort>>(w: &W) {
    let event = Event::<W::Port>::new();
    runs_out(
        w,
        TimedOut,
        |d| event.wait_timeout(d),
        |t| event.wait_deadline(t),
    );
    event.set();
    is_at_once::<W, _, _>(|d| event.wait_timeout(d), |t| event.wait_deadline(t));
    event.clear();
    runs_out(
        w,
        TimedOut,
        |d| event.wait_timeout(d),
        |t| event.wait_deadline(t),
    );
}

/// A set ends the wait.
fn in_time<W: World<Port: TimedPort>>(w: &W) {
    for span in [LONG, Duration::MAX] {
        let event = Event::<W::Port>::new();
        pair(
            w,
            || {
                w.nap();
                event.set();
            },
            || {
                assert_eq!(event.wait_timeout(span), Ok(()));
                assert_eq!(event.wait_deadline(later::<W>(LONG)), Ok(()));
            },
        );
    }
}

/// Some run out, some wait on; one set is enough for all that are left.
fn many<W: World<Port: TimedPort>>(w: &W) {
    let n = crowd_size(w) as u32;
    for _ in 0..w.rounds(5) {
        let event = Event::<W::Port>::new();
        let (ran_out, passed) = (Count::new(), Count::new());
        crowd(w, |i| {
            if i == 0 {
                let _ = event.wait_timeout(w.moment());
                event.set();
            } else if i % 2 == 0 {
                match event.wait_timeout(w.moment()) {
                    Ok(()) => passed.up(),
                    Err(TimedOut) => ran_out.up(),
                };
            } else {
                assert_eq!(event.wait_timeout(LONG), Ok(()));
                passed.up();
            }
        });
        assert_eq!(ran_out.get() + passed.get(), n - 1);
    }
}
