//! Child processes.

use std::io::PipeWriter;
use std::time::{Duration, SystemTime};

use crate::contender::Contender;

/// Who runs programs. Whoever needs a runtime has it before the clock runs.
pub(crate) trait Processes: Contender {
    fn new() -> Self;
    /// Starts a program and waits for its end: its code.
    fn run(&self, program: &str) -> Option<i32>;
    /// What a program writes, which must succeed.
    fn capture(&self, args: &[&str]) -> Vec<u8>;
    /// What a program writes, which must succeed, and reads this meanwhile.
    fn talk(&self, args: &[&str], input: Vec<u8>) -> Vec<u8>;
}

/// Who waits with a time limit.
pub(crate) trait Patience: Contender {
    fn new() -> Self;
    /// Starts a program with this standard output, and waits for its end, so long at most: when it was told of it. It must have succeeded.
    fn wait(&self, args: &[&str], stdout: PipeWriter, limit: Duration) -> SystemTime;
}
