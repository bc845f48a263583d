//! What this process may do, as far as it is cheap to tell: a server that was started with more must not make children of one that has less.

use rustix::process::{Gid, Uid, getegid, geteuid, getgid, getgroups, getuid};
use rustix::thread::no_new_privs;

/// See above.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Rights {
    users: [Uid; 2],
    groups: [Gid; 2],
    more: Vec<Gid>,
    no_new_privs: bool,
    seccomp: Option<u32>,
}

impl Rights {
    pub(super) fn now() -> Self {
        Self {
            users: [getuid(), geteuid()],
            groups: [getgid(), getegid()],
            more: getgroups().unwrap_or_default(),
            no_new_privs: no_new_privs().unwrap_or_default(),
            seccomp: super::twin::seccomp(),
        }
    }
}
