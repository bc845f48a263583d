//! Rounds: each contender once, in an order that rotates, so that whatever the machine does meanwhile hits all alike.

use std::time::{Duration, Instant};

use crate::row::{Entry, Pace, Plan, Row, Sample};
use crate::watchdog::Watchdog;

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
            Pace::Counted | Pace::Timed(_) => self.rounds,
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
        .map(|entry| plan(row.pace, effort, |plan| watched(entry, plan)))
        .collect();
    let mut samples = vec![Vec::new(); row.entries.len()];
    for round in 0..effort.rounds_of(row.pace) {
        for turn in 0..row.entries.len() {
            let index = (round + turn) % row.entries.len();
            samples[index].push(watched(&row.entries[index], &plans[index]));
        }
    }
    eprintln!("{row}: {:.1} s", start.elapsed().as_secs_f64());
    samples
}

/// What a round of this contender shall be. `run` has warmed it up by then.
fn plan(pace: Pace, effort: &Effort, run: impl Fn(&Plan) -> Sample) -> Plan {
    let window = effort.window;
    match pace {
        Pace::Counted if effort.smoke => Plan { ops: 10, window },
        Pace::Counted => Plan {
            ops: ops_within(window, run),
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

/// How many operations take about so long, everything that belongs to a round included.
fn ops_within(window: Duration, run: impl Fn(&Plan) -> Sample) -> u64 {
    let mut ops = 1_u64;
    loop {
        let start = Instant::now();
        run(&Plan { ops, window });
        let ratio = window.as_secs_f64() / start.elapsed().as_secs_f64();
        if ratio <= 4.0 {
            return ((ops as f64 * ratio) as u64).max(1);
        }
        ops = (ops as f64 * (ratio / 2.0).min(64.0)) as u64;
    }
}
