//! `duct`.

use std::io::PipeWriter;
use std::time::{Duration, SystemTime};

use duct::{Expression, cmd};

use crate::contender::names;
use crate::contender::process::{Patience, Processes};

pub(crate) struct Children;

names!(Children = "duct");

fn command(args: &[&str]) -> Expression {
    cmd(args[0], &args[1..])
}

impl Processes for Children {
    fn new() -> Self {
        Self
    }

    fn run(&self, program: &str) -> Option<i32> {
        let output = command(&[program]).unchecked().run();
        output.expect("it starts").status.code()
    }

    fn capture(&self, args: &[&str]) -> Vec<u8> {
        let output = command(args).stdout_capture().run();
        output.expect("it succeeds").stdout
    }

    fn talk(&self, args: &[&str], input: Vec<u8>) -> Vec<u8> {
        let output = command(args).stdin_bytes(input).stdout_capture().run();
        output.expect("it succeeds").stdout
    }
}

impl Patience for Children {
    fn new() -> Self {
        Self
    }

    fn wait(&self, args: &[&str], stdout: PipeWriter, limit: Duration) -> SystemTime {
        let child = command(args).stdout_file(stdout).start();
        let child = child.expect("it starts");
        let output = child.wait_timeout(limit);
        let now = SystemTime::now();
        assert!(output.expect("it succeeds").is_some(), "it ends in time");
        now
    }
}
