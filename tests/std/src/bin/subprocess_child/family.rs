//! A child with descendants that are hard to catch.
//!
//! # Safety
//!
//! `fork` in a process without other threads, and system calls with numbers.
#![allow(unsafe_code, reason = "fork")]

use std::io::Write;

pub(crate) fn run(what: &str) -> bool {
    match what {
        "chain" => chain(),
        _ => return false,
    }
    true
}

/// A process that makes a copy of itself and ends, which makes a copy of itself and ends, and so on; says "go" when it is under way. The first one stays, and sees to it that nothing is left of the others.
fn chain() {
    // SAFETY: numbers.
    unsafe {
        libc::prctl(libc::PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
        libc::signal(libc::SIGCHLD, libc::SIG_IGN);
    }
    // SAFETY: there is one thread.
    if unsafe { libc::fork() } != 0 {
        loop {
            // SAFETY: no arguments.
            unsafe { libc::pause() };
        }
    }
    // It has an end, in case that nobody catches it.
    for link in 0..30_000 {
        // SAFETY: there is one thread.
        if unsafe { libc::fork() } != 0 {
            // SAFETY: ends this one.
            unsafe { libc::_exit(0) };
        }
        if link == 100 {
            let mut out = std::io::stdout();
            out.write_all(b"go\n")
                .and_then(|()| out.flush())
                .expect("somebody listens");
        }
    }
}
