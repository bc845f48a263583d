//! The receiving half of a connection.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use serde::de::DeserializeOwned;

use super::error::{RecvError, RecvTimeoutError};
use super::incoming::{Incoming, Limits, Message};
use super::socket::{Expired, GROUP, Limit, Socket};
use crate::multiprocessing::UnpackError;
use crate::multiprocessing::parcel::unpack;
use crate::subprocess::reactor::Interest;
use crate::threading::{Mutex, MutexGuard};

/// The most that a message may have if nobody says otherwise: 1 GiB.
const MOST_BYTES: u64 = 1 << 30;

#[derive(Debug)]
pub(super) struct Receiving {
    pub(super) socket: Socket,
    incoming: Mutex<Incoming>,
    /// A setting; orders nothing.
    limit: AtomicU64,
}

impl Receiving {
    pub(super) fn new(fd: Arc<OwnedFd>) -> Self {
        Self {
            socket: Socket::new(fd),
            incoming: Mutex::new(Incoming::new()),
            limit: AtomicU64::new(MOST_BYTES),
        }
    }

    pub(super) fn set_limit(&self, bytes: u64) {
        self.limit.store(bytes, Ordering::Relaxed);
    }

    fn limits(&self, bytes: Option<u64>) -> Limits {
        let own = self.limit.load(Ordering::Relaxed);
        Limits {
            bytes: bytes.map_or(own, |bytes| bytes.min(own)),
            fds: GROUP * 4,
        }
    }

    /// Receives a message, of no more bytes than `most` if that is given.
    pub(super) fn receive(
        &self,
        most: Option<u64>,
        limit: Limit,
    ) -> Result<Message, RecvTimeoutError> {
        self.receive_into(most, limit, &mut [])
    }

    /// The same, into a buffer if it is long enough.
    pub(super) fn receive_into(
        &self,
        most: Option<u64>,
        limit: Limit,
        buffer: &mut [u8],
    ) -> Result<Message, RecvTimeoutError> {
        let incoming = match limit {
            Limit::Never => Ok(self.incoming.lock()),
            Limit::At(deadline) => self.incoming.lock_deadline(deadline).map_err(|_| ()),
            Limit::Now => self.incoming.try_lock().ok_or(()),
        };
        let incoming = incoming.map_err(|()| RecvTimeoutError::TimedOut)?;
        let mut lending = Lending { incoming, buffer };
        loop {
            if let Some(message) = lending.advance(&self.socket, self.limits(most), limit)? {
                return Ok(message);
            }
            match self.socket.wait(Interest::Read, limit) {
                Ok(Ok(())) => {}
                Ok(Err(Expired)) => return Err(RecvTimeoutError::TimedOut),
                Err(error) => return Err(RecvError::Os(error).into()),
            }
        }
    }

    pub(super) async fn receive_async(&self, most: Option<u64>) -> Result<Message, RecvError> {
        self.receive_into_async(most, &mut []).await
    }

    /// As [`receive_into`](Self::receive_into). Nothing is lost if this is dropped: what lies in the buffer is kept.
    pub(super) async fn receive_into_async(
        &self,
        most: Option<u64>,
        buffer: &mut [u8],
    ) -> Result<Message, RecvError> {
        let incoming = self.incoming.lock_async().await;
        let mut lending = Lending { incoming, buffer };
        loop {
            let step = lending.advance(&self.socket, self.limits(most), Limit::Now);
            if let Some(message) = step? {
                return Ok(message);
            }
            let waited = self.socket.wait_async(Interest::Read).await;
            waited.map_err(RecvError::Os)?;
        }
    }

    /// Whether something can be read, or the end has come (row M-56).
    pub(super) fn poll(&self, limit: Limit) -> Result<bool, RecvError> {
        loop {
            if self.socket.is_readable().map_err(RecvError::Os)? {
                return Ok(true);
            }
            let waited = self.socket.wait(Interest::Read, limit);
            if waited.map_err(RecvError::Os)?.is_err() {
                return Ok(false);
            }
        }
    }

    pub(super) async fn poll_async(&self) -> Result<(), RecvError> {
        let waited = self.socket.wait_async(Interest::Read).await;
        waited.map_err(RecvError::Os)
    }

    /// Whether a part of a message has been received, so that the other part cannot be received elsewhere.
    pub(super) fn is_inside(&self) -> bool {
        self.incoming
            .try_lock()
            .is_none_or(|incoming| incoming.is_inside())
    }
}

/// A receiver and its buffer: however it ends, what lies in the buffer of a message that is not complete is kept.
struct Lending<'a, 'b> {
    incoming: MutexGuard<'a, Incoming>,
    buffer: &'b mut [u8],
}

impl Lending<'_, '_> {
    fn advance(
        &mut self,
        socket: &Socket,
        limits: Limits,
        limit: Limit,
    ) -> Result<Option<Message>, RecvError> {
        self.incoming.advance(socket, limits, limit, self.buffer)
    }
}

impl Drop for Lending<'_, '_> {
    fn drop(&mut self) {
        self.incoming.take_back(self.buffer);
    }
}

impl AsFd for Receiving {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.shared().as_fd()
    }
}

/// An object's message: how many descriptors, then the object.
pub(super) fn open<T: DeserializeOwned>(message: Message) -> Result<T, RecvError> {
    let (count, rest) = postcard::take_from_bytes::<u32>(&message.bytes)
        .map_err(|error| RecvError::Unpack(UnpackError::Codec(error)))?;
    if usize::try_from(count).ok() != Some(message.fds.len()) {
        return Err(RecvError::Unpack(UnpackError::Descriptors {
            announced: count,
            came: message.fds.len(),
        }));
    }
    unpack(rest, message.fds).map_err(RecvError::Unpack)
}
