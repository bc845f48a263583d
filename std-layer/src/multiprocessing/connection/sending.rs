//! The sending half of a connection.

use std::borrow::Cow;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::Arc;

use serde::Serialize;

use super::error::{SendError, SendTimeoutError};
use super::outgoing::Letter;
use super::socket::{Limit, Socket};
use crate::multiprocessing::PackError;
use crate::multiprocessing::parcel::Parcel;
use crate::subprocess::reactor::Interest;
use crate::threading::Mutex;

#[derive(Debug)]
pub(super) struct Sending {
    pub(super) socket: Socket,
    /// What the last sender has left of its message.
    rest: Mutex<Option<Letter<'static>>>,
}

impl Sending {
    pub(super) fn new(fd: Arc<OwnedFd>) -> Self {
        Self {
            socket: Socket::new(fd),
            rest: Mutex::new(None),
        }
    }

    /// Sends a message; without one, what was left of the last.
    pub(super) fn send(
        &self,
        letter: Option<Letter<'_>>,
        limit: Limit,
    ) -> Result<(), SendTimeoutError> {
        let rest = match limit {
            Limit::Never => Ok(self.rest.lock()),
            Limit::At(deadline) => self.rest.lock_deadline(deadline).map_err(|_| ()),
            Limit::Now => self.rest.try_lock().ok_or(()),
        };
        let mut rest = rest.map_err(|()| SendTimeoutError::TimedOut)?;
        let mut going = Going {
            socket: &self.socket,
            rest: &mut rest,
            letter,
        };
        loop {
            if going.advance(limit)? {
                return Ok(());
            }
            let waited = self.socket.wait(Interest::Write, limit);
            if waited.map_err(SendError::Os)?.is_err() {
                return Err(if going.is_begun() {
                    SendTimeoutError::Unfinished
                } else {
                    SendTimeoutError::TimedOut
                });
            }
        }
    }

    pub(super) async fn send_async(&self, letter: Option<Letter<'_>>) -> Result<(), SendError> {
        let mut rest = self.rest.lock_async().await;
        let mut going = Going {
            socket: &self.socket,
            rest: &mut rest,
            letter,
        };
        while !going.advance(Limit::Now)? {
            let waited = self.socket.wait_async(Interest::Write).await;
            waited.map_err(SendError::Os)?;
        }
        Ok(())
    }

    /// Whether a part of a message has not gone yet.
    pub(super) fn is_inside(&self) -> bool {
        self.rest.try_lock().is_none_or(|rest| rest.is_some())
    }
}

/// A message on its way out. When this is dropped, what is left of one that has begun is kept.
struct Going<'a, 'b> {
    socket: &'a Socket,
    rest: &'a mut Option<Letter<'static>>,
    letter: Option<Letter<'b>>,
}

impl Going<'_, '_> {
    fn advance(&mut self, limit: Limit) -> Result<bool, SendError> {
        if let Some(rest) = &mut *self.rest {
            if !rest.advance(self.socket, limit).map_err(refused)? {
                return Ok(false);
            }
            *self.rest = None;
        }
        let Some(letter) = &mut self.letter else {
            return Ok(true);
        };
        let gone = letter.advance(self.socket, limit).map_err(refused)?;
        if gone {
            self.letter = None;
        }
        Ok(gone)
    }

    fn is_begun(&self) -> bool {
        self.letter.as_ref().is_some_and(Letter::is_begun)
    }
}

impl Drop for Going<'_, '_> {
    fn drop(&mut self) {
        if let Some(letter) = self.letter.take().filter(Letter::is_begun) {
            *self.rest = Some(letter.into_owned());
        }
    }
}

fn refused(error: io::Error) -> SendError {
    match error.kind() {
        io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionReset => SendError::Closed,
        _ => SendError::Os(error),
    }
}

impl AsFd for Sending {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.shared().as_fd()
    }
}

/// An object as a message: how many descriptors, then the object.
pub(super) fn letter<T: Serialize + ?Sized>(
    value: &T,
    carries_fds: bool,
) -> Result<Letter<'static>, SendError> {
    let parcel = Parcel::pack(value).map_err(SendError::Pack)?;
    if !carries_fds && !parcel.fds.is_empty() {
        return Err(SendError::Descriptors);
    }
    // Each descriptor has its place among the bytes, so there are no more of them than bytes.
    let mut body = postcard::to_stdvec(&(parcel.fds.len() as u32))
        .map_err(|error| SendError::Pack(PackError(error)))?;
    body.extend_from_slice(&parcel.bytes);
    Ok(Letter::new(Cow::Owned(body), parcel.fds))
}
