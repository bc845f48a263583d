//! `a | b | c`: children whose streams are joined (rows S-75, S-E11).

use std::ops::BitOr;
use std::time::{Duration, Instant};

use super::alarm::Alarm;
use super::dialog::Came;
use super::exchange::Terms;
use super::pipeline_running::completed;
use super::{
    Command, CommunicateError, CompletedPipeline, OnDrop, PipelineError, Popen, RunningPipeline,
    StartError, Stdio, SubprocessError, pipes,
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
    tree: bool,
}

impl From<Command> for Pipeline {
    fn from(command: Command) -> Self {
        Self {
            stages: vec![command],
            input: None,
            capture: false,
            timeout: None,
            check: false,
            tree: false,
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
    /// What the first stage reads, through a pipe. It is written by [`run`](Self::run) or, after [`start`](Self::start), by the first [`communicate`](RunningPipeline::communicate). What is in memory
    /// already and need not be written by anybody is [`Stdio::here`].
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

    /// When time is up, kills also what the stages have started, as [`Popen::kill_tree`] does.
    pub fn kill_tree(mut self) -> Self {
        self.tree = true;
        self
    }

    /// Starts all stages. What becomes of those that still run when the handle is dropped says each command's [`OnDrop`]; time limit and check are for [`run`](Self::run).
    ///
    /// # Errors
    ///
    /// If one cannot be started; those before it are killed.
    pub fn start(self) -> Result<RunningPipeline, StartError> {
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
                    .inspect_err(|_| kill(&started, false))?;
                upstream = Some(reader.into());
                stage = stage.stdout(writer);
            } else if self.capture {
                stage = stage.stdout(Stdio::Pipe).stderr(Stdio::Pipe);
            }
            // The command goes at the end of the turn, and this process's ends of the pipes with it.
            started.push(stage.start().inspect_err(|_| kill(&started, false))?);
        }
        Ok(RunningPipeline::new(
            started,
            self.input.unwrap_or_default(),
        ))
    }

    /// Runs it to the end of all stages.
    ///
    /// # Errors
    ///
    /// [`SubprocessError::Start`] if a stage cannot be started; [`SubprocessError::Timeout`] if time is up, with the output so far; [`SubprocessError::Pipeline`] if [`check`](Self::check) was asked for and a stage failed;
    /// [`SubprocessError::Communicate`] if the system refuses to read or write.
    pub fn run(self) -> Result<CompletedPipeline, SubprocessError> {
        let begin = Instant::now();
        let (check, tree, timeout) = (self.check, self.tree, self.timeout);
        let running = self.start_to_run()?;
        let party = running.party();
        let deadline = timeout.and_then(|timeout| begin.checked_add(timeout));
        let mut turn = party.turn(Vec::new())?;
        let came = party.go_on(&mut turn, &mut Terms::default(), deadline);
        if let Came::Done(statuses) = came.map_err(CommunicateError::from)? {
            return finish(completed(party, turn, statuses)?, check);
        }
        kill(&running, tree);
        // Collected before anything else, as the killed must not write any more.
        let _ = running.wait();
        Err(party.leave(turn, timeout.unwrap_or(Duration::MAX)).into())
    }

    /// As [`run`](Self::run), as a future, for any executor. The time of [`timeout`](Self::timeout) begins with the first poll.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future kills all stages; their output is lost.
    ///
    /// # Errors
    ///
    /// As [`run`](Self::run); with a time limit also if there is no descriptor to be had for the clock ([`SubprocessError::Communicate`]); nothing is started then.
    pub async fn run_async(self) -> Result<CompletedPipeline, SubprocessError> {
        let (check, tree, timeout) = (self.check, self.tree, self.timeout);
        // One that never goes off needs no descriptor.
        let limit = timeout.unwrap_or(Duration::MAX);
        let mut alarm = Alarm::new(limit).map_err(CommunicateError::from)?;
        let running = self.start_to_run()?;
        let party = running.party();
        let mut turn = party.turn(Vec::new())?;
        let mut terms = Terms::default();
        let came = alarm
            .limit(party.go_on_async(&mut turn, &mut terms))
            .await
            .and_then(Option::transpose)
            .map_err(CommunicateError::from)?;
        if let Some(Came::Done(statuses)) = came {
            return finish(completed(party, turn, statuses)?, check);
        }
        kill(&running, tree);
        let _ = running.wait_async().await;
        Err(party.leave(turn, limit).into())
    }

    fn start_to_run(mut self) -> Result<RunningPipeline, StartError> {
        for stage in &mut self.stages {
            stage.on_drop = OnDrop::Kill;
        }
        self.start()
    }
}

fn finish(done: CompletedPipeline, check: bool) -> Result<CompletedPipeline, SubprocessError> {
    if check && !done.success() {
        return Err(PipelineError::new(done).into());
    }
    Ok(done)
}

fn kill(stages: &[Popen], tree: bool) {
    for stage in stages {
        if tree {
            let _ = stage.kill_tree();
        }
        // One that has changed its user cannot be killed.
        let _ = stage.kill();
    }
}
