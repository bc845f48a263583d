//! On what it was measured, and with what.

use std::fs;
use std::process::Command;
use std::thread;

use crate::contenders::pthread;
use crate::runner::Effort;
use crate::section::Work;

/// The header of a report: pairs of a label and a text.
pub(crate) struct Machine {
    pub(crate) facts: Vec<(&'static str, String)>,
}

impl Machine {
    pub(crate) fn now(effort: &Effort) -> Self {
        let processors = thread::available_parallelism().map_or(0, usize::from);
        let mut run = format!(
            "up to {} rounds, {:?} a round",
            effort.rounds, effort.window
        );
        if effort.smoke {
            run.push_str(" (a smoke run: the figures mean nothing)");
        }
        Self {
            facts: vec![
                (
                    "date",
                    jiff::Timestamp::now().strftime("%F %R UTC").to_string(),
                ),
                ("commit", commit()),
                ("processor", format!("{}, {processors} to use", processor())),
                ("kernel", kernel()),
                ("C library", pthread::version()),
                ("compiler", env!("BENCHES_COMPILER").into()),
                ("target", env!("BENCHES_TARGET").into()),
                ("versions", env!("BENCHES_VERSIONS").into()),
                ("load at the start", load()),
                ("run", run),
                (
                    "long section",
                    format!("{} turns of a xorshift, 100 ns alone", Work::Long.turns()),
                ),
            ],
        }
    }
}

fn read(path: &str) -> Option<String> {
    Some(fs::read_to_string(path).ok()?.trim().to_owned())
}

fn processor() -> String {
    let info = read("/proc/cpuinfo").unwrap_or_default();
    let name = info
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    name.map_or_else(
        || std::env::consts::ARCH.into(),
        |(_, name)| name.to_owned(),
    )
}

fn kernel() -> String {
    let part = |name| read(&format!("/proc/sys/kernel/{name}")).unwrap_or_else(|| "?".into());
    format!("{} {}", part("ostype"), part("osrelease"))
}

fn load() -> String {
    let load = read("/proc/loadavg").unwrap_or_default();
    load.split(' ').next().unwrap_or("?").to_owned()
}

fn commit() -> String {
    Command::new("git")
        .args(["--no-optional-locks", "describe", "--always", "--dirty"])
        .output()
        .ok()
        .filter(|output| output.status.success())
        .and_then(|output| String::from_utf8(output.stdout).ok())
        .map_or_else(|| "unknown".into(), |text| text.trim().to_owned())
}
