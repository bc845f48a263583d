//! Processes that start processes: the stage of a test is a process with one thread, as `fork` asks for it.
//!
//! # Safety
//!
//! The environment is changed, and standard descriptors are replaced, in processes with one thread.
#![allow(unsafe_code, reason = "changes the environment")]
#![allow(dead_code, reason = "each test file uses a part of it")]

use std::io::{Read, Write};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};

use selvedge::multiprocessing::{StartMethod, get_context};
use serde::Serialize;
use serde::de::DeserializeOwned;

pub(crate) const METHODS: [StartMethod; 3] = [
    StartMethod::Spawn,
    StartMethod::ForkServer,
    StartMethod::Fork,
];

/// Runs a scenario in a process of its own, to its good end.
#[track_caller]
pub(crate) fn on_stage<A>(argument: A, scenario: fn(A))
where
    A: Serialize + DeserializeOwned + Send + 'static,
{
    let stage = get_context(StartMethod::Spawn).spawn(scenario, argument);
    stage.expect("it starts").join().expect("it succeeds");
}

/// The same for each method.
#[track_caller]
pub(crate) fn on_stages(scenario: fn(StartMethod)) {
    for method in METHODS {
        let stage = get_context(StartMethod::Spawn).spawn(scenario, method);
        let outcome = stage.expect("it starts").join();
        assert!(outcome.is_ok(), "{method}: {outcome:?}");
    }
}

pub(crate) fn set_env(name: &str, value: Option<&str>) {
    match value {
        // SAFETY: one thread.
        Some(value) => unsafe { std::env::set_var(name, value) },
        // SAFETY: as above.
        None => unsafe { std::env::remove_var(name) },
    }
}

/// While this lives, standard output and error are pipes.
pub(crate) struct Redirected {
    saved: [OwnedFd; 2],
    readers: [std::io::PipeReader; 2],
    is_over: bool,
}

fn copy(from: i32) -> OwnedFd {
    // SAFETY: a number; the copy is our own.
    unsafe { OwnedFd::from_raw_fd(libc::fcntl(from, libc::F_DUPFD_CLOEXEC, 10)) }
}

fn put(from: &impl AsRawFd, to: i32) {
    // SAFETY: one thread, which uses the standard streams by their numbers.
    assert_eq!(unsafe { libc::dup2(from.as_raw_fd(), to) }, to);
}

impl Redirected {
    pub(crate) fn new() -> Self {
        let _ = std::io::stdout().flush();
        let saved = [copy(1), copy(2)];
        let readers = [1, 2].map(|number| {
            let (reader, writer) = std::io::pipe().expect("there is room");
            put(&writer, number);
            reader
        });
        Self {
            saved,
            readers,
            is_over: false,
        }
    }

    fn end(&mut self) {
        if !self.is_over {
            let _ = std::io::stdout().flush();
            put(&self.saved[0], 1);
            put(&self.saved[1], 2);
            self.is_over = true;
        }
    }

    /// What was written to both, until the last who has them is gone.
    pub(crate) fn read(&mut self) -> (String, String) {
        self.end();
        let read = |reader: &mut std::io::PipeReader| {
            let mut text = String::new();
            reader.read_to_string(&mut text).expect("text");
            text
        };
        let [out, err] = &mut self.readers;
        (read(out), read(err))
    }
}

impl Drop for Redirected {
    fn drop(&mut self) {
        self.end();
    }
}

/// Sends a signal to a process that is not over.
pub(crate) fn kill(pid: u32, signal: i32) {
    // SAFETY: two numbers.
    unsafe { libc::kill(pid.cast_signed(), signal) };
}

/// From now on this process can only have fewer rights.
pub(crate) fn no_new_privs() {
    // SAFETY: numbers.
    let done = unsafe { libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) };
    assert_eq!(done, 0);
}

/// From now on there is something to read at standard input.
pub(crate) fn feed_stdin() {
    let (reader, mut writer) = std::io::pipe().expect("there is room");
    writer.write_all(b"food").expect("there is room");
    put(&reader, 0);
}
