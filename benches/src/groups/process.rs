//! Processes that call functions.

use crate::contenders::python::shared as python;
use crate::contenders::shared::{ours, procspawn, raw};
use crate::groups::entries;
use crate::row::{Entry, Pace, Row};

pub(super) fn rows() -> Vec<Row> {
    macro_rules! processes {
        ($ours:ty) => {
            entries!([shared::start()] $ours, procspawn::Spawn, raw::Fork, raw::Bare, raw::BareTrue)
        };
    }
    let row = |method: &'static str, aim, mut entries: Vec<Entry>| {
        let pace = Pace::Fixed {
            ops: 16,
            smoke: 2,
            rounds: 15,
        };
        entries.extend(python::start(method));
        let name = format!("start and join, {method}");
        Row::new("process", name, aim, pace, entries)
    };
    vec![
        row("spawn", 0.7, processes!(ours::Spawn)),
        row("forkserver", 0.3, processes!(ours::ForkServer)),
        row("fork", 0.3, processes!(ours::Fork)),
    ]
}
