//! Memory that processes share.

use crate::contenders::python::shared as python;
use crate::contenders::shared::{ours, raw};
use crate::groups::entries;
use crate::row::{Entry, Pace, Row};

const SIZE: usize = 1 << 20;

pub(super) fn rows() -> Vec<Row> {
    let with_python = |mut entries: Vec<Entry>| {
        entries.extend(python::memory(SIZE));
        entries
    };
    let new = entries!([shared::memory(SIZE)]
        ours::Named,
        ours::Anonymous,
        raw::ShmOpen,
        raw::Memfd,
        raw::MemfdAtOnce,
    );
    let again = entries!([shared::memory(SIZE)] ours::Managed, raw::ShmOpen);
    let row = |name, entries| {
        Row::new("memory", name, 0.3, Pace::Counted, with_python(entries)).relative_to("CPython")
    };
    vec![
        row("a MiB made, touched, done away with", new),
        row("the same, where there was one before", again),
    ]
}
