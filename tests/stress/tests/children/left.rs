//! What children leave behind: processes that nobody has collected, descriptors.

use std::collections::BTreeMap;
use std::fs;
use std::thread;
use std::time::Duration;

use selvedge_conformance::host::Watchdog;

/// The children of this process, with what `/proc` says of each: those that have ended and were not collected, too.
pub(crate) fn children() -> Vec<String> {
    let own = std::process::id().to_string();
    let entries = fs::read_dir("/proc").expect("there is a /proc");
    entries
        .filter_map(|entry| fs::read_to_string(entry.ok()?.path().join("stat")).ok())
        .filter(|stat| {
            let behind_name = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
            behind_name.split_ascii_whitespace().nth(1) == Some(&own)
        })
        .collect()
}

/// Waits until there are none: those whose handles were dropped are collected by and by.
pub(crate) fn no_children() {
    let _watchdog = Watchdog::new("children that are collected by nobody");
    while !children().is_empty() {
        thread::sleep(Duration::from_millis(5));
    }
}

/// The open descriptors, and what each is.
pub(crate) fn descriptors() -> BTreeMap<u32, String> {
    let entries = fs::read_dir("/proc/self/fd").expect("there is a /proc");
    entries
        .filter_map(|entry| {
            let entry = entry.ok()?;
            // The folder that is being read is closed by now.
            let what = fs::read_link(entry.path()).ok()?;
            let number = entry.file_name().to_str()?.parse().ok()?;
            Some((number, what.to_string_lossy().into_owned()))
        })
        .filter(|(_, what)| !what.ends_with("/fd"))
        .collect()
}

/// Waits until there are no more than before: those of dropped handles are closed when their children were collected.
pub(crate) fn as_many_descriptors(before: &BTreeMap<u32, String>) {
    let mut looks = 0;
    loop {
        let now = descriptors();
        if now.len() <= before.len() {
            return;
        }
        looks += 1;
        assert!(looks < 2000, "open now: {now:?}\nbefore: {before:?}");
        thread::sleep(Duration::from_millis(5));
    }
}
