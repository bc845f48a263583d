//! Who this process is: row M-47.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags, getppid, pidfd_open};
use serde::{Deserialize, Serialize};

use crate::subprocess::process::left_until;

/// What a child is told about itself.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Identity {
    pub(super) name: String,
    pub(super) daemon: bool,
    /// The numbers in the automatic name, with their colons: "1:2".
    pub(super) chain: String,
    pub(super) parent: Parent,
}

/// And about its parent.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Parent {
    pub(super) name: String,
    pub(super) pid: u32,
}

static IDENTITY: OnceLock<Identity> = OnceLock::new();
static PARENT: OnceLock<Option<OwnedFd>> = OnceLock::new();
/// How many children have been given a number. Counts, and orders nothing.
static CHILDREN: AtomicU64 = AtomicU64::new(0);

/// At the beginning of a child.
///
/// # Errors
///
/// If the system cannot tell about the end of a process (Linux before 5.3), or has no descriptor left.
pub(super) fn adopt(identity: Identity) -> io::Result<()> {
    let pid = identity.parent.pid;
    let parent = match Pid::from_raw(pid.cast_signed()) {
        Some(parent) => match pidfd_open(parent, PidfdFlags::empty()) {
            Ok(parent) => Some(parent),
            Err(Errno::SRCH) => None,
            Err(errno) => return Err(errno.into()),
        },
        None => None,
    };
    // If the parent is gone, its number may be another's: then we have been given to somebody else.
    let _ = PARENT.set(parent.filter(|_| is_parent(pid)));
    let _ = IDENTITY.set(identity);
    Ok(())
}

fn is_parent(pid: u32) -> bool {
    getppid().is_some_and(|parent| parent.as_raw_nonzero().get().cast_unsigned() == pid)
}

pub(super) fn name() -> String {
    current_process().name().to_owned()
}

pub(super) fn is_daemon() -> bool {
    IDENTITY.get().is_some_and(|identity| identity.daemon)
}

/// The numbers of the next child (row M-06).
pub(super) fn next_chain() -> String {
    let number = CHILDREN.fetch_add(1, Ordering::Relaxed) + 1;
    match IDENTITY.get() {
        Some(identity) => format!("{}:{number}", identity.chain),
        None => number.to_string(),
    }
}

/// The calling process (row M-47).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CurrentProcess(());

/// The calling process.
///
/// ```
/// use selvedge::multiprocessing::current_process;
///
/// assert_eq!(current_process().name(), "MainProcess");
/// assert_eq!(current_process().pid(), std::process::id());
/// ```
#[must_use]
pub fn current_process() -> CurrentProcess {
    CurrentProcess(())
}

impl CurrentProcess {
    /// Its name: what its parent has given it, or `MainProcess`.
    #[must_use]
    pub fn name(self) -> &'static str {
        IDENTITY
            .get()
            .map_or("MainProcess", |identity| &identity.name)
    }

    /// Its number.
    #[must_use]
    pub fn pid(self) -> u32 {
        std::process::id()
    }

    /// Whether it ends with its parent, and may not have children.
    #[must_use]
    pub fn is_daemon(self) -> bool {
        is_daemon()
    }
}

/// The process that started this one (row M-47).
#[derive(Debug, Clone, Copy)]
pub struct ParentProcess(&'static Parent);

/// The process that has started this one by this module; `None` in the main process.
#[must_use]
pub fn parent_process() -> Option<ParentProcess> {
    IDENTITY.get().map(|own| ParentProcess(&own.parent))
}

impl ParentProcess {
    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        &self.0.name
    }

    /// Its number; another process's, perhaps, after its end.
    #[must_use]
    pub fn pid(self) -> u32 {
        self.0.pid
    }

    /// Whether it lives.
    #[must_use]
    pub fn is_alive(self) -> bool {
        !self.wait(Some(Instant::now()))
    }

    /// Waits until it has ended.
    pub fn join(self) {
        self.wait(None);
    }

    /// Waits until it has ended, at most for `timeout`; whether it has.
    #[must_use]
    pub fn join_timeout(self, timeout: Duration) -> bool {
        self.wait(Instant::now().checked_add(timeout))
    }

    /// The descriptor that stands for it, readable after its end; `None` if it had ended before this process looked.
    #[must_use]
    pub fn sentinel(self) -> Option<BorrowedFd<'static>> {
        PARENT.get()?.as_ref().map(AsFd::as_fd)
    }

    fn wait(self, deadline: Option<Instant>) -> bool {
        let Some(sentinel) = self.sentinel() else {
            return true;
        };
        loop {
            let timeout = deadline.and_then(left_until);
            match poll(
                &mut [PollFd::new(&sentinel, PollFlags::IN)],
                timeout.as_ref(),
            ) {
                Ok(0) => return false,
                Err(Errno::INTR | Errno::NOMEM) => {}
                _ => return true,
            }
        }
    }
}
