//! A pipeline whose stages run (rows S-75, S-52 to S-60).

use std::fmt;
use std::io;
use std::ops::Deref;
use std::time::{Duration, Instant};

use super::dialog::{Party, wait_all};
use super::exchange::Terms;
use super::talk::{Talk, Turn};
use super::{
    CommunicateError, CompletedPipeline, CompletedProcess, Conversation, ExitStatus, Popen, Signal,
    TeeError, TimeoutExpired,
};
use crate::threading::Mutex;

/// The running stages of a pipeline, first to last: see [`Pipeline::start`](super::Pipeline::start).
///
/// It is a slice of [`Popen`]s, each of which can be waited for and signalled on its own, and has the forms of `wait` and `communicate` for all of them together. As with `Popen`, all methods take `&self`, and any number of
/// threads may use one handle.
///
/// A conversation writes to the first stage's standard input, and reads the last one's standard output and standard error, those of them that are pipes; other pipes of stages are closed when it begins.
///
/// ```
/// use std::time::Duration;
/// use selvedge::subprocess::{Command, CommunicateError, Stdio};
///
/// let pipeline = Command::new("cat").stdin(Stdio::Pipe) | Command::shell("cat; exec sleep 1000").stdout(Stdio::Pipe);
/// let running = pipeline.start()?;
/// let mut input = "text";
/// while let Err(CommunicateError::Timeout(error)) = running.communicate_timeout(input, Duration::from_millis(20)) {
///     input = "";
///     if error.stdout() == Some(b"text") {
///         break;
///     }
/// }
/// // Nothing is lost: the last stage is ended, and the conversation goes on.
/// running[1].kill()?;
/// let done = running.communicate("")?;
/// assert_eq!(done.stdout(), b"text");
/// assert!(done.stages()[0].status().success() && !done.success());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct RunningPipeline {
    stages: Vec<Popen>,
    talk: Mutex<Talk>,
    /// For the first conversation.
    input: Mutex<Vec<u8>>,
}

impl RunningPipeline {
    pub(super) fn new(stages: Vec<Popen>, input: Vec<u8>) -> Self {
        Self {
            stages,
            talk: Mutex::default(),
            input: Mutex::new(input),
        }
    }

    pub(super) fn party(&self) -> Party<'_> {
        Party {
            stages: &self.stages,
            talk: &self.talk,
            before: Some(&self.input),
        }
    }

    /// The stages, to keep them one by one.
    pub fn into_stages(self) -> Vec<Popen> {
        self.stages
    }

    /// Waits until all stages have ended; how each did, first to last.
    ///
    /// If one writes to a pipe that nobody reads, waiting takes for ever: use [`communicate`](Self::communicate).
    pub fn wait(&self) -> Vec<ExitStatus> {
        self.stages.iter().map(Popen::wait).collect()
    }

    /// Whether all have ended, and how. Never waits.
    pub fn try_wait(&self) -> Option<Vec<ExitStatus>> {
        self.stages.iter().map(Popen::try_wait).collect()
    }

    /// Waits until all have ended, but no longer than `timeout`.
    ///
    /// # Errors
    ///
    /// If one of them has not ended in time. All go on, and can be waited for again.
    pub fn wait_timeout(&self, timeout: Duration) -> Result<Vec<ExitStatus>, TimeoutExpired> {
        wait_all(&self.stages, Instant::now().checked_add(timeout))
            .ok_or_else(|| self.party().expired(timeout))
    }

    /// Waits until all have ended, but no longer than until `deadline`.
    ///
    /// # Errors
    ///
    /// As [`wait_timeout`](Self::wait_timeout).
    pub fn wait_deadline(&self, deadline: Instant) -> Result<Vec<ExitStatus>, TimeoutExpired> {
        let begin = Instant::now();
        wait_all(&self.stages, Some(deadline)).ok_or_else(|| {
            let timeout = deadline.saturating_duration_since(begin);
            self.party().expired(timeout)
        })
    }

    /// As [`wait`](Self::wait), as a future, for any executor.
    ///
    /// # Cancel safety
    ///
    /// A dropped future loses nothing: the stages go on, and can be waited for again.
    pub async fn wait_async(&self) -> Vec<ExitStatus> {
        let mut statuses = Vec::with_capacity(self.stages.len());
        for stage in &self.stages {
            statuses.push(stage.wait_async().await);
        }
        statuses
    }

    /// Writes `input` to the first stage, after what [`Pipeline::input`](super::Pipeline::input) has said, reads all that the last one writes, and waits for the ends of all. As [`Popen::communicate`] otherwise.
    ///
    /// # Errors
    ///
    /// See [`CommunicateError`]. Conversations that end early can be taken up again by another call, of any of the five forms, without input; nothing is lost.
    ///
    /// ```
    /// use selvedge::subprocess::{Command, Stdio};
    ///
    /// let pipeline = Command::new("sort").stdin(Stdio::Pipe) | Command::new("uniq").stdout(Stdio::Pipe);
    /// assert_eq!(pipeline.start()?.communicate("b\na\nb\n")?.stdout(), b"a\nb\n");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn communicate(
        &self,
        input: impl Into<Vec<u8>>,
    ) -> Result<CompletedPipeline, CommunicateError> {
        self.conversation().input(input).run()
    }

    /// As [`communicate`](Self::communicate), without waiting: what cannot be written or read at once is left for the next call.
    ///
    /// # Errors
    ///
    /// [`CommunicateError::Timeout`] if not all have ended yet.
    pub fn try_communicate(
        &self,
        input: impl Into<Vec<u8>>,
    ) -> Result<CompletedPipeline, CommunicateError> {
        self.conversation().input(input).try_run()
    }

    /// As [`communicate`](Self::communicate), for at most `timeout`. Nobody is killed.
    ///
    /// # Errors
    ///
    /// [`CommunicateError::Timeout`], with the output so far, if not all have ended in time.
    pub fn communicate_timeout(
        &self,
        input: impl Into<Vec<u8>>,
        timeout: Duration,
    ) -> Result<CompletedPipeline, CommunicateError> {
        self.conversation().input(input).run_timeout(timeout)
    }

    /// As [`communicate`](Self::communicate), until `deadline` at the latest.
    ///
    /// # Errors
    ///
    /// As [`communicate_timeout`](Self::communicate_timeout).
    pub fn communicate_deadline(
        &self,
        input: impl Into<Vec<u8>>,
        deadline: Instant,
    ) -> Result<CompletedPipeline, CommunicateError> {
        self.conversation().input(input).run_deadline(deadline)
    }

    /// As [`communicate`](Self::communicate), as a future, for any executor.
    ///
    /// # Cancel safety
    ///
    /// A dropped future loses nothing: another call takes the conversation up, without input.
    ///
    /// # Errors
    ///
    /// As [`communicate`](Self::communicate).
    pub async fn communicate_async(
        &self,
        input: impl Into<Vec<u8>>,
    ) -> Result<CompletedPipeline, CommunicateError> {
        self.conversation().input(input).run_async().await
    }

    /// A conversation with options: a limit to what is read, or something to do with output as it comes. See [`Popen::conversation`].
    pub fn conversation(&self) -> Conversation<'_, CompletedPipeline> {
        Conversation {
            party: self.party(),
            input: Vec::new(),
            terms: Terms::default(),
            complete: completed,
        }
    }

    /// Sends a signal to each stage that has not ended.
    ///
    /// # Errors
    ///
    /// The first refusal; the others were sent theirs.
    pub fn send_signal(&self, signal: impl Into<Signal>) -> io::Result<()> {
        let signal = signal.into();
        each(&self.stages, |stage| stage.send_signal(signal))
    }

    /// Asks each stage to end: SIGTERM.
    ///
    /// # Errors
    ///
    /// As [`send_signal`](Self::send_signal).
    pub fn terminate(&self) -> io::Result<()> {
        self.send_signal(Signal::TERM)
    }

    /// Ends each stage: SIGKILL. They still have to be waited for.
    ///
    /// # Errors
    ///
    /// As [`send_signal`](Self::send_signal).
    pub fn kill(&self) -> io::Result<()> {
        self.send_signal(Signal::KILL)
    }

    /// Ends each stage and all that it has started: see [`Popen::kill_tree`].
    ///
    /// # Errors
    ///
    /// The first refusal; the others were killed.
    pub fn kill_tree(&self) -> io::Result<usize> {
        let mut count = 0;
        each(&self.stages, |stage| {
            count += stage.kill_tree()?;
            Ok(())
        })?;
        Ok(count)
    }

    /// Closes the pipes and waits for all, also for copies of their output.
    pub fn finish(self) -> Vec<ExitStatus> {
        // All pipes first: a stage may be waiting for another one's.
        self.stages.iter().for_each(Popen::close_pipes);
        *self.talk.lock() = Talk::Over;
        self.stages.into_iter().map(Popen::finish).collect()
    }
}

/// All are served, and the first failure is told.
fn each(stages: &[Popen], mut serve: impl FnMut(&Popen) -> io::Result<()>) -> io::Result<()> {
    let mut outcome = Ok(());
    for stage in stages {
        let served = serve(stage);
        if outcome.is_ok() {
            outcome = served;
        }
    }
    outcome
}

/// The result of a conversation with all of them.
pub(super) fn completed(
    party: Party<'_>,
    turn: Turn<'_>,
    statuses: Vec<ExitStatus>,
) -> Result<CompletedPipeline, CommunicateError> {
    let [stdout, stderr] = turn.end();
    let done = CompletedPipeline::new(party.stages, statuses, stdout, stderr);
    match party.stages.iter().find_map(Popen::tee_error) {
        None => Ok(done),
        Some(error) => {
            let stages: Vec<CompletedProcess> = done.into_stages();
            Err(CommunicateError::Tee(TeeError { stages, error }))
        }
    }
}

impl Deref for RunningPipeline {
    type Target = [Popen];

    fn deref(&self) -> &[Popen] {
        &self.stages
    }
}

impl fmt::Debug for RunningPipeline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("RunningPipeline")
            .field(&self.stages)
            .finish()
    }
}
