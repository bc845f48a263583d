//! Messages as they come in, piece by piece. What has come stays here when a receiver gives up, so no time limit and no dropped future loses anything.

use std::os::fd::OwnedFd;

use selvedge_core::wire::framing::{BadHeader, Decoder, Step};

use super::error::RecvError;
use super::socket::Socket;

/// Room for a body grows by no more than this at a time: what is only announced costs nothing.
const PIECE: usize = 256 * 1024;

/// A message.
#[derive(Debug, Default)]
pub(super) struct Message {
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
    lost: bool,
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
            lost: false,
            end: None,
        }
    }

    /// Whether a part of a message is here.
    pub(super) fn is_inside(&self) -> bool {
        self.length.is_some() || self.decoder.is_inside()
    }

    /// Goes on as far as it goes without waiting; `None` if the message is not complete yet.
    pub(super) fn advance(
        &mut self,
        socket: &Socket,
        limits: Limits,
    ) -> Result<Option<Message>, RecvError> {
        if let Some(end) = self.end {
            return Err(end.into());
        }
        loop {
            let Some(length) = self.length else {
                if !self.head(socket, limits)? {
                    return Ok(None);
                }
                continue;
            };
            let have = self.message.bytes.len();
            if have == length {
                self.length = None;
                if std::mem::take(&mut self.lost) || self.message.fds.len() > limits.fds {
                    self.message = Message::default();
                    return self.ends(End::Descriptors);
                }
                return Ok(Some(std::mem::take(&mut self.message)));
            }
            // No more than a read is likely to fill, as each clears it anew; the vector doubles by itself.
            let room = (length - have).min(PIECE);
            self.message.bytes.resize(have + room, 0);
            let read = socket.read(&mut self.message.bytes[have..], &mut self.message.fds);
            let bytes = match &read {
                Ok(Some(got)) => got.bytes,
                _ => 0,
            };
            self.message.bytes.truncate(have + bytes);
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

    /// Reads the header, and nothing beyond it; false if it is not complete yet.
    fn head(&mut self, socket: &Socket, limits: Limits) -> Result<bool, RecvError> {
        let mut room = [0; 8];
        let room = &mut room[..self.decoder.missing()];
        let read = socket.read(room, &mut self.message.fds);
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
        self.message = Message::default();
        Err(end.into())
    }
}
