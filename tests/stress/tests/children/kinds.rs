//! Kinds of children, and of waiting for them.

use std::collections::BTreeMap;
use std::time::Duration;

use selvedge::port::Native;
use selvedge::subprocess::{Command, ExitStatus, OnDrop, Run, Signal, Stdio};
use selvedge::threading::Mutex;
use selvedge_conformance::host::{Threads, Watchdog};
use selvedge_conformance::tools::block_on;

/// Longer than anything takes.
const LONG: Duration = Duration::from_secs(1000);

pub(crate) const KINDS: u64 = 9;

/// How often each end was seen; `None` is a child that nobody waited for.
#[derive(Default)]
pub(crate) struct Tally(Mutex<BTreeMap<Option<i32>, u64>>);

impl Tally {
    pub(crate) fn add(&self, returncode: Option<i32>) {
        *self.0.lock().entry(returncode).or_default() += 1;
    }

    pub(crate) fn get(&self) -> BTreeMap<Option<i32>, u64> {
        self.0.lock().clone()
    }
}

/// A code for this one, never 0.
fn code(index: u64) -> i32 {
    i32::try_from(index % 251).expect("it is small") + 1
}

/// How the child with this number ends.
pub(crate) fn expected(index: u64) -> Option<i32> {
    match index % KINDS {
        0..4 => Some(code(index)),
        4 | 5 => Some(-Signal::KILL.number()),
        6 => Some(0),
        _ => None,
    }
}

/// Starts the child with this number, and sees how it ends.
pub(crate) fn one(index: u64, tally: &Tally) {
    let _watchdog = Watchdog::new(format!("child {index}"));

    let exits = Command::shell("exit $0").arg(code(index).to_string());
    let sleeps = Command::from_args(["sleep", "1000"]);
    let end = |status: ExitStatus| status.returncode().expect("it is known");
    let seen = match index % KINDS {
        0 => end(exits.start().expect("it starts").wait()),
        1 => {
            let status = exits.start().expect("it starts").wait_timeout(LONG);
            end(status.expect("it ends"))
        }
        2 => {
            let child = exits.start().expect("it starts");
            end(block_on(&Threads::<Native>::new(), child.wait_async()))
        }
        3 => {
            let done = Run::new(exits).capture_output().timeout(LONG).run();
            end(done.expect("it ends").status())
        }
        4 => end(Command::shell("kill -9 $$")
            .start()
            .expect("it starts")
            .wait()),
        5 => {
            let child = sleeps.start().expect("it starts");
            child.kill().expect("it is ours");
            end(child.wait())
        }
        6 => {
            let text = index.to_string().repeat(20_000);
            let cat = Command::new("cat").stdout(Stdio::Pipe);
            let done = Run::new(cat).input(text.as_bytes()).run();
            let done = done.expect("it ends");
            assert!(done.stdout() == text.as_bytes(), "what goes in comes out");
            end(done.status())
        }
        7 => {
            drop(exits.start().expect("it starts"));
            return tally.add(None);
        }
        _ => {
            drop(sleeps.on_drop(OnDrop::Kill).start().expect("it starts"));
            return tally.add(None);
        }
    };
    assert_eq!(Some(seen), expected(index), "child {index}");
    tally.add(Some(seen));
}
