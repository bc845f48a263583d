//! [`Scheduler`](selvedge_core::sched::Scheduler), by the clock of the port.

use core::array;
use core::future::poll_fn;
use core::task::Poll;
use core::time::Duration;

use selvedge_core::port::{Clock, TimedPort};
use selvedge_core::sched::{FixedScheduler, Full, Head, NotQueued};

use crate::tools::{Count, Dice, crowd, crowd_size, pair, until};
use crate::{Ladder, World};

/// Actions are numbers: what is to be counted.
type Plan<W, const N: usize> = FixedScheduler<<W as World>::Port, usize, N>;

/// The ladder.
pub fn ladder<W: World<Port: TimedPort>>() -> Ladder<W> {
    ladder!("sched",
        1 => smoke, 1 => order, 1 => limits, 1 => not_early, 1 => as_a_future,
        2 => woken, 2 => cancelled, 2 => woken_future, 3 => stress,
    )
}

/// Long enough for anything that must come.
const LONG: Duration = Duration::from_secs(3_000);

/// Enter, look, cancel, run; twice, so that places are used again (rows D-02 to D-09).
fn smoke<W: World<Port: TimedPort>>(_: &W) {
    let plan = Plan::<W, 2>::fixed();
    for round in 0..2 {
        assert!(plan.empty());
        assert_eq!(plan.take_due(), Head::Empty);
        let later = plan.enter(LONG, 0, 1).unwrap();
        let now = plan.enter(Duration::ZERO, 0, 2).unwrap();
        assert_eq!(plan.enter(LONG, 0, 3), Err(Full(3)));
        assert!(plan.queue().map(|event| event.id).eq([now, later]));
        let Head::Due(event, 2) = plan.take_due() else {
            panic!("not due");
        };
        assert_eq!((event.id, event.sequence), (now, 2 * round + 1));
        assert_eq!(plan.cancel(now), Err(NotQueued));
        let Head::Later(next) = plan.take_due() else {
            panic!("due too early");
        };
        assert!(next.remaining <= LONG && next.time.is_some());
        assert_eq!(plan.cancel(later), Ok(1));
        assert_eq!(plan.cancel(later), Err(NotQueued));
    }
    plan.calling(|_| ()).run();
}

/// Time, priority, sequence, in whatever order they come (row D-04); past times are due at once (row D-02).
fn order<W: World<Port: TimedPort>>(_: &W) {
    let plan = Plan::<W, 12>::fixed();
    let now = W::Port::now();
    let times: [_; 4] = array::from_fn(|i| {
        W::Port::after(now, Duration::from_millis(i as u64)).expect("a short span")
    });
    for (time, priority, place) in [
        (2, 0, 6),
        (0, 7, 2),
        (3, -1, 9),
        (0, -7, 0),
        (1, 0, 3),
        (2, 0, 7),
        (3, 0, 10),
        (1, 0, 4),
        (0, 0, 1),
        (2, 0, 8),
        (3, 1, 11),
        (1, 1, 5),
    ] {
        plan.enterabs(times[time], priority, place).unwrap();
    }
    let mut next = 0;
    plan.calling(|place| {
        assert_eq!(place, next);
        next += 1;
    })
    .run();
    assert_eq!(next, 12);
}

/// Time limits: what is due by then is run, what is not stays.
fn limits<W: World<Port: TimedPort>>(w: &W) {
    let plan = Plan::<W, 4>::fixed();
    plan.enter(LONG, 0, 0).unwrap();
    let never = plan.enter(Duration::MAX, 0, 0).unwrap();
    let start = W::Port::now();
    plan.enterabs(start, 0, 1).unwrap();
    let mut ran = 0;
    let mut runner = plan.calling(|n| ran += n);
    assert!(runner.run_timeout(w.moment()).is_some());
    assert!(
        W::Port::until(start, W::Port::now()) >= w.moment(),
        "too early"
    );
    assert!(runner.run_timeout(Duration::ZERO).is_some());
    assert!(runner.run_deadline(start).is_some());
    assert!(runner.run_ready().is_some());
    assert_eq!(ran, 1);
    assert_eq!(plan.len(), 2);
    assert_eq!(plan.queue().last().map(|event| event.id), Some(never));
}

/// Nothing is early, by any form.
fn not_early<W: World<Port: TimedPort>>(w: &W) {
    let plan = Plan::<W, 1>::fixed();
    for form in 0..3 {
        let due = W::Port::after(W::Port::now(), w.moment()).expect("a short span");
        plan.enterabs(due, 0, 1).unwrap();
        let mut ran = false;
        let mut runner = plan.calling(|_| {
            assert!(W::Port::now() >= due, "too early");
            ran = true;
        });
        match form {
            0 => runner.run(),
            1 => assert_eq!(runner.run_timeout(Duration::MAX), None),
            _ => runner.run_with(|_| w.yield_now()),
        }
        assert!(ran);
    }
}

/// As a future, which looks at the clock whenever it is polled.
fn as_a_future<W: World<Port: TimedPort>>(w: &W) {
    let plan = Plan::<W, 3>::fixed();
    let start = W::Port::now();
    for n in [2, 0, 1] {
        let due = W::Port::after(start, w.moment() * n).expect("a short span");
        plan.enterabs(due, 0, n as usize).unwrap();
    }
    let mut ran = 0;
    let mut runner = plan.calling(|n| {
        assert_eq!(n, ran);
        ran += 1;
    });
    w.block_on(runner.run_async(|due| {
        poll_fn(move |context| {
            if W::Port::now() >= due {
                return Poll::Ready(());
            }
            context.waker().wake_by_ref();
            Poll::Pending
        })
    }));
    assert_eq!(ran, 3);
}

/// An earlier event wakes a run that sleeps (row D-12).
fn woken<W: World<Port: TimedPort>>(w: &W) {
    for span in [LONG, Duration::MAX] {
        let plan = Plan::<W, 4>::fixed();
        let far = plan.enter(span, 0, 0).unwrap();
        let ran = Count::new();
        pair(
            w,
            || {
                plan.calling(|n| {
                    ran.add(n as u32);
                    if ran.get() == 3 {
                        assert_eq!(plan.cancel(far), Ok(0));
                    }
                })
                .run();
            },
            || {
                w.nap();
                plan.enter(w.moment(), 0, 2).unwrap();
                plan.enter(Duration::ZERO, 0, 1).unwrap();
            },
        );
        assert_eq!(ran.get(), 3);
    }
}

/// A run whose last event is cancelled is over; one whose first event is cancelled sleeps for the next.
fn cancelled<W: World<Port: TimedPort>>(w: &W) {
    for round in 0..w.rounds(20) {
        let plan = Plan::<W, 4>::fixed();
        let events = [LONG, LONG * 2, Duration::MAX].map(|span| plan.enter(span, 0, 1).unwrap());
        pair(
            w,
            || plan.calling(|_| panic!("nothing was due")).run(),
            || {
                if round.is_multiple_of(2) {
                    w.nap();
                }
                for event in events {
                    assert_eq!(plan.cancel(event), Ok(1));
                }
            },
        );
    }
}

/// The same for a future whose delay wakes nobody: it has ended if its time has come when it is made, and not otherwise.
///
/// (One that never ends would be wrong: an event that is entered after the run has looked at the queue, and before it sleeps, is what it sleeps for, and wakes nobody.)
fn woken_future<W: World<Port: TimedPort>>(w: &W) {
    for round in 0..w.rounds(20) {
        let plan = Plan::<W, 4>::fixed();
        let far = plan.enter(LONG, 0, 0).unwrap();
        let ran = Count::new();
        pair(
            w,
            || {
                let mut runner = plan.calling(|n| ran.add(n as u32));
                w.block_on(runner.run_async(|due| {
                    poll_fn(move |_| {
                        if W::Port::now() >= due {
                            Poll::Ready(())
                        } else {
                            Poll::Pending
                        }
                    })
                }));
            },
            || {
                if round.is_multiple_of(2) {
                    w.nap();
                }
                plan.enter(Duration::ZERO, 0, 1).unwrap();
                until(w, || ran.get() == 1);
                assert_eq!(plan.cancel(far), Ok(0));
            },
        );
        assert!(plan.empty());
    }
}

/// Some enter and cancel, some run: each event is run or cancelled, once.
fn stress<W: World<Port: TimedPort>>(w: &W) {
    let plan = Plan::<W, 32>::fixed();
    let n = crowd_size(w) as u32;
    let rounds = w.rounds(500);
    let (entered, ran, left) = (Count::new(), Count::new(), Count::new());
    // With an event that is never due the run goes on until that is cancelled. It is entered while there is room.
    let never = plan.enter(Duration::MAX, 0, 0).unwrap();
    crowd(w, |i| {
        if i == 0 {
            plan.calling(|what| {
                ran.add(what as u32);
                if left.get() == n - 1 && ran.get() == entered.get() {
                    let _ = plan.cancel(never);
                }
            })
            .run();
            return;
        }
        let mut dice = Dice::new(i);
        for _ in 0..rounds {
            let span = Duration::from_micros(dice.roll(50).into());
            entered.up();
            match plan.enter(span, dice.roll(3) as i32, 1) {
                Err(Full(_)) => {
                    entered.down();
                    w.yield_now();
                }
                Ok(event) if dice.roll(3) == 0 && plan.cancel(event).is_ok() => entered.down(),
                Ok(_) => {}
            }
        }
        left.up();
        // For the runner to look once more, after the last has left.
        while plan.enter(Duration::ZERO, 9, 0).is_err() {
            w.nap();
        }
    });
    assert_eq!(ran.get(), entered.get());
    // A last look may have come when the run was over.
    plan.calling(|what| assert_eq!(what, 0)).run();
    assert!(plan.empty());
}
