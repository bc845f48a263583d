//! A child as the system has it: its number, its pidfd, and how it ended.
//!
//! # Why no signal reaches a stranger
//!
//! A process number is free for reuse as soon as the child has been collected. Collecting (`waitid` without WNOWAIT) happens in [`Child::try_wait`] and for the last [`Pin`] only; it never blocks and holds the lock of the state. Signals are sent under the same lock, and only if the state says that the child has not been collected. Where there is a pidfd, that alone would do, as it means this child for ever, also if another part of
//! the program collects children that are not its own. Where there is none, one look (with WNOWAIT) comes before the signal.
//!
//! # How waiting sleeps
//!
//! In `poll` on the pidfd, or without one in `waitid` with WNOWAIT; with a time limit and without a pidfd a helper thread does that (`watch.rs`). Nobody collects while asleep, so that any number of threads can wait for one
//! child. Interrupted sleeps go on.

use std::ffi::OsString;
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::process::{Pid, WaitIdOptions, WaitIdStatus};

use super::cgroup::Cgroup;
use super::launch::Launched;
use super::sentinel::Sentinel;
use super::watch::Watch;
use super::{ExitStatus, Signal, kernel};
use crate::threading::{Event, Mutex};

/// See above.
pub(super) struct Child {
    system: Launched,
    state: Mutex<State>,
    /// Set after `state`, for those that do not sleep in the kernel.
    pub(super) over: Event,
    pub(super) watch: Mutex<Watch>,
    /// Where there is no pidfd, and somebody wants to have a descriptor all the same.
    pub(super) sentinel: OnceLock<Sentinel>,
    pub(super) args: Arc<[OsString]>,
    /// Its own control group, which is removed with this.
    pub(super) cgroup: Option<Cgroup>,
}

/// What is known of its end.
///
/// | `status` | `collected` | means |
/// |---|---|---|
/// | none | false | it runs, or nobody has looked |
/// | some | false | it has ended, and is kept as a zombie because it is pinned |
/// | some | true | it is gone, and its number may be another process's |
#[derive(Default)]
struct State {
    status: Option<ExitStatus>,
    collected: bool,
    /// Who needs the child's number to stay its own.
    pins: usize,
}

/// While this lives, the child's number belongs to it.
pub(super) struct Pin<'a>(&'a Child);

impl Child {
    pub(super) fn new(launched: Launched, args: Arc<[OsString]>, cgroup: Option<Cgroup>) -> Self {
        Self {
            system: launched,
            state: Mutex::default(),
            over: Event::new(),
            watch: Mutex::default(),
            sentinel: OnceLock::new(),
            args,
            cgroup,
        }
    }

    pub(super) fn pid(&self) -> Pid {
        self.system.pid
    }

    pub(super) fn pidfd(&self) -> Option<BorrowedFd<'_>> {
        self.system.pidfd.as_ref().map(AsFd::as_fd)
    }

    /// How it ended, if that is known already.
    pub(super) fn known(&self) -> Option<ExitStatus> {
        self.state.lock().status
    }

    /// Collects the child if it has ended.
    pub(super) fn try_wait(&self) -> Option<ExitStatus> {
        let mut state = self.state.lock();
        if state.status.is_some() {
            return state.status;
        }
        let pinned = state.pins > 0;
        let status = self.collect(pinned)?;
        state.status = Some(status);
        state.collected = !pinned;
        drop(state);
        // Calls wakers, so not under the lock.
        self.over.set();
        if let Some(sentinel) = self.sentinel.get() {
            sentinel.set();
        }
        Some(status)
    }

    fn collect(&self, leave: bool) -> Option<ExitStatus> {
        let mut options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG;
        options.set(WaitIdOptions::NOWAIT, leave);
        match self.ask(options) {
            Ok(status) => status.as_ref().map(read),
            // Somebody else has collected it, or it is collecting itself (SIGCHLD is ignored) and may still run.
            Err(_) if self.has_ended() => Some(self.afterwards()),
            Err(_) => None,
        }
    }

    /// Sees to it that the child's number stays its own; `None` if it has been collected.
    pub(super) fn pin(&self) -> Option<Pin<'_>> {
        let mut state = self.state.lock();
        if state.collected {
            return None;
        }
        state.pins += 1;
        Some(Pin(self))
    }

    fn ask(&self, options: WaitIdOptions) -> Result<Option<WaitIdStatus>, Errno> {
        self.system.ask(options)
    }

    /// For a child that nobody can wait for any more. Without a pidfd there is nothing left to ask.
    fn has_ended(&self) -> bool {
        let Some(pidfd) = &self.system.pidfd else {
            return true;
        };
        let mut fds = [PollFd::new(pidfd, PollFlags::IN)];
        !matches!(poll(&mut fds, Some(&Timespec::default())), Ok(0) | Err(_))
    }

    /// How a child ended that another one has collected: recent kernels remember it as long as there is a pidfd.
    fn afterwards(&self) -> ExitStatus {
        self.pidfd()
            .and_then(kernel::exit_status_of)
            .map_or(ExitStatus::Unknown, ExitStatus::from_wait)
    }

    /// Sleeps until the child has ended, or until the deadline; it may return early. False where only a helper thread can wait until a deadline.
    pub(super) fn sleep(&self, deadline: Option<Instant>) -> bool {
        // It stays for `try_wait` to collect, under the lock.
        let leave = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
        if deadline.is_none() && self.ask(leave).is_ok() {
            return true;
        }
        // Also without a deadline: whom nobody can wait for may still run.
        if let Some(pidfd) = &self.system.pidfd {
            let left = deadline.and_then(left_until);
            let mut fds = [PollFd::new(pidfd, PollFlags::IN)];
            match poll(&mut fds, left.as_ref()) {
                Ok(_) | Err(Errno::INTR) => return true,
                // No memory, say.
                Err(_) => {}
            }
        }
        deadline.is_none()
    }

    /// Sends a signal, unless the child has been collected: then there is nobody to send it to, which is no error.
    pub(super) fn signal(&self, signal: Signal) -> Result<(), Errno> {
        let state = self.state.lock();
        if state.collected {
            return Ok(());
        }
        let by_pidfd = self.pidfd().map(|pidfd| kernel::send_signal(pidfd, signal));
        let sent = match by_pidfd {
            // Also where a filter forbids the call. A child that may not be told by one may not be told by the other.
            None | Some(Err(Errno::NOSYS | Errno::PERM)) => {
                let look = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
                match self.ask(look) {
                    Ok(None) => kernel::kill(self.pid(), signal),
                    _ => Ok(()),
                }
            }
            Some(sent) => sent,
        };
        drop(state);
        match sent {
            // It has ended, and somebody else has collected it.
            Err(Errno::SRCH) => Ok(()),
            sent => sent,
        }
    }
}

impl Drop for Pin<'_> {
    fn drop(&mut self) {
        let mut state = self.0.state.lock();
        state.pins -= 1;
        if state.pins == 0 && state.status.is_some() && !state.collected {
            state.collected = true;
            let _ = self.0.ask(WaitIdOptions::EXITED | WaitIdOptions::NOHANG);
        }
    }
}

fn read(status: &WaitIdStatus) -> ExitStatus {
    match (status.exit_status(), status.terminating_signal()) {
        (Some(code), _) => ExitStatus::Exited(code),
        (None, Some(signal)) => ExitStatus::Signaled {
            signal: Signal::from(signal),
            core_dumped: status.dumped(),
        },
        (None, None) => ExitStatus::Unknown,
    }
}

/// What is left, as the kernel takes it; `None` is longer than it can tell.
pub(crate) fn left_until(deadline: Instant) -> Option<Timespec> {
    Timespec::try_from(deadline.saturating_duration_since(Instant::now())).ok()
}
