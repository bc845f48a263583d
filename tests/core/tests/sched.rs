//! `selvedge_core::sched` by other clocks and delays than a port's, and what it promises about panics and memory.

use core::time::Duration;
use std::cell::Cell;
use std::future::poll_fn;
use std::panic::{self, AssertUnwindSafe};
use std::pin::pin;
use std::rc::Rc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::Poll;

use embedded_hal::delay::DelayNs;
use selvedge_conformance::probe::Probe;
use selvedge_core::port::{Clock, Spin};
use selvedge_core::sched::{
    Fixed, FixedScheduler, Full, Growing, NotQueued, PortTime, Scheduler, Simulated, Time,
};

/// A counter of a board, in microseconds; a delay is what makes it count.
struct Counter;

static MICROS: AtomicU32 = AtomicU32::new(0);

impl Clock for Counter {
    type Instant = u32;

    fn now() -> u32 {
        MICROS.load(Ordering::Relaxed)
    }

    fn after(from: u32, span: Duration) -> Option<u32> {
        from.checked_add(span.as_nanos().div_ceil(1_000).try_into().ok()?)
    }

    fn until(from: u32, to: u32) -> Duration {
        Duration::from_micros(to.saturating_sub(from).into())
    }
}

/// Its delays, in nanoseconds.
struct Delay(Vec<u32>);

impl DelayNs for Delay {
    fn delay_ns(&mut self, ns: u32) {
        self.0.push(ns);
        MICROS.fetch_add(ns.div_ceil(1_000), Ordering::Relaxed);
    }
}

/// A clock that has nothing to do with the port, and a delay of `embedded-hal`; in a `static`.
#[test]
fn board() {
    type Plan = Scheduler<PortTime<Spin, Counter>, Fixed<fn(), u32, 4>>;
    static PLAN: Plan = Scheduler::fixed();
    static RAN: AtomicU32 = AtomicU32::new(0);
    fn again() {
        if RAN.fetch_add(1, Ordering::Relaxed) == 0 {
            PLAN.enter(Duration::from_micros(30), 0, again).unwrap();
        }
    }
    MICROS.store(1_000, Ordering::Relaxed);
    PLAN.enter(Duration::from_micros(20), 0, again).unwrap();
    // Before the clock began to be looked at, even.
    PLAN.enterabs(0, 0, || ()).unwrap();
    PLAN.enter(Duration::from_secs(7), 0, || ()).unwrap();
    let never = PLAN.enter(Duration::from_secs(1 << 40), 0, || ()).unwrap();
    let times: Vec<_> = PLAN.queue().map(|event| event.time).collect();
    assert_eq!(times, [Some(0), Some(1_020), Some(7_001_000), None]);
    PLAN.cancel(never).unwrap();

    let mut delay = Delay(Vec::new());
    PLAN.run_delay(&mut delay);
    // Zero after each action (row D-01); the long one in two pieces.
    assert_eq!(delay.0[..5], [0, 20_000, 0, 30_000, 0]);
    assert_eq!(delay.0[5], u32::MAX);
    assert_eq!(delay.0.len(), 8);
    assert_eq!(RAN.load(Ordering::Relaxed), 2);
    assert!(Counter::now() >= 7_001_000);
}

/// A simulation is exact, and the same each time.
#[test]
fn simulation() {
    let plan = Scheduler::new(Simulated::<Spin>::new(), Fixed::<u64, _, 3>::new());
    let second = Duration::from_secs;
    plan.enter(second(1), 0, 1).unwrap();
    plan.enter(second(10), 0, 10).unwrap();
    let mut seen = Vec::new();
    plan.calling(|period| {
        seen.push((plan.time().now().as_secs(), period));
        if plan.time().now() < second(20) {
            plan.enter(second(period), 0, period).unwrap();
        }
    })
    .run();
    let ones = (1..=20).map(|n| (n, 1));
    let mut expected: Vec<_> = ones.chain([(10, 10), (20, 10)]).collect();
    // At 10 and at 20, the one that was entered earlier comes first.
    expected.sort_by_key(|&(at, period)| (at, u64::MAX - period));
    assert_eq!(seen, expected);
    assert_eq!(plan.time().now(), second(20));
    assert_eq!(plan.calling(|_| ()).run_timeout(second(5)), None);
}

#[test]
fn run_deadline_of_a_simulation() {
    let plan = Scheduler::new(Simulated::<Spin>::new(), Fixed::<u64, _, 3>::new());
    let second = Duration::from_secs;
    plan.enter(second(9), 0, 9).unwrap();
    let next = plan.calling(|_| unreachable!()).run_deadline(second(4));
    assert_eq!(plan.time().now(), second(4));
    assert_eq!(next.unwrap().remaining, second(5));
    let mut ran = 0;
    assert_eq!(plan.calling(|n| ran = n).run_timeout(second(5)), None);
    assert_eq!(ran, 9);
}

/// Names mean nothing to another scheduler, though their numbers agree.
#[test]
fn of_another_scheduler() {
    let one = FixedScheduler::<selvedge::port::Native, u8, 2>::fixed();
    let other = FixedScheduler::<selvedge::port::Native, u8, 2>::fixed();
    let ones = one.enter(Duration::ZERO, 0, 1).unwrap();
    assert_eq!(other.cancel(ones), Err(NotQueued));
    let others = other.enter(Duration::ZERO, 0, 2).unwrap();
    assert_ne!(ones, others);
    assert_eq!(other.cancel(ones), Err(NotQueued));
    assert_eq!(other.cancel(others), Ok(2));
    assert_eq!(one.queue().next().unwrap().id, ones);
    assert_eq!(one.cancel(ones), Ok(1));
}

#[test]
fn no_room() {
    let plan = Scheduler::new(Simulated::<Spin>::new(), Fixed::<_, _, 0>::new());
    let full = plan.enter(Duration::ZERO, 0, "back").unwrap_err();
    assert_eq!(full, Full("back"));
    assert_eq!(full.to_string(), "no room for another event");
    assert_eq!(format!("{full:?}"), "Full(..)");
    assert!(plan.queue().next().is_none());
    assert!(plan.calling(|_| ()).run_ready().is_none());
}

/// A time that enters an event when it is looked at: after a run has seen what is first, and before it sleeps for that.
struct Meddling;

static LOOKS: AtomicU32 = AtomicU32::new(0);

static MEDDLED: Scheduler<Meddling, Fixed<u32, u64, 2>> = Scheduler::new(Meddling, Fixed::new());

const NOW: u64 = 5;

impl Time for Meddling {
    type Port = Spin;
    type Instant = u64;

    fn now(&self) -> u64 {
        if LOOKS.fetch_add(1, Ordering::Relaxed) == 0 {
            MEDDLED.enterabs(NOW, 0, 1).unwrap();
        }
        NOW
    }

    fn after(&self, from: u64, span: Duration) -> Option<u64> {
        from.checked_add(u64::try_from(span.as_nanos()).ok()?)
    }

    fn until(&self, from: u64, to: u64) -> Duration {
        Duration::from_nanos(to.saturating_sub(from))
    }

    fn ticks(&self, at: u64) -> u64 {
        at
    }
}

/// What is entered between the look at the queue and the sleep is what is slept for, though nobody is woken for it: the delay is told a time that has come.
#[test]
fn entered_before_the_sleep() {
    let far = MEDDLED.enterabs(NOW + 1, 0, 0).unwrap();
    let asked = Cell::new(None);
    let ran = Cell::new(0);
    let mut runner = MEDDLED.calling(|n| ran.set(ran.get() + n));
    let mut run = pin!(Some(runner.run_async(|due| {
        asked.set(Some(due));
        poll_fn(move |_| {
            if due <= NOW {
                Poll::Ready(())
            } else {
                Poll::Pending
            }
        })
    })));
    let probe = Probe::new();
    assert!(probe.poll(&mut run).is_pending());
    assert_eq!((asked.get(), ran.get()), (Some(NOW), 1));
    // It gave way after the action.
    assert_eq!(probe.wakes(), 1);
    assert!(probe.poll(&mut run).is_pending());
    assert_eq!((asked.get(), probe.wakes()), (Some(NOW + 1), 1));
    assert_eq!(MEDDLED.cancel(far), Ok(0));
    assert_eq!(probe.wakes(), 2);
    assert!(probe.poll(&mut run).is_ready());
    assert_eq!(ran.get(), 1);
}

/// An action that panics is gone, and everything else is as it was (row D-10).
#[test]
fn panics() {
    let plan = Scheduler::new(Simulated::<Spin>::new(), Growing::new());
    for n in 0..3_u64 {
        plan.enter(Duration::from_secs(n), 0, n).unwrap();
    }
    let ran = Cell::new(0);
    let run = || {
        plan.calling(|n| {
            ran.set(ran.get() + 1);
            assert_ne!(n, 1, "as expected");
        })
        .run();
    };
    assert!(panic::catch_unwind(AssertUnwindSafe(run)).is_err());
    assert_eq!((ran.get(), plan.len()), (2, 1));
    run();
    assert_eq!(ran.get(), 3);
    assert!(plan.empty());
}

/// Every action is dropped once, whatever becomes of its event.
#[test]
fn nothing_leaks() {
    let alive = Rc::new(());
    for n in [10, 3_000] {
        let plan = Scheduler::new(Simulated::<Spin>::new(), Growing::new());
        let events: Vec<_> = (0..n)
            .map(|n| {
                plan.enter(Duration::from_secs(n % 7), 0, alive.clone())
                    .unwrap()
            })
            .collect();
        for event in events.iter().step_by(3) {
            drop(plan.cancel(*event));
        }
        plan.time().advance(Duration::from_secs(3));
        plan.calling(drop).run_ready();
        assert!(Rc::strong_count(&alive) > 1);
        drop(plan);
        assert_eq!(Rc::strong_count(&alive), 1);
    }
}

/// The sizes that the docs speak of: 24 bytes a key, and little more than the action and its time besides.
#[test]
#[cfg(target_pointer_width = "64")]
fn sizes() {
    assert_eq!(
        size_of::<Fixed<fn(), u64, 9>>() - size_of::<Fixed<fn(), u64, 8>>(),
        24 + 40
    );
    let plan = size_of::<FixedScheduler<selvedge::port::Native, fn(), 8>>();
    assert!(plan <= 8 * 72 + 160, "{plan}");
}
