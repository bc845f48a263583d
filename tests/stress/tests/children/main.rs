//! Thousands of children from many threads: each ends as it was to, and is known to; afterwards nothing of them is left. Then children of a process with
//! much memory. Settings:
//!
//! | variable | default | |
//! |---|---|---|
//! | `SELVEDGE_CHILDREN` | 2000 | how many, 64 at once; 10000 take ten seconds on two processors |
//! | `SELVEDGE_MEMORY` | 512 | how large the process is in `much_memory`, in MiB |
#![cfg(target_os = "linux")]

mod kinds;
mod large;
mod left;

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::thread;
use std::time::Duration;

use selvedge::subprocess::{Command, Popen, Stdio};
use selvedge::threading::Mutex;
use selvedge_conformance::host::Watchdog;

use kinds::Tally;

/// At once.
const WORKERS: usize = 64;

/// One test at a time: each counts the children of the process.
static ALONE: Mutex<()> = Mutex::new(());

fn variable(name: &str, default: u64) -> u64 {
    let set = std::env::var(name).ok();
    set.map_or(default, |text| text.parse().expect("a number"))
}

/// Children of all kinds, each worker with the next one as soon as its last has ended.
#[test]
fn many() {
    let _alone = ALONE.lock();
    let count = variable("SELVEDGE_CHILDREN", 2000);
    // One of each first, so that what is made once is there.
    (0..kinds::KINDS).for_each(|index| kinds::one(index, &Tally::default()));
    left::no_children();
    let before = left::descriptors();
    let tally = Tally::default();
    let next = AtomicU64::new(0);
    thread::scope(|scope| {
        for _ in 0..WORKERS {
            scope.spawn(|| {
                loop {
                    let index = next.fetch_add(1, Relaxed);
                    if index >= count {
                        return;
                    }
                    kinds::one(index, &tally);
                }
            });
        }
    });
    let expected = Tally::default();
    (0..count).for_each(|index| expected.add(kinds::expected(index)));
    assert_eq!(tally.get(), expected.get());
    left::no_children();
    left::as_many_descriptors(&before);
}

/// That many do live at the same time, and each hears of its own pipe only.
#[test]
fn at_once() {
    let _alone = ALONE.lock();
    let _watchdog = Watchdog::new("children at once".to_owned());
    left::no_children();
    let command = Command::new("cat").stdin(Stdio::Pipe).stdout(Stdio::Pipe);
    drop(command.start().expect("it starts"));
    left::no_children();
    let before = left::descriptors();
    let rounds = variable("SELVEDGE_CHILDREN", 2000).div_ceil(1000);
    for round in 0..rounds {
        let children: Vec<Popen> = (0..WORKERS)
            .map(|_| command.start().expect("it starts"))
            .collect();
        assert_eq!(left::children().len(), WORKERS);
        for child in &children {
            assert_eq!(child.try_wait(), None, "its input has not come to an end");
        }
        for (index, child) in children.iter().enumerate().rev() {
            let text = format!("{round} {index}");
            let done = child.communicate_timeout(text.as_bytes(), Duration::from_secs(100));
            let done = done.expect("it ends when its input does");
            assert_eq!(done.stdout(), text.as_bytes());
            assert!(done.status().success());
        }
    }
    left::no_children();
    left::as_many_descriptors(&before);
}
