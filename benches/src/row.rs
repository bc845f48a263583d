//! What is measured: rows, each with its contenders and its aim.

use std::fmt;
use std::time::Duration;

use crate::contender::{Contender, Role};

/// One line of the report: one scenario, several contenders.
pub(crate) struct Row {
    /// Rows of one family share a table and a plot.
    pub(crate) family: &'static str,
    pub(crate) name: String,
    pub(crate) aim: Aim,
    pub(crate) pace: Pace,
    pub(crate) unit: Unit,
    pub(crate) entries: Vec<Entry>,
}

/// What ours shall take at most.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Aim {
    /// So many times what the best peer takes.
    Ratio(f64),
    /// So many times what the contender takes whose name begins so.
    Of(&'static str, f64),
    /// So much more an operation, in the row's unit, than this contender takes, who shows the least that is possible.
    Above(&'static str, f64),
}

/// What is counted for each operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unit {
    Nanoseconds,
    Bytes,
}

/// How long a round is.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Pace {
    /// As many operations as take about one window, found by trying, contender by contender.
    Counted,
    /// The same, but a thousand at least, also in a smoke run: it takes some until threads meet.
    Streamed,
    /// As many operations as the threads get through in this many windows.
    Timed(u32),
    /// So many operations (and in a smoke run so few), in at most so many rounds.
    Fixed { ops: u64, smoke: u64, rounds: usize },
}

/// What one round is asked for; [`Pace`] says which of the two counts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    pub(crate) ops: u64,
    pub(crate) window: Duration,
}

/// What came out of one round.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sample {
    pub(crate) ops: u64,
    /// Of all operations, in the row's unit.
    pub(crate) amount: u128,
    pub(crate) share: Option<Share>,
}

/// How even a contended object served its threads: 1 is exactly a fair share.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Share {
    /// Of the unluckiest thread.
    pub(crate) min: f64,
    /// Of the luckiest thread.
    pub(crate) max: f64,
}

/// One contender in one row.
pub(crate) struct Entry {
    pub(crate) name: &'static str,
    pub(crate) role: Role,
    /// One round says enough, and has a size of its own where they are found by trying.
    pub(crate) is_once: bool,
    pub(crate) run: Box<dyn Fn(&Plan) -> Sample>,
}

impl Row {
    pub(crate) fn new(
        family: &'static str,
        name: impl Into<String>,
        aim: f64,
        pace: Pace,
        entries: Vec<Entry>,
    ) -> Self {
        Self {
            family,
            name: name.into(),
            aim: Aim::Ratio(aim),
            pace,
            unit: Unit::Nanoseconds,
            entries,
        }
    }

    /// The same, but the aim is relative to the contender whose name begins so, also if it is out of competition.
    pub(crate) fn relative_to(self, name: &'static str) -> Self {
        let aim = match self.aim {
            Aim::Ratio(ratio) => Aim::Of(name, ratio),
            aim => aim,
        };
        Self { aim, ..self }
    }

    /// The same, but ours may take so many nanoseconds more than this contender.
    pub(crate) fn aims_at(self, least: &'static str, nanoseconds: f64) -> Self {
        Self {
            aim: Aim::Above(least, nanoseconds),
            ..self
        }
    }

    /// The same, but what is counted is memory.
    pub(crate) fn in_bytes(self) -> Self {
        Self {
            unit: Unit::Bytes,
            ..self
        }
    }
}

impl Unit {
    pub(crate) fn symbol(self) -> &'static str {
        match self {
            Self::Nanoseconds => "ns",
            Self::Bytes => "bytes",
        }
    }
}

impl fmt::Display for Aim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ratio(ratio) => write!(f, "<= {ratio:.1}x"),
            Self::Of(name, ratio) => write!(f, "<= {ratio:.1}x of {name}"),
            Self::Above(least, amount) => write!(f, "<= {least} + {amount:.0}"),
        }
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.family, self.name)
    }
}

impl Entry {
    pub(crate) fn of<C: Contender>(run: impl Fn(&Plan) -> Sample + 'static) -> Self {
        Self {
            name: C::NAME,
            role: C::ROLE,
            is_once: false,
            run: Box::new(run),
        }
    }

    /// Of somebody who is slow, and out of competition.
    pub(crate) fn once(
        name: &'static str,
        role: Role,
        run: impl Fn(&Plan) -> Sample + 'static,
    ) -> Self {
        Self {
            name,
            role,
            is_once: true,
            run: Box::new(run),
        }
    }
}

impl Sample {
    pub(crate) fn new(ops: u64, time: Duration) -> Self {
        Self {
            ops,
            amount: time.as_nanos(),
            share: None,
        }
    }

    /// Of a row in bytes.
    pub(crate) fn bytes(ops: u64, bytes: usize) -> Self {
        Self {
            ops,
            amount: bytes as u128,
            share: None,
        }
    }

    /// Of a contended round: `counts` has the operations of each thread.
    pub(crate) fn shared(counts: &[u64], time: Duration) -> Self {
        let ops: u64 = counts.iter().sum();
        let fair = ops as f64 / counts.len() as f64;
        let of = |count: Option<&u64>| count.map_or(0.0, |&count| count as f64 / fair);
        let share = Share {
            min: of(counts.iter().min()),
            max: of(counts.iter().max()),
        };
        Self {
            ops,
            amount: time.as_nanos(),
            share: Some(share),
        }
    }

    pub(crate) fn per_op(&self) -> f64 {
        self.amount as f64 / self.ops as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_relative_to_the_fair_one() {
        let sample = Sample::shared(&[1, 2, 3], Duration::from_nanos(60));
        assert_eq!(sample.ops, 6);
        assert_eq!(sample.per_op(), 10.0);
        assert_eq!(sample.share, Some(Share { min: 0.5, max: 1.5 }));
    }
}
