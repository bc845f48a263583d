//! `selvedge::subprocess`.

use std::io::PipeWriter;
use std::time::{Duration, SystemTime};

use selvedge::subprocess::{Command, Run, Stdio};

use crate::contender::process::{Patience, Processes};
use crate::contender::{Role, names};

pub(crate) struct Children;

names!(Role::Ours => Children = "selvedge");

impl Processes for Children {
    fn new() -> Self {
        Self
    }

    fn run(&self, program: &str) -> Option<i32> {
        let done = Command::new(program).run().expect("it starts");
        done.status().code()
    }

    fn capture(&self, args: &[&str]) -> Vec<u8> {
        let command = Command::from_args(args).stdout(Stdio::Pipe);
        let done = Run::new(command).check().run().expect("it succeeds");
        done.into_output().0.expect("it was a pipe")
    }

    fn talk(&self, args: &[&str], input: Vec<u8>) -> Vec<u8> {
        let command = Command::from_args(args).stdout(Stdio::Pipe);
        let done = Run::new(command).input(input).check().run();
        let (stdout, _) = done.expect("it succeeds").into_output();
        stdout.expect("it was a pipe")
    }
}

impl Patience for Children {
    fn new() -> Self {
        Self
    }

    fn wait(&self, args: &[&str], stdout: PipeWriter, limit: Duration) -> SystemTime {
        let child = Command::from_args(args).stdout(stdout).start();
        let status = child.expect("it starts").wait_timeout(limit);
        let now = SystemTime::now();
        assert!(status.expect("it ends in time").success());
        now
    }
}
