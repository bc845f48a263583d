//! Schedulers.

use std::time::Duration;

use crate::contender::sched::{Event, Scheduler, ran};
use crate::row::{Plan, Sample};
use crate::scenarios::numbers;

/// All are entered, all run, each at its turn: they are overdue, so nobody sleeps. An operation is an event.
pub(crate) fn run<S: Scheduler>(plan: &Plan) -> Sample {
    let events = events(plan.ops);
    let mut turns: Vec<u32> = (0..).take(events.len()).collect();
    turns.sort_by_key(|&index| {
        let event = events[index as usize];
        (std::cmp::Reverse(event.ago), event.priority)
    });
    check::<S>(&events, |ran| {
        assert!(ran == turns, "each runs in its turn");
    })
}

/// The same with those that do not know the order.
pub(crate) fn run_somehow<S: Scheduler>(plan: &Plan) -> Sample {
    check::<S>(&events(plan.ops), |ran| {
        let mut ran = ran.to_vec();
        ran.sort_unstable();
        assert!(ran.into_iter().eq(0..plan.ops as u32), "each runs once");
    })
}

fn check<S: Scheduler>(events: &[Event], check: impl FnOnce(&[u32])) -> Sample {
    ran(events.len());
    let time = S::run_all(events);
    let ran = ran(0);
    assert_eq!(ran.len(), events.len(), "all run");
    check(&ran);
    Sample::new(events.len() as u64, time)
}

/// All are entered, all are cancelled in random order.
pub(crate) fn cancel<S: Scheduler>(plan: &Plan) -> Sample {
    let events = events(plan.ops);
    let mut order: Vec<(u64, usize)> = numbers().skip(1).step_by(3).zip(0..events.len()).collect();
    order.sort_unstable();
    let order: Vec<usize> = order.into_iter().map(|(_, index)| index).collect();
    ran(0);
    let time = S::cancel_all(&events, &order);
    assert!(ran(0).is_empty(), "none runs");
    Sample::new(plan.ops, time)
}

/// Due up to a second ago, by steps, so that there are some with the same time; eight priorities.
fn events(count: u64) -> Vec<Event> {
    let steps = (count / 4).max(1);
    numbers()
        .zip(0..count)
        .map(|(number, _)| Event {
            ago: Duration::from_nanos((number >> 8) % steps * (1_000_000_000 / steps)),
            priority: (number % 8) as i32,
        })
        .collect()
}
