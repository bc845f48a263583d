//! The steps of a start, and the error that tells which one failed.

use std::error::Error;
use std::path::Path;
use std::{fmt, io};

/// What a start was doing when it failed. See [`StartError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
#[non_exhaustive]
pub enum Step {
    /// Looking at the command: options that exclude each other, or [`Stdio::Merge`](super::Stdio::Merge) for something else than standard error (rows S-29, X-15).
    Options,
    /// Looking at the arguments: there are none (Python: `IndexError`), or one has a NUL byte (`ValueError`, row S-22).
    Arguments,
    /// Looking at the environment: a NUL byte, or a name that is empty or has a `=` (row S-39).
    Environment,
    /// Looking up a user's or group's number by name (Python: `KeyError`, row S-42).
    FindUser,
    /// Making a pipe, a copy of a descriptor for a [`Tee`](super::Tee), or the file of [`Stdio::here`](super::Stdio::here).
    Pipe,
    /// Opening the null device.
    Null,
    /// Memory for the child's stack.
    Memory,
    /// Making the process (row S-47), or the thread that makes those which must not outlive this process.
    Clone,
    /// In the child: putting descriptors where they belong (row S-27).
    Redirect,
    /// In the child: changing the folder (row S-38).
    ChangeDir,
    /// In the child: a new session.
    Session,
    /// In the child: the process group.
    Group,
    /// In the child: a resource limit.
    Limit,
    /// In the child: the priority.
    Nice,
    /// In the child: the supplementary groups.
    SetGroups,
    /// In the child: the group's id.
    SetGid,
    /// In the child: the user's id.
    SetUid,
    /// In the child: the signal that comes when the parent ends.
    ParentDeath,
    /// In the child: a closure of [`pre_exec`](super::Command::pre_exec) failed or panicked (row S-35).
    PreExec,
    /// In the child: becoming the program (row S-45).
    Exec,
    /// The child ended before it became the program, for a reason that it could not tell: it was killed.
    Killed,
    /// Making the control group of [`Command::contain`](super::Command::contain), or in the child: entering it.
    Cgroup,
}

impl Step {
    const ALL: [Self; 22] = [
        Self::Options,
        Self::Arguments,
        Self::Environment,
        Self::FindUser,
        Self::Pipe,
        Self::Null,
        Self::Memory,
        Self::Clone,
        Self::Redirect,
        Self::ChangeDir,
        Self::Session,
        Self::Group,
        Self::Limit,
        Self::Nice,
        Self::SetGroups,
        Self::SetGid,
        Self::SetUid,
        Self::ParentDeath,
        Self::PreExec,
        Self::Exec,
        Self::Killed,
        Self::Cgroup,
    ];

    /// The step with this number, as a child reports it.
    pub(super) fn from_number(number: u8) -> Option<Self> {
        Self::ALL.get(usize::from(number)).copied()
    }

    fn text(self) -> &'static str {
        match self {
            Self::Options => "the options exclude each other",
            Self::Arguments => "the arguments cannot be passed to a program",
            Self::Environment => "the environment cannot be passed to a program",
            Self::FindUser => "no such user or group",
            Self::Pipe => "cannot make a pipe",
            Self::Null => "cannot open the null device",
            Self::Memory => "no memory for the child's stack",
            Self::Clone => "cannot make a process",
            Self::Redirect => "cannot redirect",
            Self::ChangeDir => "cannot change the folder",
            Self::Session => "cannot start a session",
            Self::Group => "cannot join the process group",
            Self::Limit => "cannot set a resource limit",
            Self::Nice => "cannot set the priority",
            Self::SetGroups => "cannot set the supplementary groups",
            Self::SetGid => "cannot set the group",
            Self::SetUid => "cannot set the user",
            Self::ParentDeath => "cannot be tied to its parent",
            Self::PreExec => "what was to run before the program failed",
            Self::Exec => "cannot run the program",
            Self::Killed => "killed before it became the program",
            Self::Cgroup => "cannot be put into a control group",
        }
    }
}

/// Why a child was not started: the step, the system's error number, and the path that it is about (rows S-17, S-45).
///
/// Nothing is left behind: no process, no descriptor.
///
/// ```
/// use std::io::ErrorKind;
/// use selvedge::subprocess::{Command, Step};
///
/// let error = Command::new("/no/such/program").start().unwrap_err();
/// assert_eq!((error.step(), error.kind()), (Step::Exec, ErrorKind::NotFound));
/// assert_eq!(error.path().unwrap().to_str(), Some("/no/such/program"));
///
/// let error = Command::new("true").cwd("/no/such/folder").start().unwrap_err();
/// assert_eq!((error.step(), error.kind()), (Step::ChangeDir, ErrorKind::NotFound));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StartError {
    step: Step,
    errno: i32,
    path: Option<Box<Path>>,
}

impl StartError {
    pub(super) fn new(step: Step, errno: i32) -> Self {
        Self {
            step,
            errno,
            path: None,
        }
    }

    pub(super) fn invalid(step: Step) -> Self {
        Self::new(step, libc::EINVAL)
    }

    pub(super) fn about(mut self, path: impl AsRef<Path>) -> Self {
        self.path = Some(path.as_ref().into());
        self
    }

    /// What the start was doing.
    pub fn step(&self) -> Step {
        self.step
    }

    /// The system's number of the error (`errno`). Where this library refused, without asking the system, it is that of an invalid argument.
    pub fn raw_os_error(&self) -> i32 {
        self.errno
    }

    /// The error's kind, as std sorts them.
    pub fn kind(&self) -> io::ErrorKind {
        io::Error::from_raw_os_error(self.errno).kind()
    }

    /// The program for [`Step::Exec`], the folder for [`Step::ChangeDir`], and nothing for most others.
    pub fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.step.text())?;
        if let Some(path) = &self.path {
            write!(f, " {path:?}")?;
        }
        write!(f, ": {}", io::Error::from_raw_os_error(self.errno))
    }
}

impl Error for StartError {}

impl From<StartError> for io::Error {
    fn from(error: StartError) -> Self {
        Self::new(error.kind(), error)
    }
}

#[cfg(test)]
mod tests {
    use super::Step;

    #[test]
    fn numbers_lead_back() {
        for (number, step) in Step::ALL.into_iter().enumerate() {
            assert_eq!(step as usize, number);
            assert_eq!(Step::from_number(number as u8), Some(step));
        }
        assert_eq!(Step::from_number(22), None);
    }
}
