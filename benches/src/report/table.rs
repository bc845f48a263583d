//! The table on the terminal.

use std::fmt::Write;

use crate::contender::Role;
use crate::machine::Machine;
use crate::report::{families, figure, verdict};
use crate::row::Unit;
use crate::summary::{Outcome, Summary};

/// The machine, then a table a family: medians in nanoseconds an operation, our ratio to the best peer, the aim.
pub(crate) fn text(machine: &Machine, results: &[Summary]) -> String {
    let mut text = String::new();
    for (label, fact) in &machine.facts {
        text.push_str(&format!("{label:>17}  {fact}\n"));
    }
    for (family, rows) in families(results) {
        let names = names(&rows);
        let label = match rows.first().map(|row| row.unit) {
            Some(Unit::Bytes) => format!("{family}, bytes"),
            _ => family.to_owned(),
        };
        let mut lines = vec![header(label, &names)];
        lines.extend(rows.iter().map(|row| line(row, &names)));
        text.push('\n');
        text.push_str(&aligned(&lines));
    }
    text.push_str(
        "\nmedians in ns/op, or bytes/op where it says so; [least share of a thread, 1 is fair]; * the best peer; (out of competition)\n",
    );
    text
}

/// The contenders of all these rows: not everyone is in each.
fn names(rows: &[&Summary]) -> Vec<(&'static str, Role)> {
    let mut names = Vec::new();
    for outcome in rows.iter().flat_map(|row| &row.results) {
        if !names.contains(&(outcome.name, outcome.role)) {
            names.push((outcome.name, outcome.role));
        }
    }
    names
}

fn header(family: String, names: &[(&'static str, Role)]) -> Vec<String> {
    let mut cells = vec![family];
    cells.extend(names.iter().map(|(name, role)| match role {
        Role::Reference(_) => format!("({name})"),
        _ => (*name).to_owned(),
    }));
    cells.extend([
        "ours/best".into(),
        "middle half".into(),
        "aim".into(),
        String::new(),
    ]);
    cells
}

fn line(row: &Summary, names: &[(&'static str, Role)]) -> Vec<String> {
    let mut cells = vec![format!("  {}", row.row)];
    cells.extend(names.iter().map(|(name, _)| {
        let place = row.results.iter().position(|outcome| outcome.name == *name);
        place.map_or(String::new(), |place| {
            let star = if row.best_peer == Some(place) {
                "*"
            } else {
                ""
            };
            cell(&row.results[place], star)
        })
    }));
    match row.ratio() {
        Some(ratio) => {
            cells.push(format!("{:.2}x", ratio.median));
            cells.push(format!("{:.2}..{:.2}", ratio.q1, ratio.q3));
        }
        None => cells.extend(["-".into(), "-".into()]),
    }
    cells.push(row.aim.to_string());
    cells.push(verdict(row).into());
    cells
}

fn cell(outcome: &Outcome, star: &str) -> String {
    let mut cell = format!("{star}{}", figure(outcome.cost.median));
    if let Some((least, _)) = outcome.share {
        write!(cell, " [{least:.2}]").expect("a string takes everything");
    }
    cell
}

/// The first column to the left, the others to the right.
fn aligned(lines: &[Vec<String>]) -> String {
    let columns = lines.iter().map(Vec::len).max().unwrap_or_default();
    let width = |column: usize| {
        let cells = lines.iter().filter_map(|line| line.get(column));
        cells
            .map(|cell| cell.chars().count())
            .max()
            .unwrap_or_default()
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut text = String::new();
    for line in lines {
        for (column, (cell, &width)) in line.iter().zip(&widths).enumerate() {
            let cell = if column == 0 {
                format!("{cell:<width$}")
            } else {
                format!("  {cell:>width$}")
            };
            text.push_str(&cell);
        }
        text.truncate(text.trim_end().len());
        text.push('\n');
    }
    text
}
