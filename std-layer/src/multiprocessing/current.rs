//! Who this process is: row M-47.
//!
//! A copy of a process is somebody else than the process, so this changes at a fork. What was said before is kept, as it was handed out for ever.
//!
//! # Safety
//!
//! The pointer is null or of a value that was leaked.
#![allow(unsafe_code, reason = "a pointer to a leaked value")]

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::ptr;
use std::sync::atomic::{AtomicPtr, AtomicU64, Ordering};
use std::time::{Duration, Instant};
use std::{fmt, io};

use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags, getppid, pidfd_open};
use serde::{Deserialize, Serialize};

use super::missing::named;
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

struct Own {
    identity: Identity,
    /// `None` if it had ended before anybody looked.
    parent: Option<OwnedFd>,
}

/// Null in a process that is no child of ours. The edge `own-identity`: Release by whoever leaks it, Acquire by who reads it.
static OWN: AtomicPtr<Own> = AtomicPtr::new(ptr::null_mut());
/// How many children have been given a number. Counts, and orders nothing.
static CHILDREN: AtomicU64 = AtomicU64::new(0);

fn own() -> Option<&'static Own> {
    // SAFETY: leaked by `adopt`, and never changed.
    unsafe { OWN.load(Ordering::Acquire).as_ref() }
}

fn identity() -> Option<&'static Identity> {
    own().map(|own| &own.identity)
}

/// At the beginning of a child: from now on it is this one, and has no children.
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
            Err(errno) => return Err(named("pidfd_open", errno)),
        },
        None => None,
    };
    // If the parent is gone, its number may be another's: then we have been given to somebody else.
    let parent = parent.filter(|_| is_parent(pid));
    let own = Box::leak(Box::new(Own { identity, parent }));
    OWN.store(own, Ordering::Release);
    CHILDREN.store(0, Ordering::Relaxed);
    Ok(())
}

fn is_parent(pid: u32) -> bool {
    getppid().is_some_and(|parent| parent.as_raw_nonzero().get().cast_unsigned() == pid)
}

pub(super) fn name() -> String {
    current_process().name().to_owned()
}

pub(super) fn is_daemon() -> bool {
    identity().is_some_and(|identity| identity.daemon)
}

/// The numbers of the next child (row M-06).
pub(super) fn next_chain() -> String {
    let number = CHILDREN.fetch_add(1, Ordering::Relaxed) + 1;
    match identity() {
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
        identity().map_or("MainProcess", |identity| &identity.name)
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
#[derive(Clone, Copy)]
pub struct ParentProcess(&'static Own);

impl fmt::Debug for ParentProcess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parent = &self.0.identity.parent;
        f.debug_struct("ParentProcess")
            .field("name", &parent.name)
            .field("pid", &parent.pid)
            .finish()
    }
}

/// The process that has started this one by this module; `None` in the main process.
#[must_use]
pub fn parent_process() -> Option<ParentProcess> {
    own().map(ParentProcess)
}

impl ParentProcess {
    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        &self.0.identity.parent.name
    }

    /// Its number; another process's, perhaps, after its end.
    #[must_use]
    pub fn pid(self) -> u32 {
        self.0.identity.parent.pid
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
        self.0.parent.as_ref().map(AsFd::as_fd)
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
