//! `tokio::process`, on a runtime of one thread.

use std::io::PipeWriter;
use std::process::Stdio;
use std::time::{Duration, SystemTime};

use tokio::io::AsyncWriteExt;
use tokio::process::Command;
use tokio::runtime::{Builder, Runtime};
use tokio::time::timeout;

use crate::contender::names;
use crate::contender::process::{Patience, Processes};

pub(crate) struct Children(Runtime);

names!(Children = "tokio");

fn runtime() -> Runtime {
    let mut builder = Builder::new_current_thread();
    builder.enable_all().build().expect("it starts")
}

fn command(args: &[&str]) -> Command {
    let mut command = Command::new(args[0]);
    command.args(&args[1..]);
    command
}

impl Processes for Children {
    fn new() -> Self {
        Self(runtime())
    }

    fn run(&self, program: &str) -> Option<i32> {
        let run = async { Command::new(program).status().await };
        self.0.block_on(run).expect("it starts").code()
    }

    fn capture(&self, args: &[&str]) -> Vec<u8> {
        self.0.block_on(async {
            let output = command(args).stderr(Stdio::inherit()).output().await;
            let output = output.expect("it starts");
            assert!(output.status.success());
            output.stdout
        })
    }

    /// A task writes.
    fn talk(&self, args: &[&str], input: Vec<u8>) -> Vec<u8> {
        self.0.block_on(async {
            let mut command = command(args);
            command.stdin(Stdio::piped()).stdout(Stdio::piped());
            let mut child = command.spawn().expect("it starts");
            let mut stdin = child.stdin.take().expect("it is a pipe");
            let writer = tokio::spawn(async move { stdin.write_all(&input).await });
            let output = child.wait_with_output().await;
            let output = output.expect("it can be read from");
            assert!(output.status.success());
            writer.await.expect("no panic").expect("it reads all");
            output.stdout
        })
    }
}

impl Patience for Children {
    fn new() -> Self {
        Self(runtime())
    }

    fn wait(&self, args: &[&str], stdout: PipeWriter, limit: Duration) -> SystemTime {
        self.0.block_on(async {
            let mut command = command(args);
            let mut child = command.stdout(stdout).spawn().expect("it starts");
            let status = timeout(limit, child.wait()).await;
            let now = SystemTime::now();
            let status = status.expect("it ends in time");
            assert!(status.expect("it can be waited for").success());
            now
        })
    }
}
