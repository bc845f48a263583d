//! Processes that call functions.

use crate::contenders::python::shared as python;
use crate::contenders::shared::{ours, procspawn, raw};
use crate::groups::entries;
use crate::row::{Pace, Row};

pub(super) fn rows() -> Vec<Row> {
    let pace = Pace::Fixed {
        ops: 16,
        smoke: 2,
        rounds: 15,
    };
    let mut entries = entries!([shared::start()]
        ours::Spawn,
        procspawn::Spawn,
        raw::Fork,
    );
    entries.extend(python::start("fork"));
    entries.extend(python::start("spawn"));
    vec![Row::new("process", "start and join", 1.0, pace, entries)]
}
