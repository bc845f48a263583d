//! What the rounds of a row say: medians, and ratios taken round by round.

use crate::contender::Role;
use crate::row::{Aim, Pace, Row, Sample, Unit};
use crate::stats::Spread;

/// A row that was measured.
pub(crate) struct Summary {
    pub(crate) family: &'static str,
    pub(crate) row: String,
    pub(crate) aim: Aim,
    pub(crate) pace: Pace,
    pub(crate) unit: Unit,
    pub(crate) results: Vec<Outcome>,
    /// The peer with the lowest median, by its place in `results`.
    pub(crate) best_peer: Option<usize>,
}

/// A contender in such a row.
pub(crate) struct Outcome {
    pub(crate) name: &'static str,
    pub(crate) role: Role,
    pub(crate) samples: Vec<Sample>,
    /// What an operation takes, in the row's unit.
    pub(crate) cost: Spread,
    /// Median over the rounds of the unluckiest and of the luckiest thread's share.
    pub(crate) share: Option<(f64, f64)>,
    /// To the best peer, round by round.
    pub(crate) ratio: Option<Spread>,
}

impl Summary {
    pub(crate) fn of(row: &Row, samples: Vec<Vec<Sample>>) -> Self {
        let mut results: Vec<Outcome> = row
            .entries
            .iter()
            .zip(samples)
            .map(|(entry, samples)| Outcome {
                name: entry.name,
                role: entry.role,
                cost: Spread::of(samples.iter().map(Sample::per_op)),
                share: median_share(&samples),
                ratio: None,
                samples,
            })
            .collect();
        let best_peer = fastest(&results, |role| role == Role::Peer);
        if let Some(best) = best_peer {
            let of_best = per_op(&results[best]);
            for outcome in &mut results {
                let ratios = per_op(outcome)
                    .into_iter()
                    .zip(&of_best)
                    .map(|(own, best)| own / best);
                outcome.ratio = Some(Spread::of(ratios));
            }
        }
        Self {
            family: row.family,
            row: row.name.clone(),
            aim: row.aim,
            pace: row.pace,
            unit: row.unit,
            results,
            best_peer,
        }
    }

    /// The first of ours: it is the one whom the aim is for.
    pub(crate) fn ours(&self) -> Option<&Outcome> {
        self.results
            .iter()
            .find(|outcome| outcome.role == Role::Ours)
    }

    pub(crate) fn best_peer(&self) -> Option<&Outcome> {
        self.best_peer.map(|index| &self.results[index])
    }

    /// Ours to the best peer.
    pub(crate) fn ratio(&self) -> Option<Spread> {
        self.ours()?.ratio
    }

    pub(crate) fn is_aim_met(&self) -> Option<bool> {
        Some(match self.aim {
            Aim::Ratio(ratio) => self.ratio()?.median <= ratio,
            Aim::Of(name, ratio) => {
                let mut others = self.results.iter().filter(|it| it.role != Role::Ours);
                let other = others.find(|outcome| outcome.name.starts_with(name))?;
                self.ours()?.cost.median <= ratio * other.cost.median
            }
            Aim::Above(least, amount) => {
                let least = self.results.iter().find(|outcome| outcome.name == least)?;
                self.ours()?.cost.median <= least.cost.median + amount
            }
        })
    }
}

fn per_op(outcome: &Outcome) -> Vec<f64> {
    outcome.samples.iter().map(Sample::per_op).collect()
}

fn fastest(results: &[Outcome], counts: impl Fn(Role) -> bool) -> Option<usize> {
    (0..results.len())
        .filter(|&index| counts(results[index].role))
        .min_by(|&a, &b| results[a].cost.median.total_cmp(&results[b].cost.median))
}

fn median_share(samples: &[Sample]) -> Option<(f64, f64)> {
    let shares: Vec<_> = samples.iter().filter_map(|sample| sample.share).collect();
    if shares.is_empty() {
        return None;
    }
    let min = Spread::of(shares.iter().map(|share| share.min)).median;
    let max = Spread::of(shares.iter().map(|share| share.max)).median;
    Some((min, max))
}
