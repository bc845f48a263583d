//! One call of a conversation, with one child or with those of a pipeline: the pipes, then the ends of all, then their copies.

use std::io;
use std::slice;
use std::time::{Duration, Instant};

use super::communicate_async::serve_async;
use super::exchange::{Outcome, Terms};
use super::popen::Streams;
use super::talk::{Talk, Turn};
use super::wait::wait_until;
use super::{CommunicateError, ExitStatus, Popen, TimeoutExpired};
use crate::threading::Mutex;

/// What a call came to.
pub(super) enum Came {
    /// All is done; how each child ended.
    Done(Vec<ExitStatus>),
    TimedOut,
    TooMuch,
}

/// With whom, and what is known of it from call to call.
#[derive(Clone, Copy)]
pub(super) struct Party<'a> {
    pub(super) stages: &'a [Popen],
    pub(super) talk: &'a Mutex<Talk>,
    /// What was to be written before anybody began to talk.
    pub(super) before: Option<&'a Mutex<Vec<u8>>>,
}

impl<'a> Party<'a> {
    pub(super) fn one(popen: &'a Popen) -> Self {
        Self {
            stages: slice::from_ref(popen),
            talk: &popen.talk,
            before: None,
        }
    }

    /// Begins, or goes on.
    pub(super) fn turn(self, input: Vec<u8>) -> Result<Turn<'a>, CommunicateError> {
        let begin = || {
            let before = self
                .before
                .map(|before| std::mem::take(&mut *before.lock()));
            (ends(self.stages), before.unwrap_or_default())
        };
        Turn::take(self.talk, begin, input)
    }

    /// Talks until all is done, or until the deadline; `None` is for ever.
    pub(super) fn go_on(
        self,
        turn: &mut Turn<'_>,
        terms: &mut Terms<'_>,
        deadline: Option<Instant>,
    ) -> io::Result<Came> {
        match turn.run(terms, deadline)? {
            Outcome::Done => {}
            Outcome::TimedOut => return Ok(Came::TimedOut),
            Outcome::TooMuch => return Ok(Came::TooMuch),
        }
        let statuses = wait_all(self.stages, deadline);
        match statuses.filter(|_| self.stages.iter().all(|stage| stage.tees_until(deadline))) {
            Some(statuses) => Ok(Came::Done(statuses)),
            None => Ok(Came::TimedOut),
        }
    }

    /// The same as a future; it has no deadline.
    pub(super) async fn go_on_async(
        self,
        turn: &mut Turn<'_>,
        terms: &mut Terms<'_>,
    ) -> io::Result<Came> {
        match serve_async(turn, terms).await? {
            Outcome::TooMuch => return Ok(Came::TooMuch),
            Outcome::Done | Outcome::TimedOut => {}
        }
        let mut statuses = Vec::with_capacity(self.stages.len());
        for stage in self.stages {
            statuses.push(stage.wait_async().await);
        }
        for stage in self.stages {
            stage.tees_async().await;
        }
        Ok(Came::Done(statuses))
    }

    /// What there is of it while it can go on.
    pub(super) fn early(self, turn: &Turn<'_>, timeout: Duration) -> TimeoutExpired {
        let [stdout, stderr] = turn.so_far();
        self.expired(timeout).with(stdout, stderr)
    }

    /// Of a pipeline, the last stage speaks.
    pub(super) fn expired(self, timeout: Duration) -> TimeoutExpired {
        let args = self.stages.last().map(|stage| stage.child.args.clone());
        TimeoutExpired::new(args.unwrap_or_default(), timeout)
    }

    /// After the children were killed, and collected: takes what is left in the pipes. Whoever else has these open is not waited for (row S-04).
    pub(super) fn leave(self, mut turn: Turn<'_>, timeout: Duration) -> TimeoutExpired {
        self.stages.iter().for_each(Popen::stop_tees);
        let ending = self.stages.last().map_or([false; 3], |stage| stage.teed);
        let _ = turn.drain(&mut Terms::default(), ending);
        let [stdout, stderr] = turn.end();
        // With nobody to read from them, they are at their end.
        for stage in self.stages {
            stage.tees_until(None);
        }
        self.expired(timeout).with(stdout, stderr)
    }
}

/// Waits for all until a deadline; `None` is for ever.
pub(super) fn wait_all(stages: &[Popen], deadline: Option<Instant>) -> Option<Vec<ExitStatus>> {
    stages
        .iter()
        .map(|stage| wait_until(&stage.child, deadline))
        .collect()
}

/// This process's ends: the first one's input, the last one's output. Others that their commands have made pipes of are closed.
fn ends(stages: &[Popen]) -> Streams {
    let mut ends = Streams::default();
    for (index, stage) in stages.iter().enumerate() {
        let streams = std::mem::take(&mut *stage.streams.lock());
        if index == 0 {
            ends.stdin = streams.stdin;
        }
        if index == stages.len() - 1 {
            ends.stdout = streams.stdout;
            ends.stderr = streams.stderr;
        }
    }
    ends
}
