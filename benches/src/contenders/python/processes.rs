//! Its child processes.

use crate::ballast;
use crate::contenders::python::{entry, start};
use crate::exits;
use crate::row::Entry;
use crate::scenarios::process;

const SCRIPT: &str = include_str!("subprocess.py");

/// A program that does nothing, started by a process with so many MiB of memory for each operation.
pub(crate) fn run(mib: u64) -> Option<Entry> {
    entry(move |plan| {
        ballast::hold(0);
        let (ops, mib) = (plan.ops.to_string(), (mib * plan.ops).to_string());
        start(SCRIPT, &["run".into(), ops, process::TRUE.into(), mib])
    })
}

/// `capture` or `talk`.
pub(crate) fn pipes(what: &'static str) -> Option<Entry> {
    entry(move |plan| {
        let file = process::file(&[]);
        let ops = plan.ops.to_string();
        start(SCRIPT, &[what.into(), ops, process::path(&file)])
    })
}

/// How late it knows of an end.
pub(crate) fn wait() -> Option<Entry> {
    entry(|plan| {
        let [program, after, _] = exits::command(0);
        let ops = (plan.ops * 5).to_string();
        start(SCRIPT, &["wait".into(), ops, program, after])
    })
}
