//! The crate `subprocess`.

use std::fs::File;
use std::io::PipeWriter;
use std::os::fd::OwnedFd;
use std::time::{Duration, SystemTime};

use subprocess::{Exec, Redirection};

use crate::contender::names;
use crate::contender::process::{Patience, Processes};

pub(crate) struct Children;

names!(Children = "subprocess");

fn command(args: &[&str]) -> Exec {
    Exec::cmd(args[0]).args(&args[1..])
}

impl Processes for Children {
    fn new() -> Self {
        Self
    }

    fn run(&self, program: &str) -> Option<i32> {
        let status = Exec::cmd(program).join().expect("it starts");
        status.code().map(u32::cast_signed)
    }

    fn capture(&self, args: &[&str]) -> Vec<u8> {
        let command = command(args).checked().stdout(Redirection::Pipe);
        command.capture().expect("it succeeds").stdout
    }

    fn talk(&self, args: &[&str], input: Vec<u8>) -> Vec<u8> {
        let command = command(args).checked().stdout(Redirection::Pipe);
        command.stdin(input).capture().expect("it succeeds").stdout
    }
}

impl Patience for Children {
    fn new() -> Self {
        Self
    }

    fn wait(&self, args: &[&str], stdout: PipeWriter, limit: Duration) -> SystemTime {
        let stdout = File::from(OwnedFd::from(stdout));
        let child = command(args).stdout(stdout).start().expect("it starts");
        let status = child.wait_timeout(limit);
        let now = SystemTime::now();
        let status = status.expect("it can be waited for");
        assert!(status.expect("it ends in time").success());
        now
    }
}
