//! The oneshot: its ladder on every port that this machine can run, its size, and wakers that panic. Miri runs it, too.

mod support;

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};

use selvedge_conformance::climb;
use selvedge_conformance::host::Threads;
use selvedge_core::future::{Oneshot, TakeError};
use selvedge_core::port::{Port, Spin};
use support::host_spin::HostSpin;
use support::live_tasks::LiveTasks;

/// Percent of the usual rounds.
const ROUNDS: u32 = if cfg!(miri) { 1 } else { 100 };

fn climbs<P: Port>(world: Threads<P>) {
    let counts = climb(&world, &[selvedge_conformance::oneshot::ladder()]);
    assert!(counts.passed > 0);
    assert_eq!(counts.skipped, 0);
}

#[cfg(target_os = "linux")]
#[test]
fn futex() {
    climbs(Threads::<selvedge::port::Futex>::with_rounds(ROUNDS));
}

#[test]
fn parking() {
    climbs(Threads::<selvedge::port::Parking>::with_rounds(ROUNDS));
}

#[test]
fn live_tasks() {
    climbs(Threads::<LiveTasks>::with(8, ROUNDS.div_ceil(3)));
}

#[cfg(not(miri))]
#[test]
fn host_spin() {
    climbs(Threads::<HostSpin>::with(8, 10));
}

#[cfg(not(miri))]
#[test]
fn spin() {
    climbs(Threads::<Spin>::with(4, 2));
}

static PLACE: Oneshot<Spin, u16> = Oneshot::new();

/// Four bytes beside the value, and made in a constant.
#[test]
fn size() {
    assert_eq!(size_of::<Oneshot<Spin, ()>>(), 4);
    assert_eq!(size_of::<Oneshot<Spin, u32>>(), 8);
    assert_eq!(size_of::<Oneshot<Spin, [u64; 2]>>(), 24);
    assert_eq!(PLACE.set(1), Ok(()));
    assert_eq!(PLACE.take(), Ok(1));
}

/// The value is handed over and never lent, so it need not be `Sync`.
#[test]
fn auto_traits() {
    fn is_shared<T: Send + Sync>() {}
    is_shared::<Oneshot<Spin, Cell<u8>>>();
}

struct Panics;

impl Wake for Panics {
    fn wake(self: Arc<Self>) {
        resume_unwind(Box::new("a waker"));
    }
}

/// The one who sets gets the panic of the waker; the value is there, and other waiters are told.
#[test]
fn a_waker_that_panics() {
    let oneshot = Oneshot::<selvedge::port::Parking, u32>::new();
    let waker = Waker::from(Arc::new(Panics));
    let mut context = Context::from_waker(&waker);
    let mut one = pin!(oneshot.take_async());
    let mut other = pin!(oneshot.take_async());
    assert!(one.as_mut().poll(&mut context).is_pending());
    let mut quiet = Context::from_waker(Waker::noop());
    assert!(other.as_mut().poll(&mut quiet).is_pending());
    assert!(catch_unwind(AssertUnwindSafe(|| oneshot.set(1))).is_err());
    assert_eq!(other.as_mut().poll(&mut quiet), Poll::Ready(Ok(1)));
    assert_eq!(
        one.as_mut().poll(&mut context),
        Poll::Ready(Err(TakeError::Taken))
    );
}
