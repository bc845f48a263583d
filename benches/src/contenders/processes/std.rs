//! `std::process`, and what one writes around it.

use std::io::{PipeWriter, Write};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use crate::contender::process::{Patience, Processes};
use crate::contender::{Role, names};

pub(crate) struct Children;

/// It has no time limit: what one writes instead asks each millisecond.
pub(crate) struct Asking;

/// Its wait that takes as long as it takes.
pub(crate) struct WithoutLimit;

names!(Children = "std", Asking = "std, asking");
names!(
    Role::Reference("it cannot give up; nobody is told earlier than a thread that does nothing else") =>
    WithoutLimit = "std, no limit"
);

fn command(args: &[&str]) -> Command {
    let mut command = Command::new(args[0]);
    command.args(&args[1..]);
    command
}

fn start(args: &[&str], stdout: PipeWriter) -> Child {
    command(args).stdout(stdout).spawn().expect("it starts")
}

impl Processes for Children {
    fn new() -> Self {
        Self
    }

    fn run(&self, program: &str) -> Option<i32> {
        Command::new(program).status().expect("it starts").code()
    }

    fn capture(&self, args: &[&str]) -> Vec<u8> {
        let output = command(args).stderr(Stdio::inherit()).output();
        let output = output.expect("it starts");
        assert!(output.status.success());
        output.stdout
    }

    /// A thread writes.
    fn talk(&self, args: &[&str], input: Vec<u8>) -> Vec<u8> {
        let mut command = command(args);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("it starts");
        let mut stdin = child.stdin.take().expect("it is a pipe");
        let writer = thread::spawn(move || stdin.write_all(&input));
        let output = child.wait_with_output().expect("it can be read from");
        assert!(output.status.success());
        writer.join().expect("no panic").expect("it reads all");
        output.stdout
    }
}

impl Patience for Asking {
    fn new() -> Self {
        Self
    }

    fn wait(&self, args: &[&str], stdout: PipeWriter, limit: Duration) -> SystemTime {
        let mut child = start(args, stdout);
        let deadline = Instant::now() + limit;
        let status = loop {
            if let Some(status) = child.try_wait().expect("it can be asked") {
                break status;
            }
            assert!(Instant::now() < deadline, "it ends in time");
            thread::sleep(Duration::from_millis(1));
        };
        let now = SystemTime::now();
        assert!(status.success());
        now
    }
}

impl Patience for WithoutLimit {
    fn new() -> Self {
        Self
    }

    fn wait(&self, args: &[&str], stdout: PipeWriter, _limit: Duration) -> SystemTime {
        let status = start(args, stdout).wait();
        let now = SystemTime::now();
        assert!(status.expect("it can be waited for").success());
        now
    }
}
