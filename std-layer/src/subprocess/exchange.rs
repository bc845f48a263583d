//! The pipes of a conversation: what is still to be written, and what has been read.
//!
//! No deadlock: whichever pipe is ready is served, and input is never written where it would block. Nothing is lost when a call ends early, as everything is in here.

use std::io::{self, PipeWriter};
use std::os::fd::{AsFd, BorrowedFd};
use std::time::Instant;

use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;

use super::popen::Streams;
use super::process::left_until;
use super::reactor::Interest;
use super::reading::{Reading, STROKE, enlarge};
use super::room::finish;

/// So many reads drain the largest pipe that the system allows by default, filled by many small writes, too.
pub(super) const DRAIN: usize = 4096;

/// Turns after the time is up, for what is there already: a child that writes faster than it is read is ready for ever.
const LAST: usize = 64;

/// One of a child's output streams.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Output {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
}

/// Where output goes while it comes in.
pub(super) type Sink<'a> = dyn FnMut(Output, &[u8]) + Send + 'a;

/// What a call allows.
pub(super) struct Terms<'a> {
    /// Bytes kept of each stream.
    pub(super) limit: usize,
    /// Instead of keeping them.
    pub(super) sink: Option<Box<Sink<'a>>>,
}

/// Everything is kept.
impl Default for Terms<'_> {
    fn default() -> Self {
        Self {
            limit: usize::MAX,
            sink: None,
        }
    }
}

/// See above.
#[derive(Default)]
pub(super) struct Exchange {
    input: Vec<u8>,
    sent: usize,
    stdin: Option<PipeWriter>,
    stdout: Option<Reading>,
    stderr: Option<Reading>,
    never_blocks: bool,
}

/// What serving the pipes came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Served {
    /// None was ready after all.
    Nothing,
    Some,
    TooMuch,
}

/// How a call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// All input is written, or nobody reads it; all output has come to its end.
    Done,
    TimedOut,
    TooMuch,
}

impl Exchange {
    pub(super) fn new(streams: Streams, input: Vec<u8>) -> io::Result<Self> {
        // Without input the child is told at once that none comes.
        let stdin = streams.stdin.filter(|_| !input.is_empty());
        if let Some(stdin) = &stdin {
            rustix::io::ioctl_fionbio(stdin, true)?;
            if input.len() > STROKE {
                enlarge(stdin);
            }
        }
        Ok(Self {
            input,
            sent: 0,
            stdin,
            stdout: streams.stdout.map(Reading::new),
            stderr: streams.stderr.map(Reading::new),
            never_blocks: false,
        })
    }

    /// The pipes by number: input, output, error; `None` for those that are closed.
    fn pipes(&self) -> [Option<BorrowedFd<'_>>; 3] {
        [
            self.stdin.as_ref().map(AsFd::as_fd),
            self.stdout.as_ref().and_then(Reading::open),
            self.stderr.as_ref().and_then(Reading::open),
        ]
    }

    /// What has been read, to show it while the conversation can go on.
    pub(super) fn so_far(&self) -> [Option<Vec<u8>>; 2] {
        [&self.stdout, &self.stderr].map(|it| it.as_ref().map(|reading| reading.data.clone()))
    }

    /// What has been read, when there is no more to come.
    pub(super) fn into_data(self) -> [Option<Vec<u8>>; 2] {
        [self.stdout, self.stderr].map(|it| it.map(|reading| finish(reading.data)))
    }

    /// Reads and writes until all is done, or time is up. `None` is for ever.
    pub(super) fn run(
        &mut self,
        terms: &mut Terms<'_>,
        deadline: Option<Instant>,
    ) -> io::Result<Outcome> {
        let mut left = LAST;
        loop {
            let pipes = self.pipes();
            let ready = match pipes {
                [None, None, None] => return Ok(Outcome::Done),
                // One pipe and no hurry: the read may block.
                [None, Some(_), None] | [None, None, Some(_)]
                    if deadline.is_none() && !self.never_blocks =>
                {
                    [true; 3]
                }
                pipes => sleep(pipes, deadline)?,
            };
            if self.serve(ready, terms)? == Served::TooMuch {
                return Ok(Outcome::TooMuch);
            }
            if deadline.is_some_and(|deadline| Instant::now() >= deadline) {
                if ready == [false; 3] || left == 0 {
                    return Ok(Outcome::TimedOut);
                }
                left -= 1;
            }
        }
    }

    /// Reads what is there, from a child that has been killed: whoever else has its pipes is not waited for.
    /// Those that are known to come to their end soon, by number, are waited for.
    pub(super) fn drain(&mut self, terms: &mut Terms<'_>, ending: [bool; 3]) -> io::Result<()> {
        self.stdin = None;
        // More than any pipe holds, so that whoever goes on writing does not keep us here.
        for _ in 0..DRAIN {
            let waiting;
            let ready = match self.pipes() {
                [None, None, None] => return Ok(()),
                pipes => {
                    let wait = pipes
                        .iter()
                        .zip(ending)
                        .any(|(pipe, ends)| pipe.is_some() && ends);
                    waiting = wait;
                    sleep(pipes, (!wait).then(Instant::now))?
                }
            };
            if ready == [false; 3] && waiting {
                continue;
            }
            if ready == [false; 3] || self.serve(ready, terms)? == Served::TooMuch {
                return Ok(());
            }
        }
        Ok(())
    }

    /// One read or write for each pipe that is ready.
    pub(super) fn serve(&mut self, ready: [bool; 3], terms: &mut Terms<'_>) -> io::Result<Served> {
        let mut served = Served::Nothing;
        if ready[0] && self.send()? {
            served = Served::Some;
        }
        let readings = [
            (Output::Stdout, &mut self.stdout, ready[1]),
            (Output::Stderr, &mut self.stderr, ready[2]),
        ];
        for (output, reading, ready) in readings {
            if let (Some(reading), true) = (reading, ready) {
                match reading.read(output, terms)? {
                    Served::TooMuch => return Ok(Served::TooMuch),
                    Served::Some => served = Served::Some,
                    Served::Nothing => {}
                }
            }
        }
        Ok(served)
    }

    /// Writes what the pipe takes; false if that is nothing. Who does not read is left alone (row S-55).
    fn send(&mut self) -> io::Result<bool> {
        let Some(stdin) = &self.stdin else {
            return Ok(false);
        };
        let rest = &self.input[self.sent..];
        match rustix::io::write(stdin, &rest[..rest.len().min(STROKE)]) {
            Ok(count) => self.sent += count,
            Err(Errno::PIPE) => self.sent = self.input.len(),
            Err(Errno::AGAIN | Errno::INTR) => return Ok(false),
            Err(errno) => return Err(errno.into()),
        }
        if self.sent == self.input.len() {
            self.stdin = None;
            self.input = Vec::new();
            self.sent = 0;
        }
        Ok(true)
    }

    /// For tasks: no read blocks any more.
    pub(super) fn never_block(&mut self) -> io::Result<()> {
        if !self.never_blocks {
            for pipe in self.pipes().into_iter().flatten() {
                rustix::io::ioctl_fionbio(pipe, true)?;
            }
            self.never_blocks = true;
        }
        Ok(())
    }

    /// The pipes that are open, and what they are waited for.
    pub(super) fn interests(&self) -> [Option<(BorrowedFd<'_>, Interest)>; 3] {
        let [stdin, stdout, stderr] = self.pipes();
        [
            stdin.map(|fd| (fd, Interest::Write)),
            stdout.map(|fd| (fd, Interest::Read)),
            stderr.map(|fd| (fd, Interest::Read)),
        ]
    }
}

/// Sleeps until one of these is ready, or until the deadline, and tells which are.
fn sleep(pipes: [Option<BorrowedFd<'_>>; 3], deadline: Option<Instant>) -> io::Result<[bool; 3]> {
    let wanted = [PollFlags::OUT, PollFlags::IN, PollFlags::IN];
    let mut fds: Vec<_> = pipes
        .iter()
        .zip(wanted)
        .filter_map(|(pipe, flags)| Some(PollFd::from_borrowed_fd((*pipe)?, flags)))
        .collect();
    let left = deadline.and_then(left_until);
    match poll(&mut fds, left.as_ref()) {
        Ok(_) | Err(Errno::INTR) => {}
        Err(errno) => return Err(errno.into()),
    }
    let mut results = fds.iter().map(|fd| !fd.revents().is_empty());
    Ok(pipes.map(|pipe| pipe.is_some() && results.next() == Some(true)))
}
