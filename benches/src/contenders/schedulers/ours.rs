//! Selvedge's scheduler.

use std::time::{Duration, Instant};

use selvedge::sched::Scheduler as Ours;

use crate::contender::sched::{Event, Scheduler as SchedulerFamily, action};
use crate::contender::{Role, names};

pub(crate) struct Scheduler;

names!(Role::Ours => Scheduler = "selvedge");

impl SchedulerFamily for Scheduler {
    fn run_all(events: &[Event]) -> Duration {
        let scheduler = Ours::new();
        let start = Instant::now();
        for (index, event) in events.iter().enumerate() {
            scheduler.enterabs(start - event.ago, event.priority, action(index));
        }
        scheduler.run();
        start.elapsed()
    }

    fn cancel_all(events: &[Event], order: &[usize]) -> Duration {
        let scheduler = Ours::new();
        let start = Instant::now();
        let ids: Vec<_> = events
            .iter()
            .enumerate()
            .map(|(index, event)| {
                scheduler.enterabs(start - event.ago, event.priority, action(index))
            })
            .collect();
        for &index in order {
            scheduler.cancel(ids[index]).expect("it waits");
        }
        scheduler.run();
        start.elapsed()
    }
}
