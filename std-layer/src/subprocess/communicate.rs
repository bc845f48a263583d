//! Writing input, reading output, waiting: without deadlock, and resumable (rows S-55 to S-58).

use std::fmt;
use std::time::{Duration, Instant};

use super::dialog::{Came, Party};
use super::exchange::{Output, Terms};
use super::talk::Turn;
use super::{CommunicateError, CompletedProcess, ExitStatus, Popen, TeeError};

/// A conversation with a child, or with the children of a pipeline, with options; see [`Popen::conversation`] and [`RunningPipeline::conversation`](super::RunningPipeline::conversation). `T` is what it comes to.
#[must_use = "a conversation does nothing until it is run"]
pub struct Conversation<'a, T = CompletedProcess> {
    pub(super) party: Party<'a>,
    pub(super) input: Vec<u8>,
    pub(super) terms: Terms<'a>,
    pub(super) complete: Complete<T>,
}

/// Makes the result of a conversation that is over.
pub(super) type Complete<T> =
    fn(Party<'_>, Turn<'_>, Vec<ExitStatus>) -> Result<T, CommunicateError>;

impl Popen {
    /// Writes `input` to the child, reads all that it writes, and waits for its end (row S-55).
    ///
    /// Streams that are not pipes have no part in it: input for a child without a pipe to its standard input is ignored. Without input (`b""`), the pipe is closed at once. A child that ends, or closes its
    /// standard input, without reading all of it is not an error. All pipes are closed in the end (row S-58). (Rust programs ignore SIGPIPE; one that has made it deadly again is ended by it when it
    /// writes to such a child, here as with std.) The output ends when nobody has the pipe open for writing: neither the child nor its own children.
    ///
    /// # Errors
    ///
    /// See [`CommunicateError`]. Conversations that end early can be taken up again by another call, of any of the five forms, without input; nothing is lost (row S-56).
    ///
    /// ```
    /// use selvedge::subprocess::{Command, Stdio};
    ///
    /// let child = Command::new("cat").stdin(Stdio::Pipe).stdout(Stdio::Pipe).start()?;
    /// assert_eq!(child.communicate("there and back")?.stdout(), b"there and back");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn communicate(
        &self,
        input: impl Into<Vec<u8>>,
    ) -> Result<CompletedProcess, CommunicateError> {
        self.conversation().input(input).run()
    }

    /// As [`communicate`](Self::communicate), without waiting: what cannot be written or read at once is left for the next call.
    ///
    /// # Errors
    ///
    /// [`CommunicateError::Timeout`] if the child has not ended yet.
    pub fn try_communicate(
        &self,
        input: impl Into<Vec<u8>>,
    ) -> Result<CompletedProcess, CommunicateError> {
        self.communicate_timeout(input, Duration::ZERO)
    }

    /// As [`communicate`](Self::communicate), for at most `timeout`. The child is not killed (row S-56).
    ///
    /// # Errors
    ///
    /// [`CommunicateError::Timeout`], with the output so far, if the child has not ended in time.
    ///
    /// ```
    /// use std::time::Duration;
    /// use selvedge::subprocess::{Command, CommunicateError, Stdio};
    ///
    /// let child = Command::shell("echo early; sleep 1000").stdout(Stdio::Pipe).new_session(true).start()?;
    /// let mut seen = Vec::new();
    /// while seen.is_empty() {
    ///     let Err(CommunicateError::Timeout(error)) = child.communicate_timeout(b"", Duration::from_millis(20)) else {
    ///         unreachable!("it sleeps");
    ///     };
    ///     seen = error.stdout().unwrap().to_vec();
    /// }
    /// child.kill_tree()?;
    /// // Nothing was lost.
    /// assert_eq!(child.communicate(b"")?.stdout(), b"early\n");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn communicate_timeout(
        &self,
        input: impl Into<Vec<u8>>,
        timeout: Duration,
    ) -> Result<CompletedProcess, CommunicateError> {
        self.conversation().input(input).run_timeout(timeout)
    }

    /// As [`communicate`](Self::communicate), until `deadline` at the latest.
    ///
    /// # Errors
    ///
    /// [`CommunicateError::Timeout`], with the output so far, if the child has not ended in time.
    pub fn communicate_deadline(
        &self,
        input: impl Into<Vec<u8>>,
        deadline: Instant,
    ) -> Result<CompletedProcess, CommunicateError> {
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
    ) -> Result<CompletedProcess, CommunicateError> {
        self.conversation().input(input).run_async().await
    }

    /// A conversation with options: a limit to what is read, or something to do with output as it comes.
    ///
    /// ```
    /// use selvedge::subprocess::{Command, CommunicateError, Stdio};
    ///
    /// let child = Command::shell("echo one; echo two >&2").stdout(Stdio::Pipe).stderr(Stdio::Pipe).start()?;
    /// let mut bytes = 0;
    /// child.conversation().on_output(|_stream, new| bytes += new.len()).run()?;
    /// assert_eq!(bytes, 8);
    ///
    /// let child = Command::new("yes").stdout(Stdio::Pipe).start()?;
    /// let error = child.conversation().limit(1000).run().unwrap_err();
    /// assert!(matches!(error, CommunicateError::TooMuch(_)));
    /// child.kill()?;
    /// # assert!(!child.wait().success());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn conversation(&self) -> Conversation<'_> {
        Conversation {
            party: Party::one(self),
            input: Vec::new(),
            terms: Terms::default(),
            complete,
        }
    }
}

impl<'a, T> Conversation<'a, T> {
    /// What to write to the child's standard input.
    pub fn input(mut self, input: impl Into<Vec<u8>>) -> Self {
        self.input = input.into();
        self
    }

    /// How many bytes of each stream may be kept. A child that writes more fails the call with [`CommunicateError::TooMuch`], and goes on; a little more than this may have been read by then.
    pub fn limit(mut self, bytes: usize) -> Self {
        self.terms.limit = bytes;
        self
    }

    /// Something to do with output as it comes in; it is not kept then. The parts have whatever size they happen to come in.
    pub fn on_output(mut self, sink: impl FnMut(Output, &[u8]) + Send + 'a) -> Self {
        self.terms.sink = Some(Box::new(sink));
        self
    }

    /// As [`Popen::communicate`].
    ///
    /// # Errors
    ///
    /// As [`Popen::communicate`].
    pub fn run(self) -> Result<T, CommunicateError> {
        self.until(None, Duration::MAX)
    }

    /// As [`Popen::try_communicate`].
    ///
    /// # Errors
    ///
    /// As [`Popen::try_communicate`].
    pub fn try_run(self) -> Result<T, CommunicateError> {
        self.run_timeout(Duration::ZERO)
    }

    /// As [`Popen::communicate_timeout`].
    ///
    /// # Errors
    ///
    /// As [`Popen::communicate_timeout`].
    pub fn run_timeout(self, timeout: Duration) -> Result<T, CommunicateError> {
        self.until(Instant::now().checked_add(timeout), timeout)
    }

    /// As [`Popen::communicate_deadline`].
    ///
    /// # Errors
    ///
    /// As [`Popen::communicate_deadline`].
    pub fn run_deadline(self, deadline: Instant) -> Result<T, CommunicateError> {
        let timeout = deadline.saturating_duration_since(Instant::now());
        self.until(Some(deadline), timeout)
    }

    fn until(
        mut self,
        deadline: Option<Instant>,
        timeout: Duration,
    ) -> Result<T, CommunicateError> {
        let mut turn = self.party.turn(self.input)?;
        match self.party.go_on(&mut turn, &mut self.terms, deadline)? {
            Came::Done(statuses) => (self.complete)(self.party, turn, statuses),
            Came::TimedOut => Err(CommunicateError::Timeout(self.party.early(&turn, timeout))),
            Came::TooMuch => Err(CommunicateError::TooMuch(self.party.early(&turn, timeout))),
        }
    }
}

/// The result for one child.
pub(super) fn complete(
    party: Party<'_>,
    turn: Turn<'_>,
    statuses: Vec<ExitStatus>,
) -> Result<CompletedProcess, CommunicateError> {
    let [stdout, stderr] = turn.end();
    let status = statuses.first().copied().unwrap_or(ExitStatus::Unknown);
    let popen = &party.stages[0];
    popen.completed(status, stdout, stderr)
}

impl Popen {
    /// The child that has ended, unless a copy of its output could not be written.
    pub(super) fn completed(
        &self,
        status: ExitStatus,
        stdout: Option<Vec<u8>>,
        stderr: Option<Vec<u8>>,
    ) -> Result<CompletedProcess, CommunicateError> {
        let done = CompletedProcess::new(self.child.args.clone(), status, stdout, stderr);
        match self.tee_error() {
            None => Ok(done),
            Some(error) => Err(CommunicateError::Tee(TeeError {
                stages: vec![done],
                error,
            })),
        }
    }
}

impl<T> fmt::Debug for Conversation<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Conversation")
            .field("with", &self.party.stages)
            .field("input", &self.input.len())
            .field("limit", &self.terms.limit)
            .finish_non_exhaustive()
    }
}
