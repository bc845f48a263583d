//! Timers.

use std::thread;
use std::time::{Duration, Instant};

use crate::contender::Timers;
use crate::row::{Plan, Sample};
use crate::scenarios::numbers;

/// All are started, all are cancelled, in the order of their start or in any; an operation is a timer. The delays are up to an hour.
pub(crate) fn cancel<T: Timers>(plan: &Plan, shuffled: bool) -> Sample {
    let delays = delays(plan.ops, Duration::from_secs(1)..Duration::from_secs(3600));
    let mut order: Vec<usize> = (0..delays.len()).collect();
    if shuffled {
        // The fraction of a second says nothing about the order of the start, and next to nothing about the deadline.
        order.sort_by_key(|&index| delays[index].subsec_nanos());
    }
    Sample::new(plan.ops, T::cancel_all(&delays, &order))
}

/// All are started, all fire. The delays are spread over a third of a second.
pub(crate) fn fire<T: Timers>(plan: &Plan) -> Sample {
    let delays = delays(plan.ops, Duration::ZERO..Duration::from_millis(333));
    Sample::new(plan.ops, T::fire_all(&delays))
}

/// When the first of so many may become due: when all are started, even on a slow machine.
pub(crate) fn first_due(count: usize) -> Duration {
    Duration::from_millis(20) + Duration::from_nanos(800) * count.try_into().unwrap_or(u32::MAX)
}

/// Blocks the thread (and a runtime with it) until all are due: just waiting is not measured. Some contenders have ticks of a millisecond.
pub(crate) fn let_all_become_due(base: Instant, delays: &[Duration]) {
    let longest = delays.iter().max().copied().unwrap_or_default();
    let due = base + longest + Duration::from_millis(3);
    thread::sleep(due.saturating_duration_since(Instant::now()));
}

/// The same in each round.
fn delays(count: u64, range: std::ops::Range<Duration>) -> Vec<Duration> {
    let span = (range.end - range.start).as_nanos() as u64;
    numbers()
        .zip(0..count)
        .map(|(number, _)| range.start + Duration::from_nanos(number % span))
        .collect()
}
