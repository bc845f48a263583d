//! What to run, and how: the arguments of Python's `Popen` (row S-21).

use std::ffi::{OsStr, OsString};
use std::os::fd::RawFd;
use std::path::PathBuf;
use std::sync::Arc;

use super::environment::Environment;
use super::hook::Hook;
use super::tee::Tees;
use super::{
    Containment, Id, Limit, OnDrop, Popen, Resource, SharedFd, Signal, StartError, Stdio, start,
};

/// A program to run, its arguments, and how it is to run.
///
/// Nothing happens before [`start`](Self::start), which may be called again: a command is a description. No shell has a part in it unless [`shell`](Self::shell) is asked for (row S-74).
///
/// | group | methods |
/// |---|---|
/// | the program | [`new`](Self::new), [`from_args`](Self::from_args), [`shell`](Self::shell), [`arg`](Self::arg), [`args`](Self::args), [`executable`](Self::executable) |
/// | streams | [`stdin`](Self::stdin), [`stdout`](Self::stdout), [`stderr`](Self::stderr), [`tee_stdout`](Self::tee_stdout), [`tee_stderr`](Self::tee_stderr), [`pipe_size`](Self::pipe_size) |
/// | other descriptors | [`pass_fd`](Self::pass_fd), [`fd`](Self::fd), [`close_fds`](Self::close_fds) |
/// | surroundings | [`cwd`](Self::cwd), [`env`](Self::env), [`envs`](Self::envs), [`env_remove`](Self::env_remove), [`env_clear`](Self::env_clear), [`umask`](Self::umask) |
/// | identity | [`user`](Self::user), [`group`](Self::group), [`extra_groups`](Self::extra_groups) |
/// | groups of processes | [`new_session`](Self::new_session), [`process_group`](Self::process_group), [`contain`](Self::contain), [`dies_with_parent`](Self::dies_with_parent), [`on_drop`](Self::on_drop) |
/// | the rest | [`limit`](Self::limit), [`nice`](Self::nice), [`restore_signals`](Self::restore_signals), [`share_memory`](Self::share_memory), [`pre_exec`](Self::pre_exec) |
///
/// ```
/// use selvedge::subprocess::{Command, Stdio};
///
/// let child = Command::new("sort").arg("-r").stdin(Stdio::Pipe).stdout(Stdio::Pipe).start()?;
/// let done = child.communicate(b"a\nb\n")?;
/// assert_eq!(done.stdout(), b"b\na\n");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
#[must_use = "a command does nothing until it is started"]
pub struct Command {
    args: Vec<OsString>,
    shell: bool,
    executable: Option<OsString>,
    pub(super) stdin: Stdio,
    pub(super) stdout: Stdio,
    pub(super) stderr: Stdio,
    pub(super) tees: Tees,
    pub(super) pipe_size: Option<usize>,
    /// Target and source.
    pub(super) descriptors: Vec<(RawFd, SharedFd)>,
    pub(super) close_fds: bool,
    pub(super) environment: Environment,
    pub(super) process: Process,
    pub(super) identity: Identity,
    pub(super) pre_exec: Vec<Arc<Hook>>,
    pub(super) on_drop: OnDrop,
}

/// What is about the process.
#[derive(Debug, Clone)]
pub(super) struct Process {
    pub(super) cwd: Option<PathBuf>,
    pub(super) umask: Option<u32>,
    pub(super) restore_signals: bool,
    pub(super) session: bool,
    pub(super) group: Option<i32>,
    pub(super) limits: Vec<(Resource, Limit)>,
    pub(super) nice: Option<i32>,
    pub(super) dies_with_parent: Option<Signal>,
    pub(super) share_memory: bool,
    pub(super) containment: Containment,
}

/// Whose it is.
#[derive(Debug, Clone, Default)]
pub(super) struct Identity {
    pub(super) user: Option<Id>,
    pub(super) group: Option<Id>,
    pub(super) extra_groups: Option<Vec<Id>>,
}

impl Command {
    /// A program by name (looked for in the child's `PATH`) or by path, without arguments. Spaces are part of the name (row S-22).
    pub fn new(program: impl AsRef<OsStr>) -> Self {
        Self::from_args([program])
    }

    /// A program and its arguments. With none at all [`start`](Self::start) fails (row S-22).
    pub fn from_args<I>(args: I) -> Self
    where
        I: IntoIterator,
        I::Item: AsRef<OsStr>,
    {
        Self {
            args: owned(args),
            shell: false,
            executable: None,
            stdin: Stdio::Inherit,
            stdout: Stdio::Inherit,
            stderr: Stdio::Inherit,
            tees: Tees::default(),
            pipe_size: None,
            descriptors: Vec::new(),
            close_fds: true,
            environment: Environment::default(),
            process: Process {
                cwd: None,
                umask: None,
                restore_signals: true,
                session: false,
                group: None,
                limits: Vec::new(),
                nice: None,
                dies_with_parent: None,
                share_memory: true,
                containment: Containment::No,
            },
            identity: Identity::default(),
            pre_exec: Vec::new(),
            on_drop: OnDrop::Reap,
        }
    }

    /// A line for `/bin/sh -c`. [`arg`](Self::arg)s that follow are the shell's positional parameters, from `$0` on (row S-25).
    ///
    /// Text that comes from elsewhere does not belong in the line: pass it as a parameter, or quote it. A command that the shell does not find is not an error of the start: the shell ends with code 127
    /// (row S-46).
    ///
    /// ```
    /// use selvedge::subprocess::{Command, Stdio};
    ///
    /// let child = Command::shell("echo \"$1\"").args(["sh", "a; b"]).stdout(Stdio::Pipe).start()?;
    /// assert_eq!(child.communicate(b"")?.stdout(), b"a; b\n");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn shell(line: impl AsRef<OsStr>) -> Self {
        let mut command = Self::new(line);
        command.shell = true;
        command
    }

    /// One more argument.
    pub fn arg(mut self, arg: impl AsRef<OsStr>) -> Self {
        self.args.push(arg.as_ref().to_owned());
        self
    }

    /// More arguments.
    pub fn args<I>(mut self, args: I) -> Self
    where
        I: IntoIterator,
        I::Item: AsRef<OsStr>,
    {
        self.args.extend(owned(args));
        self
    }

    /// The program to run instead of the first argument, which is then only the name that it is shown under. With [`shell`](Self::shell), the shell (row S-24).
    pub fn executable(mut self, program: impl AsRef<OsStr>) -> Self {
        self.executable = Some(program.as_ref().to_owned());
        self
    }

    /// Where standard input comes from. See [`Stdio`].
    pub fn stdin(mut self, stdin: impl Into<Stdio>) -> Self {
        self.stdin = stdin.into();
        self
    }

    /// Where standard output goes. See [`Stdio`].
    pub fn stdout(mut self, stdout: impl Into<Stdio>) -> Self {
        self.stdout = stdout.into();
        self
    }

    /// Where standard error goes. See [`Stdio`].
    pub fn stderr(mut self, stderr: impl Into<Stdio>) -> Self {
        self.stderr = stderr.into();
        self
    }

    /// How many bytes the pipes of this command shall hold; the system may grant more, or refuse, which is no error (row S-32).
    ///
    /// Without this call, [`communicate`](Popen::communicate) and its kin let pipes of the usual size (16 pages) hold 512 KiB when much goes through them. Any other size than the usual one stays.
    pub fn pipe_size(mut self, bytes: usize) -> Self {
        self.pipe_size = Some(bytes);
        self
    }

    /// One more variable, or another value for one.
    pub fn env(mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Self {
        self.environment
            .set(name.as_ref().to_owned(), value.as_ref().to_owned());
        self
    }

    /// More variables.
    pub fn envs<I, K, V>(mut self, variables: I) -> Self
    where
        I: IntoIterator<Item = (K, V)>,
        K: AsRef<OsStr>,
        V: AsRef<OsStr>,
    {
        for (name, value) in variables {
            self = self.env(name, value);
        }
        self
    }

    /// Without this variable.
    pub fn env_remove(mut self, name: impl AsRef<OsStr>) -> Self {
        self.environment.remove(name.as_ref().to_owned());
        self
    }

    /// Without any variable, including those set so far. What is set afterwards is then all there is: Python's `env={...}` (row S-39).
    pub fn env_clear(mut self) -> Self {
        self.environment.clear();
        self
    }

    /// What the child does with [`Popen`]'s end: see [`OnDrop`].
    pub fn on_drop(mut self, policy: OnDrop) -> Self {
        self.on_drop = policy;
        self
    }

    /// Starts it.
    ///
    /// Blocks until the child has become its program, which takes well under a millisecond, or has failed to. Nothing is started then, and nothing left behind.
    ///
    /// # Errors
    ///
    /// [`StartError`] tells the step, the system's error and the path.
    pub fn start(&self) -> Result<Popen, StartError> {
        start::start(self)
    }

    /// The arguments as the program gets them.
    pub(super) fn full_args(&self) -> Arc<[OsString]> {
        if !self.shell {
            return self.args.as_slice().into();
        }
        let shell = self.executable.clone().unwrap_or_else(|| "/bin/sh".into());
        [shell, "-c".into()]
            .into_iter()
            .chain(self.args.iter().cloned())
            .collect()
    }

    /// The program to run, for arguments made by [`full_args`](Self::full_args).
    pub(super) fn program<'a>(&'a self, args: &'a [OsString]) -> Option<&'a OsStr> {
        args.first()
            .map(|first| self.executable.as_ref().unwrap_or(first).as_os_str())
    }
}

fn owned<I>(args: I) -> Vec<OsString>
where
    I: IntoIterator,
    I::Item: AsRef<OsStr>,
{
    args.into_iter()
        .map(|arg| arg.as_ref().to_owned())
        .collect()
}
