//! `a | b | c`: children whose streams are joined (rows S-75, S-E11).

use std::ops::BitOr;
use std::time::{Duration, Instant};

use super::exchange::{Exchange, Outcome, Terms};
use super::popen::Streams;
use super::wait::wait_until;
use super::{
    Command, CommunicateError, CompletedPipeline, ExitStatus, OnDrop, PipelineError, Popen,
    StartError, Stdio, SubprocessError, TeeError, TimeoutExpired, pipes,
};

/// Commands whose standard outputs lead to the next one's standard input.
///
/// The pipes in between belong to the children alone: who writes to one that has ended gets SIGPIPE, as in a shell. What the first one reads, the last one writes and all of them say on standard error is up to the commands, or
/// to [`input`](Self::input) and [`capture_output`](Self::capture_output).
///
/// ```
/// use selvedge::subprocess::{Command, Pipeline};
///
/// let pipeline = Command::new("printf").arg("b\\na\\nb\\n") | Command::new("sort") | Command::new("uniq");
/// let done = pipeline.capture_output().run()?;
/// assert_eq!(done.stdout(), b"a\nb\n");
/// assert!(done.success());
///
/// // Each stage tells how it ended.
/// let done = (Command::shell("exit 3") | Command::new("cat")).run()?;
/// assert_eq!(done.statuses().map(|status| status.code().unwrap()).collect::<Vec<_>>(), [3, 0]);
/// assert!(done.last().success() && !done.success());
/// # Ok::<(), selvedge::subprocess::SubprocessError>(())
/// ```
#[derive(Debug, Clone)]
#[must_use = "a pipeline does nothing until it is run or started"]
pub struct Pipeline {
    stages: Vec<Command>,
    input: Option<Vec<u8>>,
    capture: bool,
    timeout: Option<Duration>,
    check: bool,
}

impl From<Command> for Pipeline {
    fn from(command: Command) -> Self {
        Self {
            stages: vec![command],
            input: None,
            capture: false,
            timeout: None,
            check: false,
        }
    }
}

impl BitOr for Command {
    type Output = Pipeline;

    fn bitor(self, next: Self) -> Pipeline {
        Pipeline::from(self) | next
    }
}

impl BitOr<Command> for Pipeline {
    type Output = Self;

    fn bitor(mut self, next: Command) -> Self {
        self.stages.push(next);
        self
    }
}

impl Pipeline {
    /// What the first stage reads, as a here-document gives it.
    pub fn input(mut self, input: impl Into<Vec<u8>>) -> Self {
        self.input = Some(input.into());
        self
    }

    /// Reads what the last stage writes, and what it says on standard error.
    pub fn capture_output(mut self) -> Self {
        self.capture = true;
        self
    }

    /// How long it may take as a whole; then all stages are killed.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// A stage that does not end with code 0 is an error, whichever it is (a shell's `pipefail`). That a stage dies by SIGPIPE because a later one has read enough is no failure.
    pub fn check(mut self) -> Self {
        self.check = true;
        self
    }

    /// Starts all stages.
    ///
    /// # Errors
    ///
    /// If one cannot be started; those before it are killed.
    pub fn start(self) -> Result<Vec<Popen>, StartError> {
        let last = self.stages.len() - 1;
        let mut started: Vec<Popen> = Vec::with_capacity(self.stages.len());
        let mut upstream: Option<Stdio> = None;
        for (index, mut stage) in self.stages.into_iter().enumerate() {
            if let Some(reader) = upstream.take() {
                stage = stage.stdin(reader);
            } else if self.input.is_some() {
                stage = stage.stdin(Stdio::Pipe);
            }
            if index < last {
                let (reader, writer) = pipes::pipe()
                    .map_err(|errno| StartError::new(super::Step::Pipe, errno.raw_os_error()))
                    .inspect_err(|_| kill(&started))?;
                upstream = Some(reader.into());
                stage = stage.stdout(writer);
            } else if self.capture {
                stage = stage.stdout(Stdio::Pipe).stderr(Stdio::Pipe);
            }
            // The command goes at the end of the turn, and this process's ends of the pipes with it.
            started.push(stage.start().inspect_err(|_| kill(&started))?);
        }
        Ok(started)
    }

    /// Runs it to the end of all stages.
    ///
    /// # Errors
    ///
    /// [`SubprocessError::Start`] if a stage cannot be started; [`SubprocessError::Timeout`] if time is up, with the output so far; [`SubprocessError::Pipeline`] if [`check`](Self::check) was asked for and a stage failed;
    /// [`SubprocessError::Communicate`] if the system refuses to read or write.
    pub fn run(mut self) -> Result<CompletedPipeline, SubprocessError> {
        let begin = Instant::now();
        let (check, timeout) = (self.check, self.timeout);
        let input = self.input.clone().unwrap_or_default();
        for stage in &mut self.stages {
            stage.on_drop = OnDrop::Kill;
        }
        let stages = self.start()?;
        let deadline = timeout.and_then(|timeout| begin.checked_add(timeout));
        let mut exchange = Exchange::new(ends(&stages), input).map_err(CommunicateError::from)?;
        let outcome = exchange
            .run(&mut terms(), deadline)
            .map_err(CommunicateError::from)?;
        let statuses: Option<Vec<ExitStatus>> = stages
            .iter()
            .map(|stage| {
                (outcome == Outcome::Done)
                    .then(|| wait_until(&stage.child, deadline))
                    .flatten()
                    .filter(|_| stage.tees_until(deadline))
            })
            .collect();
        let Some(statuses) = statuses else {
            kill(&stages);
            // Collected before anything else, as the killed must not write any more.
            let _: Vec<ExitStatus> = stages.iter().map(Popen::wait).collect();
            stages.iter().for_each(Popen::stop_tees);
            let ending = stages.last().map_or([false; 3], |stage| stage.teed);
            let _ = exchange.drain(&mut terms(), ending);
            let [stdout, stderr] = exchange.into_data();
            for stage in &stages {
                stage.tees_until(None);
            }
            let args = stages.last().map(|stage| stage.child.args.clone());
            let error =
                TimeoutExpired::new(args.unwrap_or_default(), timeout.unwrap_or(Duration::MAX));
            return Err(error.with(stdout, stderr).into());
        };
        let [stdout, stderr] = exchange.into_data();
        let done = CompletedPipeline::new(&stages, statuses, stdout, stderr);
        if let Some(error) = stages.iter().find_map(Popen::tee_error) {
            let stages = done.into_stages();
            return Err(CommunicateError::Tee(TeeError { stages, error }).into());
        }
        if check && !done.success() {
            return Err(PipelineError::new(done).into());
        }
        Ok(done)
    }
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

fn terms() -> Terms<'static> {
    Terms {
        limit: usize::MAX,
        sink: None,
    }
}

fn kill(stages: &[Popen]) {
    for stage in stages {
        // One that has changed its user cannot be killed.
        let _ = stage.kill();
    }
}
