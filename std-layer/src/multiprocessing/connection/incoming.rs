//! Messages as they come in, piece by piece. What has come stays here when a receiver gives up, so no time limit and no dropped future loses anything.

use std::io;
use std::os::fd::OwnedFd;

use rustix::net::recv;
use selvedge_core::wire::framing::{BadHeader, Decoder, Step};

use super::appending::append;
use super::error::RecvError;
use super::short_wait::ShortWait;
use super::socket::{Got, Limit, Socket};

/// Room for the first bytes of a body. It grows as they come, as what is only announced must cost nothing.
const PIECE: usize = 256 * 1024;

/// A message.
#[derive(Debug, Default)]
pub(super) struct Message {
    /// Of all of it, also of what lies in the receiver's buffer.
    pub(super) length: usize,
    /// Empty if the whole message lies in the receiver's buffer.
    pub(super) bytes: Vec<u8>,
    pub(super) fds: Vec<OwnedFd>,
}

/// How a receiver wants its message.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    pub(super) bytes: u64,
    pub(super) fds: usize,
}

#[derive(Debug)]
pub(super) struct Incoming {
    decoder: Decoder,
    /// Of the message under way: how long it will be, once that is known.
    length: Option<usize>,
    message: Message,
    /// How much of it lies in the buffer of the receiver that is waiting, and not here.
    lent: usize,
    lost: bool,
    waits: ShortWait,
    /// Nothing will come any more, and why.
    end: Option<End>,
}

#[derive(Debug, Clone, Copy)]
enum End {
    Closed,
    Cut,
    Bad(BadHeader),
    Descriptors,
}

impl From<End> for RecvError {
    fn from(end: End) -> Self {
        match end {
            End::Closed => Self::Closed,
            End::Cut => Self::Cut,
            End::Bad(BadHeader::Negative(length)) => Self::Garbage(length),
            End::Bad(BadHeader::TooLong { length, limit }) => Self::TooLong { length, limit },
            End::Descriptors => Self::Descriptors,
        }
    }
}

impl Incoming {
    pub(super) fn new() -> Self {
        Self {
            decoder: Decoder::new(u64::MAX),
            length: None,
            message: Message::default(),
            lent: 0,
            lost: false,
            waits: ShortWait::new(),
            end: None,
        }
    }

    /// Whether a part of a message is here.
    pub(super) fn is_inside(&self) -> bool {
        self.length.is_some() || self.decoder.is_inside()
    }

    /// Goes on as far as it goes without waiting, or to the end of the message if there is no limit of time; `None` if it is not complete yet.
    ///
    /// A message that is no longer than `buffer` is put there. If this returns without one, a part may lie there: then either this is called again with the same buffer, or [`take_back`](Self::take_back).
    pub(super) fn advance(
        &mut self,
        socket: &Socket,
        limits: Limits,
        limit: Limit,
        buffer: &mut [u8],
    ) -> Result<Option<Message>, RecvError> {
        if let Some(end) = self.end {
            return Err(end.into());
        }
        loop {
            let Some(length) = self.length else {
                if !self.head(socket, limits, limit)? {
                    return Ok(None);
                }
                continue;
            };
            let missing = length - self.message.bytes.len() - self.lent;
            if missing == 0 {
                return self.complete(length, limits).map(Some);
            }
            let read = match buffer.get_mut(..length) {
                Some(place) => self.read_there(socket, limit, place),
                None => self.read_here(socket, limit, missing),
            };
            let Some(got) = read.map_err(RecvError::Os)? else {
                return Ok(None);
            };
            self.lost |= got.lost;
            if got.bytes == 0 {
                return self.ends(End::Cut);
            }
            self.too_many(limits)?;
        }
    }

    fn complete(&mut self, length: usize, limits: Limits) -> Result<Message, RecvError> {
        self.length = None;
        self.lent = 0;
        if std::mem::take(&mut self.lost) || self.message.fds.len() > limits.fds {
            self.message = Message::default();
            return self.ends(End::Descriptors);
        }
        self.message.length = length;
        Ok(std::mem::take(&mut self.message))
    }

    /// Keeps what lies in the receiver's buffer, as the receiver gives up.
    pub(super) fn take_back(&mut self, buffer: &[u8]) {
        let lent = std::mem::take(&mut self.lent);
        self.message.bytes.extend_from_slice(&buffer[..lent]);
    }

    /// Reads into the place of the whole message.
    fn read_there(
        &mut self,
        socket: &Socket,
        limit: Limit,
        place: &mut [u8],
    ) -> io::Result<Option<Got>> {
        // What others have received of it and left.
        let here = std::mem::take(&mut self.message.bytes);
        if !here.is_empty() {
            place[..here.len()].copy_from_slice(&here);
            self.lent = here.len();
        }
        let place = &mut place[self.lent..];
        let fds = &mut self.message.fds;
        let read = if fds.is_empty() && !self.lost {
            // The first descriptors come with the first byte, so there are none.
            socket.read_bytes(limit, |fd, flags| Ok(recv(fd, &mut *place, flags)?.0))
        } else {
            socket.read(place, fds, limit)
        }?;
        self.lent += read.as_ref().map_or(0, |got| got.bytes);
        Ok(read)
    }

    /// Reads into memory of our own.
    fn read_here(
        &mut self,
        socket: &Socket,
        limit: Limit,
        missing: usize,
    ) -> io::Result<Option<Got>> {
        let Message { bytes, fds, .. } = &mut self.message;
        // As much again as has come already: what is only announced costs nothing.
        let room = missing.min(bytes.len().max(PIECE));
        if fds.is_empty() && !self.lost {
            return append(socket, bytes, room, limit);
        }
        let have = bytes.len();
        bytes.resize(have + room.min(PIECE), 0);
        let read = socket.read(&mut bytes[have..], fds, limit);
        let came = match &read {
            Ok(Some(got)) => got.bytes,
            _ => 0,
        };
        bytes.truncate(have + came);
        read
    }

    /// Reads the header, and nothing beyond it; false if it is not complete yet.
    fn head(&mut self, socket: &Socket, limits: Limits, limit: Limit) -> Result<bool, RecvError> {
        let mut room = [0; 8];
        let room = &mut room[..self.decoder.missing()];
        let fds = &mut self.message.fds;
        let mut read = self
            .waits
            .look(limit, || socket.read(room, fds, Limit::Now));
        if matches!((&read, limit), (Ok(None), Limit::Never)) {
            read = socket.read(room, fds, limit);
        }
        let Some(got) = read.map_err(RecvError::Os)? else {
            return Ok(false);
        };
        self.lost |= got.lost;
        if got.bytes == 0 {
            let end = if self.decoder.is_inside() {
                End::Cut
            } else {
                End::Closed
            };
            return self.ends(end);
        }
        self.too_many(limits)?;
        self.decoder.set_limit(limits.bytes.min(isize::MAX as u64));
        match self.decoder.feed(&room[..got.bytes]) {
            Ok((Step::Message(length), _)) => {
                self.length = usize::try_from(length).ok();
                Ok(true)
            }
            Ok((Step::More(_), _)) => Ok(true),
            Err(bad) => self.ends(End::Bad(bad)),
        }
    }

    /// An enemy may send descriptors without end.
    fn too_many(&mut self, limits: Limits) -> Result<(), RecvError> {
        if self.message.fds.len() > limits.fds.max(super::socket::GROUP) {
            return self.ends(End::Descriptors);
        }
        Ok(())
    }

    fn ends<T>(&mut self, end: End) -> Result<T, RecvError> {
        self.end = Some(end);
        self.lent = 0;
        self.message = Message::default();
        Err(end.into())
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::os::unix::net::UnixStream;
    use std::sync::Arc;

    use super::*;

    const LIMITS: Limits = Limits {
        bytes: 1 << 20,
        fds: 0,
    };

    /// Wherever a receiver gives up, and whatever buffer the next one has, no byte is lost or moved.
    #[test]
    fn what_lies_in_a_buffer_is_taken_back() {
        let (mut far, near) = UnixStream::pair().unwrap();
        let socket = Socket::new(Arc::new(near.into()));
        let mut incoming = Incoming::new();
        let stream = b"\0\0\0\x0aabcdefghij";
        let rooms = [0, 10, 12, 9, 0, 11, 10, 10, 3, 10];
        for skip in 0..rooms.len() {
            let mut result = None;
            for (turn, byte) in stream.iter().enumerate() {
                assert!(result.is_none());
                far.write_all(&[*byte]).unwrap();
                let mut buffer = [b'.'; 12];
                let buffer = &mut buffer[..rooms[(skip + turn) % rooms.len()]];
                let taken = incoming.advance(&socket, LIMITS, Limit::Now, buffer);
                if let Some(message) = taken.unwrap() {
                    result = Some(if message.bytes.is_empty() {
                        assert!(buffer[message.length..].iter().all(|&it| it == b'.'));
                        buffer[..message.length].to_vec()
                    } else {
                        assert!(buffer.len() < message.length);
                        message.bytes
                    });
                } else {
                    incoming.take_back(buffer);
                    assert!(incoming.is_inside());
                }
            }
            assert_eq!(result.as_deref(), Some(&stream[4..]));
            assert!(!incoming.is_inside());
        }
    }
}
