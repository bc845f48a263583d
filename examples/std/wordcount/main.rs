//! Counts the words of a folder with threads.
//!
//! `cargo run --release --example wordcount -- [FOLDER]`. See `--help` for the rest, and `pipeline.rs` for the threads.

mod args;
mod chunk;
mod count;
mod crew;
mod executor;
mod merge;
mod pipeline;
mod progress;
mod read;
mod report;
mod signal;
mod skipped;
mod table;
mod verify;
mod walk;
mod words;

use std::io::{self, ErrorKind, Write};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;
use std::{env, fs};

use selvedge::concurrent::futures::ThreadPoolExecutor;
use selvedge::threading::Event;

use crate::args::{Args, Executor, HELP};
use crate::pipeline::Shared;
use crate::report::Report;

const INTERRUPTED: u8 = 130;

fn main() -> ExitCode {
    let args = match Args::parse(env::args_os().skip(1)) {
        Ok(args) => args,
        Err(error) => {
            complain(&format!("{error}\n\n{HELP}"));
            return ExitCode::from(2);
        }
    };
    match run(&args) {
        Ok(code) => code,
        // Whoever read the output has seen enough.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            complain(&error.to_string());
            ExitCode::FAILURE
        }
    }
}

/// As `eprintln!`, except that nobody needs to be listening.
fn complain(what: &str) {
    let _ = writeln!(io::stderr(), "wordcount: {what}");
}

fn run(args: &Args) -> io::Result<ExitCode> {
    if args.help {
        io::stdout().write_all(HELP.as_bytes())?;
        return Ok(ExitCode::SUCCESS);
    }
    let root = match &args.folder {
        Some(folder) => folder.clone(),
        None => walk::workspace()?,
    };
    if let Err(error) = fs::metadata(&root) {
        let what = format!("cannot read {}: {error}", root.display());
        return Err(io::Error::other(what));
    }
    let shared = Arc::new(Shared::new(args.workers));
    let to_interrupt = Arc::clone(&shared);
    signal::on_interrupt(move || to_interrupt.interrupt())?;
    count(args, &root, &shared)
}

fn count(args: &Args, root: &Path, shared: &Arc<Shared>) -> io::Result<ExitCode> {
    let begin = Instant::now();
    let counts = while_showing(shared, || {
        let Some(Executor::Threads) = args.executor else {
            return pipeline::count(shared, root, args.all, args.workers);
        };
        let pool = ThreadPoolExecutor::new(args.workers).map_err(io::Error::other)?;
        executor::count(&pool, shared, root, args.all)
    })??;
    let interrupted = shared.interrupted.is_set();
    let report = Report {
        counts: &counts,
        skipped: &shared.skipped.lock(),
        root,
        elapsed: begin.elapsed(),
        workers: args.workers,
        top: args.top,
        interrupted,
    };
    let mut out = io::BufWriter::new(io::stdout().lock());
    report.print(&mut out)?;
    out.flush()?;
    if interrupted {
        return Ok(ExitCode::from(INTERRUPTED));
    }
    if !args.verify {
        return Ok(ExitCode::SUCCESS);
    }
    let begin = Instant::now();
    match verify::verify(shared, root, args.all, &counts) {
        Err(read::Stopped) => {
            complain("interrupted before the count was verified");
            Ok(ExitCode::from(INTERRUPTED))
        }
        Ok(Some(differences)) => {
            complain(&format!("the two counts differ:\n{differences}"));
            Ok(ExitCode::FAILURE)
        }
        Ok(None) => {
            let seconds = begin.elapsed().as_secs_f64();
            writeln!(out, "verified  the same in one thread, {seconds:.3} s")?;
            out.flush()?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// Works while another thread shows the progress.
fn while_showing<T>(shared: &Arc<Shared>, work: impl FnOnce() -> T) -> io::Result<T> {
    let done = Arc::new(Event::new());
    let watcher = crew::start("progress", {
        let (shared, done) = (Arc::clone(shared), Arc::clone(&done));
        move || shared.progress.show(&done)
    })?;
    let result = work();
    done.set();
    watcher.join();
    Ok(result)
}
