//! Pipes that do not take the place of a standard stream.

use std::os::fd::{AsRawFd, OwnedFd};

use rustix::io::{Errno, fcntl_dupfd_cloexec};
use rustix::pipe::{PipeFlags, pipe_with};

use super::Standard;

/// A pipe (reader, writer), closed on exec. Never on descriptors 0 to 2, even where this process has closed those (row S-49): what is printed by accident must not reach a child.
pub(super) fn pipe() -> Result<(OwnedFd, OwnedFd), Errno> {
    let (reader, writer) = pipe_with(PipeFlags::CLOEXEC)?;
    Ok((above_standard(reader)?, above_standard(writer)?))
}

/// A copy of one of this process's own standard streams.
pub(super) fn standard(stream: Standard) -> Result<OwnedFd, Errno> {
    match stream {
        Standard::Input => fcntl_dupfd_cloexec(std::io::stdin(), 3),
        Standard::Output => fcntl_dupfd_cloexec(std::io::stdout(), 3),
        Standard::Error => fcntl_dupfd_cloexec(std::io::stderr(), 3),
    }
}

/// The same file at a number above 2.
pub(super) fn above_standard(fd: OwnedFd) -> Result<OwnedFd, Errno> {
    if fd.as_raw_fd() > 2 {
        return Ok(fd);
    }
    fcntl_dupfd_cloexec(&fd, 3)
}
