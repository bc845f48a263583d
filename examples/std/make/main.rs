//! Runs the targets of a small file of rules, several at once.
//!
//! `cargo run --example make -- -j 4`. See `--help` for the rest, `rules.rs` for the file and `build.rs` for the threads and the
//! children. Linux only.

mod args;
mod build;
#[path = "../wordcount/crew.rs"]
mod crew;
mod plan;
mod progress;
mod rules;
#[path = "../wordcount/signal.rs"]
mod signal;

use std::io::{self, Write};
use std::process::ExitCode;
use std::sync::Arc;
use std::{env, fs};

use crate::args::{Args, HELP};
use crate::build::Build;
use crate::plan::Plan;
use crate::rules::Rules;

const EXAMPLE: &str = include_str!("breakfast.txt");

const INTERRUPTED: u8 = 130;
const WRONG: u8 = 2;

fn main() -> ExitCode {
    match run() {
        Ok(code) => code,
        Err(error) => {
            complain(&error);
            ExitCode::from(WRONG)
        }
    }
}

/// As `eprintln!`, except that nobody needs to be listening.
fn complain(what: &str) {
    let _ = writeln!(io::stderr(), "make: {what}");
}

fn run() -> Result<ExitCode, String> {
    let args = Args::parse(env::args_os().skip(1)).map_err(|error| format!("{error}\n\n{HELP}"))?;
    if args.help {
        let _ = io::stdout().write_all(HELP.as_bytes());
        return Ok(ExitCode::SUCCESS);
    }
    let (name, text) = match &args.file {
        None => (String::from("the example"), String::from(EXAMPLE)),
        Some(file) => {
            let name = file.display().to_string();
            let text = fs::read_to_string(file).map_err(|error| format!("{name}: {error}"))?;
            (name, text)
        }
    };
    let rules = Rules::parse(&text).map_err(|error| format!("{name}: {error}"))?;
    let plan = Plan::of(&rules, &args.targets).map_err(|error| format!("{name}: {error}"))?;
    let build = Arc::new(Build::new(rules, plan));
    let to_interrupt = Arc::clone(&build);
    let start = |error| format!("cannot start: {error}");
    signal::on_interrupt(move || to_interrupt.interrupt()).map_err(start)?;
    let end = build.run(args.jobs).map_err(start)?;
    for failure in &end.failures {
        complain(failure);
    }
    Ok(if end.is_interrupted {
        complain("interrupted");
        ExitCode::from(INTERRUPTED)
    } else if end.failures.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
