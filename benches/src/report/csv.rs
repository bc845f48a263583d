//! The figures as comma-separated values.

use std::fmt::Write;

use crate::contender::Role;
use crate::row::Aim;
use crate::summary::{Outcome, Summary};

/// Every round.
pub(crate) fn rounds(group: &str, results: &[Summary]) -> String {
    let mut text = String::from(
        "group,family,row,contender,role,unit,round,ops,amount,per_op,share_min,share_max\n",
    );
    for result in results {
        for outcome in &result.results {
            let head = head(group, result, outcome);
            for (round, sample) in outcome.samples.iter().enumerate() {
                let amount = sample.amount;
                let per_op = sample.per_op();
                let share = share(sample.share.map(|share| (share.min, share.max)));
                line(
                    &mut text,
                    &format!("{head},{round},{},{amount},{per_op:.3},{share}", sample.ops),
                );
            }
        }
    }
    text
}

/// One line for each contender in each row.
pub(crate) fn summary(group: &str, results: &[Summary]) -> String {
    let mut text = String::from(
        "group,family,row,contender,role,unit,median,min,q1,q3,share_min,share_max,\
         is_best_peer,ratio_to_best_peer,ratio_q1,ratio_q3,aim\n",
    );
    for result in results {
        for (index, outcome) in result.results.iter().enumerate() {
            let head = head(group, result, outcome);
            let cost = outcome.cost;
            let share = share(outcome.share);
            let is_best = result.best_peer == Some(index);
            let ratio = outcome.ratio.map_or(",,".into(), |ratio| {
                format!("{:.4},{:.4},{:.4}", ratio.median, ratio.q1, ratio.q3)
            });
            line(
                &mut text,
                &format!(
                    "{head},{:.3},{:.3},{:.3},{:.3},{share},{is_best},{ratio},{}",
                    cost.median,
                    cost.min,
                    cost.q1,
                    cost.q3,
                    aim(result.aim)
                ),
            );
        }
    }
    text
}

/// A ratio is a number.
fn aim(aim: Aim) -> String {
    match aim {
        Aim::Ratio(ratio) => ratio.to_string(),
        Aim::Of(..) | Aim::Above(..) => quoted(&aim.to_string()),
    }
}

fn line(text: &mut String, line: &str) {
    writeln!(text, "{line}").expect("a string takes everything");
}

fn head(group: &str, result: &Summary, outcome: &Outcome) -> String {
    let role = match outcome.role {
        Role::Ours => "ours",
        Role::Peer => "peer",
        Role::Reference(_) => "reference",
    };
    format!(
        "{group},{},{},{},{role},{}",
        result.family,
        quoted(&result.row),
        quoted(outcome.name),
        result.unit.symbol()
    )
}

fn share(share: Option<(f64, f64)>) -> String {
    share.map_or(",".into(), |(min, max)| format!("{min:.3},{max:.3}"))
}

/// Names may have commas; they have no quotes.
fn quoted(text: &str) -> String {
    if text.contains(',') {
        format!("\"{text}\"")
    } else {
        text.into()
    }
}
