//! Rounds: each contender once, in an order that is another in each, so that whatever the machine does meanwhile, and whatever the one before has left behind, hits all alike.

use std::time::{Duration, Instant};

use crate::row::{Entry, Pace, Plan, Row, Sample};
use crate::scenarios::numbers;
use crate::watchdog::Watchdog;

/// The operations of an entry with one round, where the others find theirs by trying.
const ONCE: u64 = 200_000;

/// With fewer messages than this, a round is the start and the end of threads and nothing else.
const STREAM: u64 = 1000;

/// How much trouble to take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Effort {
    pub(crate) rounds: usize,
    pub(crate) window: Duration,
    pub(crate) smoke: bool,
}

impl Effort {
    pub(crate) fn full(rounds: Option<usize>) -> Self {
        Self {
            rounds: rounds.unwrap_or(15),
            window: Duration::from_millis(40),
            smoke: false,
        }
    }

    pub(crate) fn smoke() -> Self {
        Self {
            rounds: 2,
            window: Duration::from_millis(2),
            smoke: true,
        }
    }

    fn rounds_of(&self, pace: Pace) -> usize {
        match pace {
            Pace::Fixed { rounds, .. } => self.rounds.min(rounds),
            Pace::Counted | Pace::Streamed | Pace::Timed(_) => self.rounds,
        }
    }
}

/// The samples of each contender, round by round, in the order of the row's entries.
pub(crate) fn measure(row: &Row, effort: &Effort, watchdog: &Watchdog) -> Vec<Vec<Sample>> {
    let start = Instant::now();
    let watched = |entry: &Entry, plan: &Plan| {
        watchdog.over(&format!("{row}, contender {}", entry.name), || {
            (entry.run)(plan)
        })
    };
    let plans: Vec<Plan> = row
        .entries
        .iter()
        .map(|entry| match row.pace {
            Pace::Counted | Pace::Streamed if entry.is_once && !effort.smoke => Plan {
                ops: ONCE,
                window: effort.window,
            },
            pace => plan(pace, effort, |plan| watched(entry, plan)),
        })
        .collect();
    let mut samples = vec![Vec::new(); row.entries.len()];
    let mut numbers = numbers();
    let mut order: Vec<usize> = (0..row.entries.len()).collect();
    for _ in 0..effort.rounds_of(row.pace) {
        shuffle(&mut order, &mut numbers);
        for &index in &order {
            let entry = &row.entries[index];
            let sample = match samples[index].first() {
                Some(&first) if entry.is_once => first,
                _ => watched(entry, &plans[index]),
            };
            samples[index].push(sample);
        }
    }
    eprintln!("{row}: {:.1} s", start.elapsed().as_secs_f64());
    samples
}

/// By Fisher and Yates.
fn shuffle(order: &mut [usize], numbers: &mut impl Iterator<Item = u64>) {
    for left in (2..=order.len()).rev() {
        let number = numbers.next().unwrap_or_default();
        order.swap(left - 1, ((number >> 16) % left as u64) as usize);
    }
}

/// What a round of this contender shall be. `run` has warmed it up by then.
fn plan(pace: Pace, effort: &Effort, run: impl Fn(&Plan) -> Sample) -> Plan {
    let window = effort.window;
    match pace {
        Pace::Counted if effort.smoke => Plan { ops: 10, window },
        Pace::Streamed if effort.smoke => Plan {
            ops: STREAM,
            window,
        },
        Pace::Counted => Plan {
            ops: ops_within(window, 1, run),
            window,
        },
        Pace::Streamed => Plan {
            ops: ops_within(window, STREAM, run),
            window,
        },
        Pace::Timed(windows) => {
            run(&Plan {
                ops: 0,
                window: window / 8,
            });
            Plan {
                ops: 0,
                window: window * if effort.smoke { 1 } else { windows },
            }
        }
        Pace::Fixed { ops, smoke, .. } => Plan {
            ops: if effort.smoke { smoke } else { ops },
            window,
        },
    }
}

/// How many operations take about so long, everything that belongs to a round included; so many at least.
fn ops_within(window: Duration, least: u64, run: impl Fn(&Plan) -> Sample) -> u64 {
    let tried = |ops| {
        let start = Instant::now();
        run(&Plan { ops, window });
        window.as_secs_f64() / start.elapsed().as_secs_f64()
    };
    let mut ops = least;
    loop {
        let mut ratio = tried(ops);
        if ratio <= 4.0 {
            // When the machine is busy elsewhere, everything seems to be slow: the faster of two tries counts.
            ratio = ratio.max(tried(ops));
        }
        if ratio <= 4.0 {
            return ((ops as f64 * ratio) as u64).max(least);
        }
        ops = (ops as f64 * (ratio / 2.0).min(64.0)) as u64;
    }
}
