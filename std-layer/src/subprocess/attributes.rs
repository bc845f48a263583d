//! The less common settings of a command: descriptors, identity, groups, limits.
//!
//! # Safety
//!
//! Declares the one unsafe setting.
#![allow(
    unsafe_code,
    reason = "an unsafe function for closures in a forked process"
)]

use std::io;
use std::os::fd::{AsRawFd, RawFd};
use std::path::Path;
use std::sync::Arc;

use super::hook::Hook;
use super::{Command, Id, Limit, Resource, SharedFd, Signal};

impl Command {
    /// Gives the child this descriptor, at the same number (row S-37). In this process it stays closed on exec, and belongs to the command; one that is to be kept can be shared ([`SharedFd`]).
    ///
    /// ```
    /// use std::os::fd::AsRawFd;
    /// use selvedge::subprocess::Command;
    ///
    /// let (reader, writer) = std::io::pipe()?;
    /// let line = format!("echo through >&{}", writer.as_raw_fd());
    /// let child = Command::shell(line).pass_fd(writer).start()?;
    /// assert_eq!(std::io::read_to_string(reader)?, "through\n");
    /// # assert!(child.wait().success());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn pass_fd(self, fd: impl Into<SharedFd>) -> Self {
        let fd = fd.into();
        self.fd(fd.as_raw_fd(), fd)
    }

    /// Gives the child this descriptor at the number `target`. Each number can be given once, 0 to 2 only if the stream is [`Inherit`](super::Stdio::Inherit).
    pub fn fd(mut self, target: RawFd, fd: impl Into<SharedFd>) -> Self {
        self.descriptors.push((target, fd.into()));
        self
    }

    /// Whether the child gets nothing but its standard streams and what it is given by [`pass_fd`](Self::pass_fd) and [`fd`](Self::fd) (row S-36). It is so unless this says `false`: then each descriptor's own flag
    /// decides, which is "closed on exec" for all that Rust's std opens.
    pub fn close_fds(mut self, close: bool) -> Self {
        self.close_fds = close;
        self
    }

    /// The folder that it runs in, and that relative paths to the program start from (rows S-26, S-38).
    pub fn cwd(mut self, folder: impl AsRef<Path>) -> Self {
        self.process.cwd = Some(folder.as_ref().to_owned());
        self
    }

    /// Which permissions files that it makes do not get (row S-43).
    pub fn umask(mut self, mask: u32) -> Self {
        self.process.umask = Some(mask);
        self
    }

    /// Whether the signals that are ignored by programs in Rust and Python, SIGPIPE and SIGXFSZ, have their effect in the child (row S-40). It is so unless this says `false`.
    ///
    /// Signals with a handler in this process have their default effect in any case, others that are ignored stay so, and the signal mask is the calling thread's.
    pub fn restore_signals(mut self, restore: bool) -> Self {
        self.process.restore_signals = restore;
        self
    }

    /// Makes it the leader of a session and of a process group of its own, without a terminal (row S-41).
    pub fn new_session(mut self, session: bool) -> Self {
        self.process.session = session;
        self
    }

    /// Puts it into a process group; 0 is a group of its own (rows S-41, X-02).
    pub fn process_group(mut self, group: i32) -> Self {
        self.process.group = Some(group);
        self
    }

    /// The user that it runs as (row S-42). Groups do not follow: set those, too.
    pub fn user(mut self, user: impl Into<Id>) -> Self {
        self.identity.user = Some(user.into());
        self
    }

    /// The group that it runs as (row S-42).
    pub fn group(mut self, group: impl Into<Id>) -> Self {
        self.identity.group = Some(group.into());
        self
    }

    /// All of its supplementary groups (row S-42).
    pub fn extra_groups<I>(mut self, groups: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<Id>,
    {
        self.identity.extra_groups = Some(groups.into_iter().map(Into::into).collect());
        self
    }

    /// A resource limit for the child alone.
    ///
    /// ```
    /// use selvedge::subprocess::{Command, Resource, Stdio};
    ///
    /// let command = Command::shell("ulimit -n").limit(Resource::OpenFiles, 32).stdout(Stdio::Pipe);
    /// assert_eq!(command.start()?.communicate(b"")?.stdout(), b"32\n");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn limit(mut self, resource: Resource, limit: impl Into<Limit>) -> Self {
        self.process.limits.push((resource, limit.into()));
        self
    }

    /// Its priority, from -20 (most) to 19 (least).
    pub fn nice(mut self, nice: i32) -> Self {
        self.process.nice = Some(nice);
        self
    }

    /// Sends the child this signal when this *process* ends, however it ends.
    ///
    /// (The kernel's signal tells of the end of a thread. So that it is not that of the caller, such children are made by a thread that lives as long as the process; the child inherits that thread's
    /// affinity.) If this process ends while the child is on its way to its program, the child ends, too. Not reached: programs that change their user when they start, as the kernel then forgets the
    /// request, and children of the child. It also comes if this process becomes another program by `exec`.
    pub fn dies_with_parent(mut self, signal: impl Into<Signal>) -> Self {
        self.process.dies_with_parent = Some(signal.into());
        self
    }

    /// Whether the child may share this process's memory until it becomes its program, as with `vfork`: it is so unless this says `false`, or user, group or [`pre_exec`](Self::pre_exec) demand a copy (row S-50).
    /// A copy takes longer the more memory this process has.
    pub fn share_memory(mut self, share: bool) -> Self {
        self.process.share_memory = share;
        self
    }

    /// Calls a closure in the child, just before descriptors are closed and the program starts (row S-35). An error or a panic fails the start, with [`Step::PreExec`](super::Step::PreExec).
    ///
    /// Errors are told to this process by a descriptor above 2. A closure that closes descriptors which are not its own may close that one: then the start counts as a success, and a child that fails on its way ends with code 255.
    ///
    /// # Safety
    ///
    /// The closure runs in a process made by `fork`, which has no other threads, and in which whatever those held at that moment stays as it was: a lock that another thread held is never released. It may do what a signal
    /// handler may do, and with libc's that prepare themselves for a fork (glibc's do) also allocate. It must not touch what other threads may have been changing.
    pub unsafe fn pre_exec(
        mut self,
        closure: impl Fn() -> io::Result<()> + Send + Sync + 'static,
    ) -> Self {
        self.pre_exec.push(Arc::new(Hook::new(closure)));
        self
    }
}
