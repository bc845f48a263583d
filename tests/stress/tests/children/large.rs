//! Children of a process with much memory. How long it takes is told, and not judged: run with `--nocapture`.

use std::time::{Duration, Instant};

use selvedge::subprocess::Command;
use selvedge_conformance::host::Watchdog;

use crate::{ALONE, left, variable};

const CHILDREN: u32 = 50;
const PAGE: usize = 4096;

/// All end well, and the memory is as it was, although they share it until they become their programs.
#[test]
fn much_memory() {
    let _alone = ALONE.lock();
    let _watchdog = Watchdog::new("children of a large process".to_owned());
    left::no_children();
    let shared = Command::new("true");
    let copied = Command::new("true").share_memory(false);
    let small = [start(&shared), start(&copied)];
    let mib = variable("SELVEDGE_MEMORY", 512);
    let size = usize::try_from(mib).expect("it fits") * 1024 * 1024;
    let mut memory = vec![0_u8; size];
    for (page, bytes) in memory.chunks_mut(PAGE).enumerate() {
        bytes.fill(mark(page));
    }
    let large = [start(&shared), start(&copied)];
    println!(
        "{CHILDREN} children, sharing and copying memory: {small:?}; with {mib} MiB more: {large:?}"
    );
    for (page, bytes) in memory.chunks(PAGE).enumerate() {
        assert!(bytes == [mark(page); PAGE], "page {page}");
    }
    left::no_children();
}

/// What is in each byte of a page.
fn mark(page: usize) -> u8 {
    page.to_le_bytes()[0] | 1
}

fn start(command: &Command) -> Duration {
    let begin = Instant::now();
    for _ in 0..CHILDREN {
        assert!(command.start().expect("it starts").wait().success());
    }
    begin.elapsed()
}
