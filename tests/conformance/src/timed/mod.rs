//! Time limits: the `_timeout` and `_deadline` forms of everything.
//!
//! Time has lower bounds only: a wait that runs out took at least as long as it was to take. That a wait ends *in time* is asked by giving it all the time there is.

mod barrier;
mod condition;
mod event;
mod lock;
mod oneshot;
mod queue;
pub mod rlock;
mod rwlock;
mod select;
mod semaphore;

use core::fmt::Debug;
use core::time::Duration;

use selvedge_core::port::{Clock, TimedPort};

use crate::{Ladder, World};

/// The ladders.
pub(crate) fn ladders<W: World<Port: TimedPort>>() -> [Ladder<W>; 10] {
    [
        lock::ladder(),
        semaphore::ladder(),
        event::ladder(),
        condition::ladder(),
        barrier::ladder(),
        rwlock::ladder(),
        queue::ladder(),
        select::ladder(),
        crate::sched::ladder(),
        oneshot::ladder(),
    ]
}

type Instant<W> = <<W as World>::Port as Clock>::Instant;

fn now<W: World<Port: TimedPort>>() -> Instant<W> {
    W::Port::now()
}

/// `span` from now.
fn later<W: World<Port: TimedPort>>(span: Duration) -> Instant<W> {
    W::Port::after(now::<W>(), span).expect("the clock can tell a short span")
}

/// Long enough for anything that must come.
const LONG: Duration = Duration::from_secs(3_000);

/// `wait` must run out of time, with this error, and not before its moment is over; then with a limit of zero, and with a deadline that has passed.
fn runs_out<W: World<Port: TimedPort>, T, E: PartialEq + Debug + Copy>(
    w: &W,
    error: E,
    timeout: impl Fn(Duration) -> Result<T, E>,
    deadline: impl Fn(Instant<W>) -> Result<T, E>,
) {
    let past = now::<W>();
    let start = now::<W>();
    assert_eq!(timeout(w.moment()).err(), Some(error));
    assert!(W::Port::until(start, now::<W>()) >= w.moment(), "too early");

    let end = later::<W>(w.moment());
    assert_eq!(deadline(end).err(), Some(error));
    assert!(now::<W>() >= end, "too early");

    assert_eq!(timeout(Duration::ZERO).err(), Some(error));
    assert_eq!(timeout(Duration::from_nanos(1)).err(), Some(error));
    assert_eq!(deadline(past).err(), Some(error));
}

/// `wait` must succeed without waiting, however little time or much it is given.
fn is_at_once<W: World<Port: TimedPort>, T, E: Debug>(
    timeout: impl Fn(Duration) -> Result<T, E>,
    deadline: impl Fn(Instant<W>) -> Result<T, E>,
) {
    let past = now::<W>();
    for span in [Duration::ZERO, Duration::from_nanos(1), LONG, Duration::MAX] {
        assert!(timeout(span).is_ok());
    }
    assert!(deadline(past).is_ok());
    assert!(deadline(later::<W>(LONG)).is_ok());
}
