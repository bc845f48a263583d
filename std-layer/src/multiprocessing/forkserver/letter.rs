//! What goes to the server and back: packets with descriptors.
//!
//! A request is a packet with a head and the first descriptors, and as many more packets as there are groups of descriptors left. An answer is one packet.
//!
//! The server waits as long as it takes. Who waits for the server looks from time to time whether it still can be waited for ([`End`]).

use std::io::{self, IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::{BorrowedFd, OwnedFd};

use rustix::io::Errno;
use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, ReturnFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags, recvmsg, sendmsg,
};
use serde::{Deserialize, Serialize};

/// The kernel's limit of descriptors for one packet (SCM_MAX_FD).
const GROUP: usize = 253;
/// More than a head or an answer takes.
const ROOM: usize = 64;

/// The head of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Request {
    /// How many descriptors come: those of the next three, the memo, and those of the argument.
    pub(super) fds: u32,
    pub(super) has_folder: bool,
    pub(super) has_stdout: bool,
    pub(super) has_stderr: bool,
    pub(super) detached: bool,
    pub(super) parent: u32,
    pub(super) mask: [u64; 2],
}

/// The answer: the number of the new process, with its descriptor; or the system's error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Answer(pub(super) Result<u32, i32>);

/// Nobody is at the other end any more.
#[derive(Debug)]
pub(super) struct Gone;

/// An end, and how long to wait for who is at the other one: without more, as long as it takes.
pub(super) trait End {
    fn socket(&self) -> &OwnedFd;

    /// After a while in which nothing could be sent or received (what is a while, the socket has been told): [`Gone`] if there is nothing to wait for any more.
    fn look(&self) -> Result<(), Gone> {
        Ok(())
    }
}

impl End for OwnedFd {
    fn socket(&self) -> &OwnedFd {
        self
    }
}

fn send_one<E: End>(to: &E, bytes: &[u8], fds: &[BorrowedFd<'_>]) -> io::Result<Result<(), Gone>> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(GROUP))];
    let mut control = SendAncillaryBuffer::new(&mut space);
    if !fds.is_empty() && !control.push(SendAncillaryMessage::ScmRights(fds)) {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    loop {
        match sendmsg(
            to.socket(),
            &[IoSlice::new(bytes)],
            &mut control,
            SendFlags::NOSIGNAL,
        ) {
            Ok(_) => return Ok(Ok(())),
            Err(Errno::INTR) => {}
            Err(Errno::AGAIN) => {
                if to.look().is_err() {
                    return Ok(Err(Gone));
                }
            }
            Err(Errno::PIPE | Errno::CONNRESET | Errno::NOTCONN) => return Ok(Err(Gone)),
            Err(errno) => return Err(errno.into()),
        }
    }
}

/// One packet, and whether descriptors of it were lost.
fn recv_one<E: End>(
    from: &E,
    room: &mut [u8; ROOM],
    fds: &mut Vec<OwnedFd>,
) -> io::Result<Result<(usize, bool), Gone>> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(GROUP))];
    let mut control = RecvAncillaryBuffer::new(&mut space);
    let received = loop {
        let mut pieces = [IoSliceMut::new(room)];
        match recvmsg(
            from.socket(),
            &mut pieces,
            &mut control,
            RecvFlags::CMSG_CLOEXEC,
        ) {
            Ok(received) => break received,
            Err(Errno::INTR) => {}
            Err(Errno::AGAIN) => {
                if from.look().is_err() {
                    return Ok(Err(Gone));
                }
            }
            Err(Errno::CONNRESET) => return Ok(Err(Gone)),
            Err(errno) => return Err(errno.into()),
        }
    };
    for message in control.drain() {
        if let RecvAncillaryMessage::ScmRights(rights) = message {
            fds.extend(rights);
        }
    }
    if received.bytes == 0 {
        return Ok(Err(Gone));
    }
    let lost = received.flags.contains(ReturnFlags::CTRUNC);
    Ok(Ok((received.bytes, lost)))
}

fn invalid(error: postcard::Error) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error)
}

/// Sends a packet with a value, and others for descriptors that have no room in it.
pub(super) fn send<E: End, T: Serialize>(
    to: &E,
    value: &T,
    fds: &[BorrowedFd<'_>],
) -> io::Result<Result<(), Gone>> {
    let mut room = [0; ROOM];
    let bytes = postcard::to_slice(value, &mut room).map_err(invalid)?;
    let (first, rest) = fds.split_at(fds.len().min(GROUP));
    if send_one(to, bytes, first)?.is_err() {
        return Ok(Err(Gone));
    }
    for group in rest.chunks(GROUP) {
        if send_one(to, &[0], group)?.is_err() {
            return Ok(Err(Gone));
        }
    }
    Ok(Ok(()))
}

/// What has come with a value.
pub(super) type Received<T> = (T, Vec<OwnedFd>);

/// Receives a packet with a value.
pub(super) fn recv<E: End, T: for<'de> Deserialize<'de>>(
    from: &E,
) -> io::Result<Result<(Received<T>, bool), Gone>> {
    let mut room = [0; ROOM];
    let mut fds = Vec::new();
    let Ok((bytes, lost)) = recv_one(from, &mut room, &mut fds)? else {
        return Ok(Err(Gone));
    };
    let value = postcard::from_bytes(&room[..bytes]).map_err(invalid)?;
    Ok(Ok(((value, fds), lost)))
}

/// Receives a request, with all that belongs to it; `None` for one whose descriptors there was no room for.
pub(super) fn recv_request(from: &OwnedFd) -> io::Result<Result<Option<Received<Request>>, Gone>> {
    let Ok(((request, mut fds), mut lost)) = recv::<_, Request>(from)? else {
        return Ok(Err(Gone));
    };
    let count = request.fds as usize;
    for _ in 1..count.div_ceil(GROUP) {
        let Ok((_, more_lost)) = recv_one(from, &mut [0; ROOM], &mut fds)? else {
            return Ok(Err(Gone));
        };
        lost |= more_lost;
    }
    if lost || fds.len() != count {
        return Ok(Ok(None));
    }
    Ok(Ok(Some((request, fds))))
}

/// The two ends.
pub(super) fn pair() -> io::Result<(OwnedFd, OwnedFd)> {
    use rustix::net::{AddressFamily, SocketFlags, SocketType, socketpair};
    let ends = socketpair(
        AddressFamily::UNIX,
        SocketType::SEQPACKET,
        SocketFlags::CLOEXEC,
        None,
    );
    Ok(ends?)
}

#[cfg(test)]
mod tests {
    use std::os::fd::AsFd;

    use super::*;

    /// Any number of descriptors.
    #[test]
    fn requests_arrive() {
        for count in [1, 4, 253, 254, 600] {
            let (here, there) = pair().unwrap();
            let (_reader, writer) = std::io::pipe().unwrap();
            let writer = OwnedFd::from(writer);
            let request = Request {
                fds: count,
                has_folder: true,
                has_stdout: false,
                has_stderr: true,
                detached: true,
                parent: u32::MAX,
                mask: [u64::MAX; 2],
            };
            let fds: Vec<_> = (0..count).map(|_| writer.as_fd()).collect();
            send(&here, &request, &fds).unwrap().unwrap();
            let got = recv_request(&there).unwrap().unwrap().unwrap();
            assert_eq!((got.0, got.1.len()), (request, count as usize));
            drop(here);
            assert!(recv_request(&there).unwrap().is_err());
        }
    }
}
