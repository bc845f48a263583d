//! Memory that processes share.

use crate::contenders::python::shared as python;
use crate::contenders::shared::{ours, raw};
use crate::groups::entries;
use crate::row::{Pace, Row};

const SIZE: usize = 1 << 20;

pub(super) fn rows() -> Vec<Row> {
    let mut entries = entries!([shared::memory(SIZE)]
        ours::Named,
        ours::Anonymous,
        raw::ShmOpen,
        raw::Memfd,
        raw::MemfdAtOnce,
    );
    entries.extend(python::memory(SIZE));
    vec![
        Row::new(
            "memory",
            "a MiB made, touched, done away with",
            0.3,
            Pace::Counted,
            entries,
        )
        .relative_to("CPython"),
    ]
}
