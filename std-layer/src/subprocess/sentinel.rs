//! The end of a child as a descriptor, also where the child has no pidfd.
//!
//! | the child has | the descriptor |
//! |---|---|
//! | a pidfd since its start | that |
//! | none, as there was no room for one then | a pidfd that is opened when somebody asks |
//! | none, as the kernel has no pidfds, or a filter forbids them | an event (eventfd), set by whoever sees the end: somebody who waits, or a thread that does nothing else |
//!
//! A pidfd is opened by number only while the number is kept from being given away, and thrown away if the process is no child: somebody else has collected ours then, and the number was another one's already.
//!
//! No end is missed by the event. It is put into its place before the state is looked at; who finds the end writes the state and then looks into the place. Both are under the lock of the state, so one of the two sees what the other did.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::Arc;

use rustix::event::{EventfdFlags, eventfd};
use rustix::io::Errno;
use rustix::process::{PidfdFlags, WaitId, WaitIdOptions, pidfd_open, waitid};

use super::process::Child;

/// See above.
pub(super) enum Sentinel {
    Pidfd(OwnedFd),
    Event(OwnedFd),
}

impl Sentinel {
    /// The child has ended.
    pub(super) fn set(&self) {
        if let Self::Event(event) = self {
            // It fails only if it has been set, very often.
            let _ = rustix::io::write(event, &1_u64.to_ne_bytes());
        }
    }
}

impl AsFd for Sentinel {
    fn as_fd(&self) -> BorrowedFd<'_> {
        let (Self::Pidfd(fd) | Self::Event(fd)) = self;
        fd.as_fd()
    }
}

impl Child {
    pub(super) fn sentinel(self: &Arc<Self>) -> io::Result<BorrowedFd<'_>> {
        if let Some(pidfd) = self.pidfd() {
            return Ok(pidfd);
        }
        let sentinel = match self.sentinel.get() {
            Some(sentinel) => sentinel,
            None => {
                let new = self.new_sentinel()?;
                self.sentinel.get_or_init(|| new)
            }
        };
        if let Sentinel::Event(_) = sentinel {
            if self.try_wait().is_some() {
                sentinel.set();
            } else if !self.watch() {
                // As it says of threads.
                return Err(Errno::AGAIN.into());
            }
        }
        Ok(sentinel.as_fd())
    }

    fn new_sentinel(&self) -> Result<Sentinel, Errno> {
        if let Some(_number_is_kept) = self.pin() {
            match pidfd_open(self.pid(), PidfdFlags::empty()) {
                Ok(pidfd) if is_child(&pidfd) => return Ok(Sentinel::Pidfd(pidfd)),
                Err(errno @ (Errno::MFILE | Errno::NFILE | Errno::NOMEM)) => return Err(errno),
                _ => {}
            }
        }
        let event = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?;
        Ok(Sentinel::Event(event))
    }
}

fn is_child(pidfd: &OwnedFd) -> bool {
    let look = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
    waitid(WaitId::PidFd(pidfd.as_fd()), look).is_ok()
}
