//! The groups of rows that can be named on the command line.

mod sync;

use crate::args::Args;
use crate::row::Row;

/// Rows that are run and reported together.
pub(crate) struct Group {
    pub(crate) name: &'static str,
    pub(crate) rows: Vec<Row>,
}

/// Every group. A new one: a file with a function `rows`, and a line here.
fn all() -> Vec<Group> {
    vec![Group {
        name: "sync",
        rows: sync::rows(),
    }]
}

/// The groups that were asked for, with the rows that pass the filter.
pub(crate) fn chosen(args: &Args) -> Result<Vec<Group>, String> {
    let mut groups = all();
    let known: Vec<&str> = groups.iter().map(|group| group.name).collect();
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
    if !args.groups.is_empty() {
        groups.retain(|group| args.groups.iter().any(|name| name == group.name));
    }
    if let Some(text) = &args.filter {
        for group in &mut groups {
            let name = group.name;
            group
                .rows
                .retain(|row| format!("{name}/{row}").contains(text.as_str()));
        }
        groups.retain(|group| !group.rows.is_empty());
    }
    if groups.is_empty() {
        return Err("no row passes the filter; --list shows all".into());
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
    ([$family:ident::$scenario:ident($($argument:expr),*)] $contender:ty) => {
        $crate::row::Entry::of::<$contender>(move |plan| {
            $crate::scenarios::$family::$scenario::<$contender>(plan $(, $argument)*)
        })
    };
}
use entry;
