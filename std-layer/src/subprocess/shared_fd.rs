//! A descriptor that commands share.

use std::fs::File;
use std::io::{PipeReader, PipeWriter};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};
use std::os::unix::net::{UnixDatagram, UnixListener, UnixStream};
use std::sync::Arc;

/// A descriptor that belongs to all commands that mention it, and is closed when the last of them is dropped. Files, sockets and ends of pipes turn into one by `into`.
#[derive(Debug, Clone)]
pub struct SharedFd(Arc<OwnedFd>);

impl From<Arc<OwnedFd>> for SharedFd {
    fn from(fd: Arc<OwnedFd>) -> Self {
        Self(fd)
    }
}

macro_rules! from_owned {
    ($($type:ty),*) => {$(
        impl From<$type> for SharedFd {
            fn from(value: $type) -> Self {
                Self(Arc::new(value.into()))
            }
        }
    )*};
}

from_owned!(
    OwnedFd,
    File,
    PipeReader,
    PipeWriter,
    UnixStream,
    UnixListener,
    UnixDatagram,
    TcpStream,
    TcpListener,
    UdpSocket,
    std::process::ChildStdin,
    std::process::ChildStdout,
    std::process::ChildStderr
);

impl AsFd for SharedFd {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

impl AsRawFd for SharedFd {
    fn as_raw_fd(&self) -> RawFd {
        self.0.as_raw_fd()
    }
}
