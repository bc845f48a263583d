//! What the dead may leave behind: processes that nobody has collected, descriptors, names.

use std::collections::BTreeMap;
use std::fs;
use std::thread;
use std::time::Duration;

use selvedge::multiprocessing::connection::one_way;
use selvedge::multiprocessing::forkserver;
use selvedge::multiprocessing::shared_memory;
use selvedge::multiprocessing::spawn;
use selvedge::multiprocessing::synchronize::Event;

/// Begins the names that these tests give.
pub(crate) fn prefix() -> String {
    format!("killed-{}-", std::process::id())
}

/// What there is.
#[derive(Debug)]
pub(crate) struct Left {
    descriptors: BTreeMap<u32, String>,
}

impl Left {
    pub(crate) fn now() -> Self {
        forkserver::stop();
        Self {
            descriptors: descriptors(),
        }
    }

    /// Waits until there is nothing else; what is dropped goes by and by.
    pub(crate) fn is_all(&self) {
        forkserver::stop();
        let mut looks = 0;
        loop {
            let (open, children, names) = (descriptors(), children(), names());
            if open.len() <= self.descriptors.len() && children.is_empty() && names.is_empty() {
                return;
            }
            looks += 1;
            assert!(
                looks < 2000,
                "children: {children:?}\nnames: {names:?}\nopen: {open:?}\nbefore: {self:?}"
            );
            thread::sleep(Duration::from_millis(5));
        }
    }
}

/// Makes what is made once.
pub(crate) fn warm_up() {
    let (receiver, sender) = one_way().expect("there is room");
    let event = Event::new().expect("there is room");
    let child = spawn(|event: Event| event.set(), event.clone()).expect("it starts");
    event.wait();
    child.join().expect("it ends");
    drop((receiver, sender, event));
    let nothing = Left {
        descriptors: (0..10_000).map(|n| (n, String::new())).collect(),
    };
    nothing.is_all();
}

fn names() -> Vec<String> {
    // Whoever looks removes what the dead have left.
    let known = shared_memory::names().expect("it can be asked");
    let base = fs::read_dir("/dev/shm").into_iter().flatten();
    let folders = base.filter_map(Result::ok).filter(|entry| {
        let name = entry.file_name();
        name.to_string_lossy().starts_with("selvedge-")
    });
    let files = folders.filter_map(|folder| fs::read_dir(folder.path()).ok());
    let files = files.flatten().filter_map(Result::ok);
    let all = known
        .into_iter()
        .chain(files.map(|file| file.file_name().to_string_lossy().into_owned()));
    all.filter(|name| name.starts_with(&prefix())).collect()
}

/// The children of this process, with what `/proc` says of each: those that have ended and were not collected, too.
fn children() -> Vec<String> {
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

/// The open descriptors, and what each is.
fn descriptors() -> BTreeMap<u32, String> {
    let entries = fs::read_dir("/proc/self/fd").expect("there is a /proc");
    entries
        .filter_map(|entry| {
            let entry = entry.ok()?;
            let what = fs::read_link(entry.path()).ok()?;
            let number = entry.file_name().to_str()?.parse().ok()?;
            Some((number, what.to_string_lossy().into_owned()))
        })
        .filter(|(_, what)| !what.ends_with("/fd"))
        .collect()
}
