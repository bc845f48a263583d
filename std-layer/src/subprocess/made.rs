//! Children that were made elsewhere in this crate.

use std::os::fd::OwnedFd;
use std::sync::Arc;

use rustix::process::Pid;

use super::OnDrop;
use super::launch::Launched;
use super::popen::{Popen, Streams};
use super::process::Child;

impl Popen {
    /// The handle of a child of this process that nobody else will wait for. Without a descriptor its number must be its own still.
    pub(crate) fn of_child(pid: Pid, pidfd: Option<OwnedFd>) -> Self {
        let child = Child::new(Launched { pid, pidfd }, Arc::new([]), None);
        let streams = Streams::default();
        Self::new(child, streams, Vec::new(), [false; 3], OnDrop::Reap)
    }
}
