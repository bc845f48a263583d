//! Starting, communicating and waiting in one call (rows S-01 to S-11).

use std::time::{Duration, Instant};

use super::alarm::Alarm;
use super::communicate::complete;
use super::dialog::{Came, Party};
use super::exchange::Terms;
use super::stdio::Stdio;
use super::talk::Turn;
use super::{
    Command, CommunicateError, CompletedProcess, ExitStatus, OnDrop, Popen, StartError, Step,
    SubprocessError,
};

/// Python's `run` with its arguments: a command, its input, whether to capture, how long it may take, whether it must succeed.
///
/// Whatever ends the call early (a time limit, a panic, a dropped future), the child is killed first.
///
/// ```
/// use std::time::Duration;
/// use selvedge::subprocess::{Command, Run, SubprocessError};
///
/// let done = Run::new(Command::new("tr").args(["a-z", "A-Z"])).input("text").capture_output().check().run()?;
/// assert_eq!(done.stdout(), b"TEXT");
///
/// let slow = Run::new(Command::new("sleep").arg("1000")).timeout(Duration::from_millis(10));
/// assert!(matches!(slow.run(), Err(SubprocessError::Timeout(_))));
/// # Ok::<(), SubprocessError>(())
/// ```
#[derive(Debug, Clone)]
#[must_use = "it does nothing until it is run"]
pub struct Run {
    command: Command,
    input: Option<Vec<u8>>,
    capture: bool,
    timeout: Option<Duration>,
    check: bool,
    tree: bool,
}

impl Run {
    /// A command without further wishes.
    pub fn new(command: Command) -> Self {
        Self {
            command,
            input: None,
            capture: false,
            timeout: None,
            check: false,
            tree: false,
        }
    }

    /// What to write to its standard input, which becomes a pipe; empty input, too, is a pipe (row S-02).
    pub fn input(mut self, input: impl Into<Vec<u8>>) -> Self {
        self.input = Some(input.into());
        self
    }

    /// Makes pipes of standard output and standard error (row S-03).
    pub fn capture_output(mut self) -> Self {
        self.capture = true;
        self
    }

    /// How long it may take; then it is killed (row S-04).
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Any end but code 0 is an error (row S-06).
    pub fn check(mut self) -> Self {
        self.check = true;
        self
    }

    /// When time is up, kills also what the child has started, as [`Popen::kill_tree`] does.
    pub fn kill_tree(mut self) -> Self {
        self.tree = true;
        self
    }

    /// Runs it.
    ///
    /// # Errors
    ///
    /// [`SubprocessError::Start`] if it cannot be started, also with [`Step::Options`] where input or capture meet a stream that leads elsewhere already (rows S-02, S-03); [`SubprocessError::Timeout`], with the output
    /// so far, if it was killed for taking too long; [`SubprocessError::Called`] if it was to succeed and did not; [`SubprocessError::Communicate`] if the system refuses to read or write.
    pub fn run(self) -> Result<CompletedProcess, SubprocessError> {
        let begin = Instant::now();
        let (check, tree, timeout) = (self.check, self.tree, self.timeout);
        let (popen, input) = self.start()?;
        let deadline = timeout.and_then(|timeout| begin.checked_add(timeout));
        let done = match converse(&popen, input, deadline)? {
            Ok(done) => done,
            Err(turn) => {
                if kill(&popen, tree) {
                    let _ = popen.wait();
                }
                let timeout = timeout.unwrap_or(Duration::MAX);
                return Err(Party::one(&popen).leave(turn, timeout).into());
            }
        };
        finish(done, check)
    }

    /// As [`run`](Self::run), as a future, for any executor. The time of [`timeout`](Self::timeout) begins with the first poll; what [`kill_tree`](Self::kill_tree) does when it is up is done
    /// within one poll.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future kills the child; its output is lost.
    ///
    /// # Errors
    ///
    /// As [`run`](Self::run); with a time limit also if there is no descriptor to be had for the clock ([`SubprocessError::Communicate`]); nothing is started then.
    pub async fn run_async(self) -> Result<CompletedProcess, SubprocessError> {
        let (check, tree, timeout) = (self.check, self.tree, self.timeout);
        let Some(timeout) = timeout else {
            let (popen, input) = self.start()?;
            return finish(popen.communicate_async(input).await?, check);
        };
        let mut alarm = Alarm::new(timeout).map_err(CommunicateError::from)?;
        let (popen, input) = self.start()?;
        let done = alarm.limit(popen.communicate_async(input)).await;
        if let Some(done) = done.map_err(CommunicateError::from)? {
            return finish(done?, check);
        }
        // The conversation has been polled, so it has begun: this goes on with it.
        let party = Party::one(&popen);
        let turn = party.turn(Vec::new())?;
        if kill(&popen, tree) {
            let _ = popen.wait_async().await;
        }
        Err(party.leave(turn, timeout).into())
    }

    fn start(self) -> Result<(Popen, Vec<u8>), StartError> {
        let mut command = self.command.on_drop(OnDrop::Kill);
        if self.input.is_some() {
            pipe(&mut command.stdin)?;
        }
        if self.capture {
            pipe(&mut command.stdout)?;
            pipe(&mut command.stderr)?;
        }
        let popen = command.start()?;
        Ok((popen, self.input.unwrap_or_default()))
    }
}

fn pipe(stream: &mut Stdio) -> Result<(), StartError> {
    if !matches!(stream, Stdio::Inherit) {
        return Err(StartError::invalid(Step::Options));
    }
    *stream = Stdio::Pipe;
    Ok(())
}

fn finish(done: CompletedProcess, check: bool) -> Result<CompletedProcess, SubprocessError> {
    if check {
        Ok(done.check_returncode()?)
    } else {
        Ok(done)
    }
}

/// The whole conversation; or what there is of it when time is up.
fn converse(
    popen: &Popen,
    input: Vec<u8>,
    deadline: Option<Instant>,
) -> Result<Result<CompletedProcess, Turn<'_>>, CommunicateError> {
    let party = Party::one(popen);
    let mut turn = party.turn(input)?;
    match party.go_on(&mut turn, &mut Terms::default(), deadline)? {
        Came::Done(statuses) => complete(party, turn, statuses).map(Ok),
        Came::TimedOut | Came::TooMuch => Ok(Err(turn)),
    }
}

/// False if it cannot be killed, and is not to be waited for.
fn kill(popen: &Popen, tree: bool) -> bool {
    if tree {
        let _ = popen.kill_tree();
    }
    popen.kill().is_ok()
}

impl Command {
    /// Runs it and waits for its end; with pipes, reads all that it writes. The short form of [`Run`].
    ///
    /// # Errors
    ///
    /// As [`Run::run`].
    pub fn run(self) -> Result<CompletedProcess, SubprocessError> {
        Run::new(self).run()
    }
}

/// Runs a command and waits for its end (row S-07). Pipes are closed at once: to read from them, [`run`](Command::run).
///
/// # Errors
///
/// [`SubprocessError::Start`]; [`SubprocessError::Communicate`] if a copy of its output ([`tee_stdout`](Command::tee_stdout)) could not be written, with the child's end in it.
///
/// ```
/// use selvedge::subprocess::{Command, call};
///
/// assert!(call(&Command::new("true"))?.success());
/// # Ok::<(), selvedge::subprocess::SubprocessError>(())
/// ```
pub fn call(command: &Command) -> Result<ExitStatus, SubprocessError> {
    Ok(end(&command.start()?)?.status())
}

/// Closes the pipes and waits, also for copies of the output.
fn end(popen: &Popen) -> Result<CompletedProcess, CommunicateError> {
    let status = popen.close_and_wait();
    popen.completed(status, None, None)
}

/// Runs a command that must succeed (row S-08).
///
/// # Errors
///
/// As [`call`], and [`SubprocessError::Called`] if it does not end with code 0.
pub fn check_call(command: &Command) -> Result<(), SubprocessError> {
    finish(end(&command.start()?)?, true).map(drop)
}

/// The standard output of a command that must succeed (row S-09).
///
/// # Errors
///
/// As [`Run::run`] with [`check`](Run::check); [`Step::Options`] if standard output leads elsewhere already.
///
/// ```
/// use selvedge::subprocess::{Command, check_output};
///
/// assert_eq!(check_output(Command::new("echo").arg("this"))?, b"this\n");
/// # Ok::<(), selvedge::subprocess::SubprocessError>(())
/// ```
pub fn check_output(mut command: Command) -> Result<Vec<u8>, SubprocessError> {
    pipe(&mut command.stdout)?;
    let (stdout, _) = Run::new(command).check().run()?.into_output();
    Ok(stdout.unwrap_or_default())
}

/// How a line for the shell ended, and what it wrote to standard output and standard error together, as text without the last newline (row S-10).
///
/// # Errors
///
/// If the shell cannot be started or its output is not UTF-8. That the line fails is no error.
///
/// ```
/// use selvedge::subprocess::{ExitStatus, getstatusoutput};
///
/// let (status, output) = getstatusoutput("echo out; echo err >&2; exit 3")?;
/// assert_eq!((status, output.as_str()), (ExitStatus::Exited(3), "out\nerr"));
/// # Ok::<(), selvedge::subprocess::SubprocessError>(())
/// ```
pub fn getstatusoutput(line: &str) -> Result<(ExitStatus, String), SubprocessError> {
    let command = Command::shell(line)
        .stdout(Stdio::Pipe)
        .stderr(Stdio::Merge);
    let done = command.run()?;
    let mut text = done.stdout_text(super::Decoding::Strict)?;
    if text.ends_with('\n') {
        text.pop();
    }
    Ok((done.status(), text))
}

/// What a line for the shell writes: the second half of [`getstatusoutput`] (row S-11).
///
/// # Errors
///
/// As [`getstatusoutput`].
pub fn getoutput(line: &str) -> Result<String, SubprocessError> {
    Ok(getstatusoutput(line)?.1)
}
