//! Calls that a kernel may lack, or a container forbid: errors say which.

use std::io;

use rustix::io::Errno;

/// The error of this call; with its name, if the system does not have it for this process.
pub(super) fn named(call: &str, errno: Errno) -> io::Error {
    let (kind, why) = match errno {
        Errno::NOSYS => (io::ErrorKind::Unsupported, "this kernel does not have it"),
        Errno::PERM => (io::ErrorKind::PermissionDenied, "it is forbidden"),
        other => return other.into(),
    };
    io::Error::new(kind, format!("{call}: {why}"))
}
