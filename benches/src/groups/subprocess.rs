//! Child processes.

use std::fs;

use crate::contender::Contender;
use crate::contenders::processes::{duct, ours, std as std_process, subprocess, tokio};
use crate::contenders::python::processes as python;
use crate::groups::entries;
use crate::row::{Entry, Pace, Row};

/// Programs a round of a large parent, where some need a tenth of a second for each.
const PROGRAMS: u64 = 16;

/// MiB a round.
const SIZE: u64 = 64;

pub(super) fn rows() -> Vec<Row> {
    macro_rules! children {
        ($($call:tt)+) => {
            entries!([$($call)+]
                ours::Children,
                std_process::Children,
                duct::Children,
                subprocess::Children,
                tokio::Children,
            )
        };
    }
    let row = |family, name: String, aim, pace, mut entries: Vec<Entry>, python| {
        entries.extend(python);
        Row::new(family, name, aim, pace, entries)
    };
    let many = Pace::Fixed {
        ops: 32,
        smoke: 2,
        rounds: 15,
    };
    let few = Pace::Fixed {
        ops: PROGRAMS,
        smoke: 1,
        rounds: 15,
    };
    let large = Pace::Fixed {
        ops: SIZE,
        smoke: 4,
        rounds: 15,
    };
    let ends = Pace::Fixed {
        ops: 4,
        smoke: 1,
        rounds: 15,
    };
    let gib = ballast();
    let mib = gib * 1024 / PROGRAMS;
    let waits = entries!([process::wait()]
        ours::Children,
        duct::Children,
        subprocess::Children,
        tokio::Children,
        std_process::Asking,
        std_process::WithoutLimit,
    );
    vec![
        row(
            "spawn",
            "true".into(),
            1.0,
            many,
            children!(process::run()),
            python::run(0),
        ),
        row(
            "spawn",
            format!("true, with a large parent ({gib} GiB)"),
            1.0,
            few,
            children!(process::run_beside(mib)),
            python::run(mib),
        ),
        row(
            "pipes",
            format!("capture {SIZE} MiB"),
            0.9,
            large,
            children!(process::capture()),
            python::pipes("capture"),
        ),
        row(
            "pipes",
            format!("{SIZE} MiB through cat"),
            1.0,
            large,
            children!(process::talk()),
            python::pipes("talk"),
        ),
        row(
            "wait",
            "lateness with a time limit".into(),
            1.0,
            ends,
            waits,
            python::wait(),
        )
        .aims_at(std_process::WithoutLimit::NAME, 200_000.0),
    ]
}

/// How large the parent is, in GiB: there must be twice as much left, for CPython is another one.
fn ballast() -> u64 {
    let info = fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let available = info.lines().find_map(|line| {
        let kib = line.strip_prefix("MemAvailable:")?.trim();
        kib.strip_suffix(" kB")?.parse::<u64>().ok()
    });
    if available.unwrap_or_default() >= 12 << 20 {
        4
    } else {
        1
    }
}
