//! Its processes, connections and shared memory.

use crate::contenders::python::{entry, start as start_script};
use crate::row::Entry;

const SCRIPT: &str = include_str!("shared.py");

/// A process by a start method.
pub(crate) fn start(method: &'static str) -> Option<Entry> {
    let mut entry = entry(move |plan| {
        let ops = plan.ops.to_string();
        start_script(SCRIPT, &["start".into(), ops, method.into()])
    })?;
    entry.name = Box::leak(format!("{} {method}", entry.name).into_boxed_str());
    Some(entry)
}

/// A message of so many bytes, there and back.
pub(crate) fn trip(size: usize) -> Option<Entry> {
    entry(move |plan| {
        let ops = plan.ops.min(10_000).to_string();
        start_script(SCRIPT, &["trip".into(), ops, size.to_string()])
    })
}

/// Memory of so many bytes.
pub(crate) fn memory(size: usize) -> Option<Entry> {
    entry(move |plan| {
        let ops = plan.ops.min(500).to_string();
        start_script(SCRIPT, &["memory".into(), ops, size.to_string()])
    })
}
