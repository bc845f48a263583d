//! The report to read.

use crate::contender::Role;
use crate::machine::Machine;
use crate::report::{amount, families, figure, plot_name, verdict};
use crate::row::Pace;
use crate::summary::{Outcome, Summary};

/// The whole page.
pub(crate) fn page(group: &str, machine: &Machine, results: &[Summary]) -> String {
    let mut page = format!("# Benchmark report: {group}\n\n| | |\n|---|---|\n");
    for (label, fact) in &machine.facts {
        page.push_str(&format!("| {label} | {fact} |\n"));
    }
    page.push_str(
        "\nHow to read it, and what the rows are: `benches/README.md`. Every round is in `results.csv`.\n\n",
    );
    page.push_str(&overview(results));
    for (family, rows) in families(results) {
        page.push_str(&format!(
            "\n## {family}\n\n![{family}]({})\n",
            plot_name(family)
        ));
        for row in rows {
            page.push_str(&section(row));
        }
    }
    page
}

fn overview(results: &[Summary]) -> String {
    let mut text = String::from(
        "| row | ours | best peer | | ours / best peer | middle half | aim | |\n\
         |---|--:|---|--:|--:|--:|--:|---|\n",
    );
    for result in results {
        let ours = result
            .ours()
            .map_or("-".into(), |ours| amount(ours.cost.median, result.unit));
        let (best, best_time) = result.best_peer().map_or(("-", "-".into()), |best| {
            (best.name, amount(best.cost.median, result.unit))
        });
        let (ratio, spread) = result.ratio().map_or(("-".into(), "-".into()), |ratio| {
            (
                format!("{:.2}x", ratio.median),
                format!("{:.2}..{:.2}", ratio.q1, ratio.q3),
            )
        });
        text.push_str(&format!(
            "| {}/{} | {ours} | {best} | {best_time} | {ratio} | {spread} | {} | {} |\n",
            result.family,
            result.row,
            result.aim,
            verdict(result)
        ));
    }
    text
}

/// The contenders of a row, the fastest first.
fn section(result: &Summary) -> String {
    let rounds = result
        .results
        .first()
        .map_or(0, |outcome| outcome.samples.len());
    let pace = match result.pace {
        Pace::Counted | Pace::Streamed => "counted operations",
        Pace::Timed(_) => "as many operations as fit in a fixed time",
        Pace::Fixed { .. } => "a fixed number of operations",
    };
    let mut text = format!("\n### {}\n\n{rounds} rounds, {pace}.\n\n", result.row);
    let is_shared = result.results.iter().any(|outcome| outcome.share.is_some());
    let unit = result.unit.symbol();
    text.push_str(&format!(
        "| contender | median {unit} | middle half | least | to the best peer |"
    ));
    text.push_str(if is_shared {
        " unluckiest thread | luckiest |\n"
    } else {
        "\n"
    });
    text.push_str(if is_shared {
        "|---|--:|--:|--:|--:|--:|--:|\n"
    } else {
        "|---|--:|--:|--:|--:|\n"
    });
    let mut order: Vec<&Outcome> = result.results.iter().collect();
    order.sort_by(|a, b| a.cost.median.total_cmp(&b.cost.median));
    for outcome in order {
        let cost = outcome.cost;
        let ratio = outcome
            .ratio
            .map_or("-".into(), |ratio| format!("{:.2}x", ratio.median));
        let share = outcome.share.map_or(String::new(), |(min, max)| {
            format!(" {min:.2} | {max:.2} |")
        });
        text.push_str(&format!(
            "| {} | {} | {}..{} | {} | {ratio} |{share}\n",
            name(outcome),
            figure(cost.median),
            figure(cost.q1),
            figure(cost.q3),
            figure(cost.min),
        ));
    }
    text
}

fn name(outcome: &Outcome) -> String {
    match outcome.role {
        Role::Ours => format!("**{}**", outcome.name),
        Role::Peer => outcome.name.into(),
        Role::Reference(reason) => format!("{} (out of competition: {reason})", outcome.name),
    }
}
