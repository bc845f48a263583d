//! What is written down, and where.

mod csv;
mod markdown;
mod plot;
mod table;

use std::env;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use crate::contender::Role;
use crate::groups::Group;
use crate::machine::Machine;
use crate::row::Unit;
use crate::summary::Summary;

/// Prints the rows and their contenders.
pub(crate) fn list(groups: &[Group]) {
    for group in groups {
        for row in &group.rows {
            println!("{}/{row} (aim {})", group.name, row.aim);
            let names = row.entries.iter().map(|entry| match entry.role {
                Role::Ours => format!("{} (ours)", entry.name),
                Role::Peer => entry.name.to_owned(),
                Role::Reference(_) => format!("({})", entry.name),
            });
            println!("    {}", names.collect::<Vec<_>>().join(", "));
        }
    }
}

/// The folder of a group's report. Cargo runs benches in the folder of their package, so what is relative is made relative to the workspace.
pub(crate) fn folder(chosen: Option<&Path>, group: &str) -> PathBuf {
    let package = env::var_os("CARGO_MANIFEST_DIR")
        .map(PathBuf::from)
        .unwrap_or_default();
    let root = package.parent().unwrap_or(Path::new("")).to_owned();
    let reports = match chosen {
        Some(folder) => root.join(folder),
        None => match env::var_os("CARGO_TARGET_DIR") {
            Some(target) => root.join(target).join("bench-report"),
            None => root.join("target").join("bench-report"),
        },
    };
    reports.join(group)
}

/// Writes the files of a group and prints its table.
pub(crate) fn write(
    folder: &Path,
    group: &str,
    machine: &Machine,
    results: &[Summary],
) -> Result<(), Box<dyn Error>> {
    fs::create_dir_all(folder)?;
    fs::write(folder.join("results.csv"), csv::rounds(group, results))?;
    fs::write(folder.join("summary.csv"), csv::summary(group, results))?;
    for (family, rows) in families(results) {
        plot::draw(&folder.join(plot_name(family)), family, &rows)?;
    }
    fs::write(
        folder.join("report.md"),
        markdown::page(group, machine, results),
    )?;
    print!("{}", table::text(machine, results));
    println!("\nreport: {}", folder.join("report.md").display());
    Ok(())
}

fn plot_name(family: &str) -> String {
    format!("{family}.svg")
}

/// The rows by family, in the order of the rows.
fn families(results: &[Summary]) -> Vec<(&'static str, Vec<&Summary>)> {
    let mut families: Vec<(&'static str, Vec<&Summary>)> = Vec::new();
    for result in results {
        match families
            .iter_mut()
            .find(|(family, _)| *family == result.family)
        {
            Some((_, rows)) => rows.push(result),
            None => families.push((result.family, vec![result])),
        }
    }
    families
}

/// Three digits that count, or all before the point.
fn figure(value: f64) -> String {
    match value {
        value if value < 10.0 => format!("{value:.2}"),
        value if value < 100.0 => format!("{value:.1}"),
        value => format!("{value:.0}"),
    }
}

/// A figure with its unit.
fn amount(value: f64, unit: Unit) -> String {
    format!("{} {}", figure(value), unit.symbol())
}

/// How the outcome of a row is named.
fn verdict(result: &Summary) -> &'static str {
    match result.is_aim_met() {
        Some(true) => "met",
        Some(false) => "missed",
        None => "-",
    }
}
