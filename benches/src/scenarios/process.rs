//! Child processes.

use std::fs::File;
use std::io::{Seek, Write};
use std::iter;
use std::os::fd::AsRawFd;
use std::time::{Duration, Instant};

use crate::ballast;
use crate::contender::process::{Patience, Processes};
use crate::exits;
use crate::row::{Plan, Sample};
use crate::scenarios::numbers;

/// What does nothing, and does it fast.
pub(crate) const TRUE: &str = "/bin/true";

const MIB: usize = 1024 * 1024;

/// Nobody's child takes so long.
const LIMIT: Duration = Duration::from_secs(50);

/// An operation is a program that was started and waited for.
pub(crate) fn run<P: Processes>(plan: &Plan) -> Sample {
    run_beside::<P>(plan, 0)
}

/// The same in a process with so many MiB of memory for each operation of the round: a smoke run is small.
pub(crate) fn run_beside<P: Processes>(plan: &Plan, mib: u64) -> Sample {
    ballast::hold((plan.ops * mib) as usize * MIB);
    let processes = P::new();
    // Not measured: a contender that forks has left all pages of this process to be copied at their next change, which is not to be paid by the one whose turn comes after it.
    assert_eq!(processes.run(TRUE), Some(0), "it succeeds");
    let start = Instant::now();
    for _ in 0..plan.ops {
        assert_eq!(processes.run(TRUE), Some(0), "it succeeds");
    }
    Sample::new(plan.ops, start.elapsed())
}

/// An operation is a MiB that a program writes and that is taken from it.
pub(crate) fn capture<P: Processes>(plan: &Plan) -> Sample {
    ballast::hold(0);
    let bytes = bytes(plan.ops);
    let file = file(&bytes);
    let path = path(&file);
    let processes = P::new();
    let start = Instant::now();
    let output = processes.capture(&["cat", &path]);
    let time = start.elapsed();
    assert!(output == bytes, "what it writes arrives");
    Sample::new(plan.ops, time)
}

/// An operation is a MiB that goes through a program: into it and out of it.
pub(crate) fn talk<P: Processes>(plan: &Plan) -> Sample {
    ballast::hold(0);
    let bytes = bytes(plan.ops);
    let input = bytes.clone();
    let processes = P::new();
    let start = Instant::now();
    let output = processes.talk(&["cat"], input);
    let time = start.elapsed();
    assert!(output == bytes, "what goes in comes out");
    Sample::new(plan.ops, time)
}

/// An operation is an end that somebody waits for: how long after it is that known?
pub(crate) fn wait<P: Patience>(plan: &Plan) -> Sample {
    ballast::hold(0);
    let waiter = P::new();
    let delays = numbers().map(|number| 10 + (number >> 8) % 30);
    let late = delays.take(plan.ops as usize).map(|delay| {
        let command = exits::command(delay);
        let args: Vec<&str> = command.iter().map(String::as_str).collect();
        let (reader, writer) = std::io::pipe().expect("there is room for a pipe");
        let known = waiter.wait(&args, writer, LIMIT);
        // Never before, unless the clock of the system was set meanwhile.
        known
            .duration_since(exits::told(reader))
            .expect("the child had not ended yet")
    });
    Sample::new(plan.ops, late.sum())
}

/// Pseudo-random, so many MiB.
fn bytes(mib: u64) -> Vec<u8> {
    let size = mib as usize * MIB;
    let part: Vec<u8> = numbers().take(MIB / 8).flat_map(u64::to_le_bytes).collect();
    let parts = iter::repeat_n(part, mib as usize).enumerate();
    let mut bytes = Vec::with_capacity(size);
    for (index, mut part) in parts {
        part[0] = index as u8;
        bytes.extend(part);
    }
    bytes
}

/// With this inside, in the memory of the system, and gone when it is closed.
pub(crate) fn file(bytes: &[u8]) -> File {
    let mut file = tempfile::tempfile().expect("there is a folder for such files");
    file.write_all(bytes).expect("there is room for it");
    file.rewind().expect("it is a file");
    file
}

/// Where others find it.
pub(crate) fn path(file: &File) -> String {
    format!("/proc/{}/fd/{}", std::process::id(), file.as_raw_fd())
}
