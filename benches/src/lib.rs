//! Selvedge and its peers, timed side by side.
//!
//! `README.md` of this package says what is measured and how to read it. The way through the code: `groups` lists the rows, a row names a
//! scenario (`scenarios`) and its contenders (`contenders`, behind the traits of `contender`), `runner` interleaves the rounds, and
//! `report` writes down what came out.

mod allocator;
mod args;
#[cfg(target_os = "linux")]
mod ballast;
#[cfg(target_os = "linux")]
mod bare;
mod contender;
mod contenders;
#[cfg(target_os = "linux")]
mod exits;
mod firmware;
mod groups;
mod machine;
mod report;
mod row;
mod runner;
mod scenarios;
mod section;
mod stats;
mod summary;
mod team;
mod watchdog;

use std::process::ExitCode;

use args::Args;
use runner::Effort;
use summary::Summary;
use watchdog::Watchdog;

/// Runs the program with these arguments (without its name).
pub fn main(arguments: impl Iterator<Item = String>) -> ExitCode {
    // A child of this contender goes no further.
    #[cfg(target_os = "linux")]
    procspawn::init();
    let arguments: Vec<String> = arguments.collect();
    #[cfg(target_os = "linux")]
    if let Some(code) = exits::as_child(&arguments) {
        return code;
    }
    if let Some(code) = firmware::asked(&arguments) {
        return code;
    }
    let args = match Args::parse(arguments.into_iter()) {
        Ok(args) => args,
        Err(complaint) => {
            eprintln!("{complaint}\n\n{}", args::USAGE);
            return ExitCode::from(2);
        }
    };
    let chosen = match groups::chosen(&args) {
        Ok(chosen) => chosen,
        Err(complaint) => {
            eprintln!("{complaint}");
            return ExitCode::from(2);
        }
    };
    if args.list {
        report::list(&chosen);
        return ExitCode::SUCCESS;
    }
    let effort = if args.smoke {
        Effort::smoke()
    } else {
        Effort::full(args.rounds)
    };
    let watchdog = Watchdog::start();
    for group in &chosen {
        let machine = machine::Machine::now(&effort);
        let results: Vec<Summary> = group
            .rows
            .iter()
            .map(|row| Summary::of(row, runner::measure(row, &effort, &watchdog)))
            .collect();
        let folder = report::folder(args.out.as_deref(), group.name);
        if let Err(error) = report::write(&folder, group.name, &machine, &results) {
            eprintln!("cannot write the report of {}: {error}", group.name);
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}
