//! A stream socket as connections use it: moves bytes and descriptors as far as that goes now, or sleeps in the call that moves them.
//!
//! The descriptor may be shared with other processes, so its mode is never changed: each call says by itself whether it sleeps. Where there is no limit of time it does, as that saves the call that would only wait; and if somebody else has set a mode in
//! which it does not, it comes back with nothing, and the wait is one of its own.

use std::future::poll_fn;
use std::io::{self, IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::{Arc, OnceLock};
use std::task::Poll;
use std::time::Instant;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, ReturnFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags, recvmsg, send, sendmsg,
};

use crate::subprocess::reactor::{self, Interest};

/// The kernel's limit of descriptors for one call (SCM_MAX_FD).
pub(super) const GROUP: usize = 253;

/// What is no longer is put together before it is sent: the system takes more time to look at two pieces.
const SMALL: usize = 256;

/// How long to wait.
#[derive(Debug, Clone, Copy)]
pub(super) enum Limit {
    Never,
    At(Instant),
    /// Not at all.
    Now,
}

impl Limit {
    fn is_none(self) -> bool {
        matches!(self, Self::Never)
    }
}

/// The time is up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Expired;

impl From<Option<Instant>> for Limit {
    fn from(deadline: Option<Instant>) -> Self {
        deadline.map_or(Self::Never, Self::At)
    }
}

/// One end, with what its waiting tasks need.
#[derive(Debug)]
pub(super) struct Socket {
    fd: Arc<OwnedFd>,
    /// A second descriptor of the same socket, as each can be watched for one thing at a time. Made when a task first waits.
    watched: OnceLock<OwnedFd>,
}

/// What a read has brought.
#[derive(Debug, Default)]
pub(super) struct Got {
    pub(super) bytes: usize,
    /// Descriptors had come, and could not be taken.
    pub(super) lost: bool,
}

impl Socket {
    pub(super) fn new(fd: Arc<OwnedFd>) -> Self {
        Self {
            fd,
            watched: OnceLock::new(),
        }
    }

    pub(super) fn shared(&self) -> &Arc<OwnedFd> {
        &self.fd
    }

    /// Writes as much as there is room for, or all if there is no limit of time; `None` if there is no room. Descriptors go with the first byte, so all of them or none.
    pub(super) fn write(
        &self,
        pieces: &[IoSlice<'_>],
        fds: &[BorrowedFd<'_>],
        limit: Limit,
    ) -> io::Result<Option<usize>> {
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(GROUP))];
        let mut control = SendAncillaryBuffer::new(&mut space);
        if !fds.is_empty() && !control.push(SendAncillaryMessage::ScmRights(fds)) {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        let mut flags = SendFlags::NOSIGNAL;
        flags.set(SendFlags::DONTWAIT, !limit.is_none());
        let mut room = [0; SMALL];
        let small = if fds.is_empty() {
            gather(pieces, &mut room)
        } else {
            None
        };
        loop {
            let sent = match small {
                Some(bytes) => send(&self.fd, bytes, flags),
                None => sendmsg(&self.fd, pieces, &mut control, flags),
            };
            match sent {
                Ok(bytes) => return Ok(Some(bytes)),
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => return Ok(None),
                // So many descriptors are under way that the kernel takes no more: as if there was no room.
                Err(Errno::TOOMANYREFS) => return Ok(None),
                Err(errno) => return Err(errno.into()),
            }
        }
    }

    /// Reads what has come, as much as `room` holds; `None` if nothing has. If there is no limit of time it sleeps until `room` is full, or something comes that ends a read: descriptors, a signal. 0 bytes are the end.
    pub(super) fn read(
        &self,
        room: &mut [u8],
        fds: &mut Vec<OwnedFd>,
        limit: Limit,
    ) -> io::Result<Option<Got>> {
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(GROUP))];
        let mut control = RecvAncillaryBuffer::new(&mut space);
        let flags = receiving(limit) | RecvFlags::CMSG_CLOEXEC;
        let read = loop {
            match recvmsg(&self.fd, &mut [IoSliceMut::new(room)], &mut control, flags) {
                Ok(read) => break read,
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => return Ok(None),
                // The other side closed while something we had sent was not read: nothing more comes.
                Err(Errno::CONNRESET) => return Ok(Some(Got::default())),
                Err(errno) => return Err(errno.into()),
            }
        };
        for message in control.drain() {
            if let RecvAncillaryMessage::ScmRights(rights) = message {
                fds.extend(rights);
            }
        }
        Ok(Some(Got {
            bytes: read.bytes,
            lost: read.flags.contains(ReturnFlags::CTRUNC),
        }))
    }

    /// The same for bytes that no descriptors belong to, by `recv`, which takes less time: how many there are. If descriptors have come with them, against the rules, they are closed.
    pub(super) fn read_bytes(
        &self,
        limit: Limit,
        mut recv: impl FnMut(&OwnedFd, RecvFlags) -> Result<usize, Errno>,
    ) -> io::Result<Option<Got>> {
        let flags = receiving(limit);
        let bytes = loop {
            match recv(&self.fd, flags) {
                Ok(bytes) => break bytes,
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => return Ok(None),
                Err(Errno::CONNRESET) => break 0,
                Err(errno) => return Err(errno.into()),
            }
        };
        Ok(Some(Got { bytes, lost: false }))
    }

    /// Waits until it can be read or written, or the time is up. It may return early.
    pub(super) fn wait(&self, interest: Interest, limit: Limit) -> io::Result<Result<(), Expired>> {
        let timeout = match limit {
            Limit::Never => None,
            Limit::Now => return Ok(Err(Expired)),
            Limit::At(deadline) => {
                let left = deadline.saturating_duration_since(Instant::now());
                if left.is_zero() {
                    return Ok(Err(Expired));
                }
                Timespec::try_from(left).ok()
            }
        };
        let mut fds = [PollFd::new(&self.fd, flags_of(interest))];
        match poll(&mut fds, timeout.as_ref()) {
            Ok(_) | Err(Errno::INTR) => Ok(Ok(())),
            Err(errno) => Err(errno.into()),
        }
    }

    /// As [`wait`](Self::wait), for one task at a time.
    pub(super) async fn wait_async(&self, interest: Interest) -> io::Result<()> {
        if self.watched.get().is_none() {
            let second = self.fd.try_clone()?;
            let _ = self.watched.set(second);
        }
        let Some(fd) = self.watched.get().map(AsFd::as_fd) else {
            return Ok(());
        };
        let mut watching = Watching { fd, token: None };
        poll_fn(|context| {
            // The last registration is over, or has an old waker.
            watching.stop();
            if is_ready(fd, interest)? {
                return Poll::Ready(Ok(()));
            }
            watching.token = Some(reactor::watch(fd, interest, context.waker().clone())?);
            Poll::Pending
        })
        .await
    }

    /// Whether there is something to read, or the end.
    pub(super) fn is_readable(&self) -> io::Result<bool> {
        is_ready(self.fd.as_fd(), Interest::Read)
    }
}

/// All pieces as one, if there is room.
fn gather<'a>(pieces: &[IoSlice<'_>], room: &'a mut [u8]) -> Option<&'a [u8]> {
    let mut len = 0;
    for piece in pieces {
        room.get_mut(len..)?
            .get_mut(..piece.len())?
            .copy_from_slice(piece);
        len += piece.len();
    }
    room.get(..len)
}

/// With a limit of time, what is there; without one, all that was asked for.
fn receiving(limit: Limit) -> RecvFlags {
    if limit.is_none() {
        RecvFlags::WAITALL
    } else {
        RecvFlags::DONTWAIT
    }
}

fn flags_of(interest: Interest) -> PollFlags {
    match interest {
        Interest::Read => PollFlags::IN,
        Interest::Write => PollFlags::OUT,
    }
}

fn is_ready(fd: BorrowedFd<'_>, interest: Interest) -> io::Result<bool> {
    loop {
        let mut fds = [PollFd::from_borrowed_fd(fd, flags_of(interest))];
        match poll(&mut fds, Some(&Timespec::default())) {
            Ok(ready) => return Ok(ready > 0),
            Err(Errno::INTR) => {}
            Err(errno) => return Err(errno.into()),
        }
    }
}

struct Watching<'a> {
    fd: BorrowedFd<'a>,
    token: Option<reactor::Token>,
}

impl Watching<'_> {
    fn stop(&mut self) {
        if let Some(token) = self.token.take() {
            reactor::forget(token, self.fd);
        }
    }
}

impl Drop for Watching<'_> {
    fn drop(&mut self) {
        self.stop();
    }
}
