//! The groups of rows that can be named on the command line.

mod context;
mod futures;
#[cfg(target_os = "linux")]
mod ipc;
#[cfg(target_os = "linux")]
mod process;
mod queue;
mod sched;
#[cfg(target_os = "linux")]
mod shm;
#[cfg(target_os = "linux")]
mod subprocess;
mod sync;

use crate::args::Args;
use crate::row::Row;

/// Rows that are run and reported together.
pub(crate) struct Group {
    pub(crate) name: &'static str,
    pub(crate) rows: Vec<Row>,
}

type Rows = fn() -> Vec<Row>;

/// Every group, and where its rows come from. A new one: a file with a function `rows`, and a line here.
const ALL: &[(&str, Rows)] = &[
    ("sync", sync::rows),
    ("queue", queue::rows),
    ("sched", sched::rows),
    ("context", context::rows),
    ("futures", futures::rows),
    #[cfg(target_os = "linux")]
    ("subprocess", subprocess::rows),
    #[cfg(target_os = "linux")]
    ("process", process::rows),
    #[cfg(target_os = "linux")]
    ("ipc", ipc::rows),
    #[cfg(target_os = "linux")]
    ("shm", shm::rows),
];

/// The groups that were asked for, with what passes the filters.
pub(crate) fn chosen(args: &Args) -> Result<Vec<Group>, String> {
    let known: Vec<&str> = ALL.iter().map(|(name, _)| *name).collect();
    if let Some(name) = args
        .groups
        .iter()
        .find(|name| !known.contains(&name.as_str()))
    {
        return Err(format!(
            "there is no group {name}; there are: {}",
            known.join(", ")
        ));
    }
    let is_asked_for =
        |name: &str| args.groups.is_empty() || args.groups.iter().any(|asked| asked == name);
    let mut groups: Vec<Group> = ALL
        .iter()
        .filter(|(name, _)| is_asked_for(name))
        .map(|&(name, rows)| Group { name, rows: rows() })
        .collect();
    if let Some(text) = &args.filter {
        for group in &mut groups {
            let name = group.name;
            group
                .rows
                .retain(|row| format!("{name}/{row}").contains(text.as_str()));
        }
        groups.retain(|group| !group.rows.is_empty());
    }
    if let Some(text) = &args.only {
        for group in &mut groups {
            for row in &mut group.rows {
                row.entries.retain(|entry| entry.name.starts_with(text));
            }
            group.rows.retain(|row| !row.entries.is_empty());
        }
        groups.retain(|group| !group.rows.is_empty());
    }
    if groups.is_empty() {
        return Err("nothing passes the filters; --list shows all".into());
    }
    Ok(groups)
}

/// The contenders of a row: `entries!([family::scenario(arguments)] Type, Type, ...)`.
macro_rules! entries {
    ($call:tt $($contender:ty),+ $(,)?) => {
        vec![$($crate::groups::entry!($call $contender)),+]
    };
}
use entries;

macro_rules! entry {
    ([$($scenario:ident)::+($($argument:expr),*)] $contender:ty) => {
        $crate::row::Entry::of::<$contender>(move |plan| {
            $crate::scenarios::$($scenario)::+::<$contender>(plan $(, $argument)*)
        })
    };
}
use entry;
